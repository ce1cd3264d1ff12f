package io.lockstep.daemon;

import io.lockstep.control.api.EventInfo;
import io.lockstep.mirror.state.MirrorEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// What happens to a node's side of a mirror, as it goes outward: each event at once to whoever
/// follows ([EventInfo]), and to the log, one line each.
///
/// Nodes that part for a cause that may pass try again every few seconds. In the log, what only
/// repeats itself then is counted: the count is told when something else happens, and before that
/// whenever it has become ten times as much. Belongs to the mirror's loop.
final class MirrorStory {
  /// So many different events of nodes that do not meet are told apart; then it begins anew.
  static final int KINDS_MAX = 16;

  private static final int TIMES = 10;

  private final String node;
  private final String mirror;
  private final LongSupplier wallMillis;
  private final Consumer<String> log;
  private final Consumer<EventInfo> follower;
  private final Map<String, Integer> repeated = new LinkedHashMap<>();
  private String lastReason = "";
  private String lastWhy = "";

  /// @param wallMillis time for people
  /// @param log takes a line
  /// @param follower takes every event
  MirrorStory(
      String node,
      String mirror,
      LongSupplier wallMillis,
      Consumer<String> log,
      Consumer<EventInfo> follower) {
    this.node = node;
    this.mirror = mirror;
    this.wallMillis = wallMillis;
    this.log = log;
    this.follower = follower;
  }

  void happened(MirrorEvent event) {
    follower.accept(info(event));
    String line = "node %s: %s (%s)".formatted(node, event.change(), event.why());
    if (isOfNodesApart(event)) {
      count(line);
    } else {
      tellCounts();
      log.accept(line);
    }
    lastWhy = event.why();
  }

  /// Why the mirror stands as it does. It may change without an event; said once, unless an event
  /// has said it.
  void reason(String reason) {
    if (reason.isEmpty() || reason.equals(lastReason)) {
      return;
    }
    lastReason = reason;
    boolean said =
        reason.equals(lastWhy)
            || repeated.keySet().stream().anyMatch(line -> line.endsWith("(" + reason + ")"));
    if (!said) {
      log.accept("node %s: %s".formatted(node, reason));
    }
  }

  private EventInfo info(MirrorEvent event) {
    long now = wallMillis.getAsLong();
    return switch (event) {
      case MirrorEvent.RoleChanged(var from, var to, String why) ->
          new EventInfo(now, node, mirror, "role", from.label(), to.label(), why);
      case MirrorEvent.DiskChanged(var from, var to, String why) ->
          new EventInfo(now, node, mirror, "disk", from.label(), to.label(), why);
      case MirrorEvent.ConnectionChanged(var from, var to, String why) ->
          new EventInfo(now, node, mirror, "connection", from.label(), to.label(), why);
    };
  }

  private static boolean isOfNodesApart(MirrorEvent event) {
    return event instanceof MirrorEvent.ConnectionChanged(var from, var to, String _)
        && from.isWithoutLink()
        && to.isWithoutLink();
  }

  private void count(String line) {
    if (repeated.size() == KINDS_MAX && !repeated.containsKey(line)) {
      tellCounts();
    }
    int times = repeated.merge(line, 1, Integer::sum);
    if (times == 1) {
      log.accept(line);
    } else if (isPowerOfTen(times)) {
      log.accept("%s, %d times so far".formatted(line, times));
    }
  }

  private static boolean isPowerOfTen(int times) {
    int rest = times;
    while (rest % TIMES == 0) {
      rest /= TIMES;
    }
    return rest == 1;
  }

  private void tellCounts() {
    repeated.forEach(
        (line, times) -> {
          if (times > 1) {
            log.accept("%s, %d times in all".formatted(line, times));
          }
        });
    repeated.clear();
  }
}
