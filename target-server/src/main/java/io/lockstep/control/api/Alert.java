package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;

/// Something a person should know. It is raised once and stands until it is lifted; meanwhile its
/// sentences may change.
///
/// @param severity `critical` (data is not served or not safe), `warning` (one fault away from
///     that) or `info`
/// @param code a word for scripts: `split-brain`, `peer-away`, `no-primary`, ...
/// @param place what it is about; its fields stand beside the others in JSON
/// @param what what is the matter
/// @param action what to do about it, may be empty
/// @param why what was said when it came to that, null if nothing was
/// @param since when it was raised, in UTC as ISO 8601 has it, by the clock of the node that says
///     so; null from a node of an older release, and where whoever asks has found it out itself (a
///     node does not answer at its socket)
public record Alert(
    String severity,
    String code,
    @JsonUnwrapped Place place,
    String what,
    String action,
    @Nullable String why,
    @Nullable String since) {
  /// [#severity]: data is not served or not safe.
  public static final String CRITICAL = "critical";

  /// [#severity]: one fault away from losing service.
  public static final String WARNING = "warning";

  /// [#severity]: good to know.
  public static final String INFO = "info";

  /// What an alert is about.
  ///
  /// @param node the node, empty for the pair
  /// @param mirror the mirror, null for the node as a whole
  /// @param about the volume, address or record, null if it is none of them
  public record Place(String node, @Nullable String mirror, @Nullable String about) {}

  /// One that has not been raised yet, about a node.
  public static Alert of(String severity, String code, String node, String what, String action) {
    return new Alert(severity, code, new Place(node, null, null), what, action, null, null);
  }

  public String node() {
    return place.node;
  }

  public @Nullable String mirror() {
    return place.mirror;
  }

  /// The same, about a part of the node: a volume, an address.
  public Alert about(String about) {
    return new Alert(
        severity, code, new Place(place.node, place.mirror, about), what, action, why, since);
  }

  /// The same, because of this.
  public Alert because(String newWhy) {
    return new Alert(severity, code, place, what, action, newWhy.isEmpty() ? null : newWhy, since);
  }

  /// The same, raised.
  ///
  /// @param mirror the mirror that it is about, null for the node as a whole
  public Alert raised(@Nullable String mirror, String newSince) {
    return new Alert(
        severity, code, new Place(place.node, mirror, place.about), what, action, why, newSince);
  }

  /// The same in other words.
  public Alert saying(String newWhat, String newAction) {
    return new Alert(severity, code, place, newWhat, newAction, why, since);
  }
}
