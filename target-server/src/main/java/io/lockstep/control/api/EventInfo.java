package io.lockstep.control.api;

import org.jspecify.annotations.Nullable;

/// What has changed in a node's side of a mirror, or has happened there, one thing each: `mirror`
/// in the stream of `GET /v1/events`.
///
/// @param atMillis when, by the clock of that node
/// @param node whose side
/// @param mirror the mirror's name
/// @param what `role`, `disk` or `connection`, whose states are beside it; `alert`; or a word for
///     what else has happened: `split-brain-found`, `read-from-peer`, ...
/// @param from the state before; empty where none is meant
/// @param to the state now, `raised` or `lifted` of an alert, or the number that belongs to what
///     has happened; empty where there is none
/// @param why in a few words, for people
/// @param alert the alert that was raised or lifted; null where `what` is not `alert`
public record EventInfo(
    long atMillis,
    String node,
    String mirror,
    String what,
    String from,
    String to,
    String why,
    @Nullable Alert alert) {
  /// [#what] of an alert.
  public static final String ALERT = "alert";

  /// What has become of what.
  public String change() {
    if (alert != null) {
      return "%s %s %s".formatted(what, alert.code(), to);
    }
    if (from.isEmpty()) {
      return to.isEmpty() ? what : what + " " + to;
    }
    return "%s %s -> %s".formatted(what, from, to);
  }
}
