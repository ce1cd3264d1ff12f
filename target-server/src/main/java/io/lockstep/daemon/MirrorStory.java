package io.lockstep.daemon;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.EventInfo;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.node.AlertBook;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What happens to a node's side of a mirror, as it goes outward: each event and each alert that is
/// raised or lifted at once to whoever follows ([EventInfo]), and to the log, one line each. Of the
/// blocks that the other node had to give, the first, the tenth, the hundredth ... are told.
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
    if (isOneOfMany(event)) {
      return;
    }
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
    return switch (event) {
      case MirrorEvent.Changed one -> told(one.what(), one.before(), one.after(), one.why(), null);
      case MirrorEvent.Noted one -> told(one.kind(), "", one.number(), one.why(), null);
    };
  }

  private EventInfo told(String what, String from, String to, String why, @Nullable Alert alert) {
    return new EventInfo(wallMillis.getAsLong(), node, mirror, what, from, to, why, alert);
  }

  /// An alert was raised or lifted.
  void alert(AlertBook.Told told) {
    Alert alert = told.alert();
    EventInfo info =
        told(EventInfo.ALERT, "", told.isRaised() ? "raised" : "lifted", alert.what(), alert);
    follower.accept(info);
    tellCounts();
    log.accept("node %s: %s (%s)".formatted(node, info.change(), alert.what()));
  }

  /// A disk that wears out may have thousands of them; each tells how many there were.
  private static boolean isOneOfMany(MirrorEvent event) {
    return event instanceof MirrorEvent.ReadFromPeer(long blocks, long _) && !isPowerOfTen(blocks);
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

  private static boolean isPowerOfTen(long times) {
    long rest = times;
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
