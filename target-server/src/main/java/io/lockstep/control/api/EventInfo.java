package io.lockstep.control.api;

/// What has changed in a node's side of a mirror, one thing each: `mirror` in the stream of
/// `GET /v1/events`.
///
/// @param atMillis when, by the clock of that node
/// @param node whose side
/// @param mirror the mirror's name
/// @param what `role`, `disk` or `connection`
/// @param from the state before
/// @param to the state now
/// @param why in a few words, for people
public record EventInfo(
    long atMillis, String node, String mirror, String what, String from, String to, String why) {
  /// What has become of what.
  public String change() {
    return "%s %s -> %s".formatted(what, from, to);
  }
}
