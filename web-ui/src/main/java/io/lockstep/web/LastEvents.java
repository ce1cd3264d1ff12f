package io.lockstep.web;

import io.lockstep.control.api.EventInfo;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// What has happened to the mirrors lately, as each daemon has told it. A daemon that is reached
/// again tells once more what it has kept; what is known of it stays, and is there once.
/// Thread-safe.
final class LastEvents {
  /// So many of each daemon's are remembered.
  static final int KEPT_MAX = 500;

  /// So many are shown on the overview.
  static final int SHOWN_MAX = 6;

  private final Map<Integer, SequencedSet<EventInfo>> byDaemon = new HashMap<>();

  synchronized void add(int daemon, EventInfo event) {
    SequencedSet<EventInfo> events = byDaemon.computeIfAbsent(daemon, _ -> new LinkedHashSet<>());
    events.add(event);
    if (events.size() > KEPT_MAX) {
      events.removeFirst();
    }
  }

  /// Those of both nodes, the newest first.
  synchronized List<EventInfo> all() {
    return byDaemon.values().stream()
        .flatMap(events -> events.reversed().stream())
        .sorted(Comparator.comparingLong(EventInfo::atMillis).reversed())
        .toList();
  }

  /// The first of them.
  List<EventInfo> newest() {
    return all().stream().limit(SHOWN_MAX).toList();
  }
}
