package io.lockstep.control.api;

/// Something a person should know.
///
/// @param severity `critical` (data is not served or not safe), `warning` (one fault away from
///     that) or `info`
/// @param node the node it is about, empty for the pair
/// @param code a word for scripts: `split-brain`, `peer-away`, `resync`, `no-primary`, ...
/// @param what what is the matter
/// @param action what to do about it, may be empty
public record Alert(String severity, String node, String code, String what, String action) {
  /// [#severity]: data is not served or not safe.
  public static final String CRITICAL = "critical";

  /// [#severity]: one fault away from losing service.
  public static final String WARNING = "warning";

  /// [#severity]: good to know.
  public static final String INFO = "info";
}
