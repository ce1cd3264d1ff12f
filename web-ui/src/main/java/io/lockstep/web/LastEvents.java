package io.lockstep.web;

import io.lockstep.control.api.EventInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What has happened to the mirrors lately, as each daemon has told it. Thread-safe.
final class LastEvents {
  /// So many of each daemon's are remembered, and so many are shown.
  static final int SHOWN_MAX = 20;

  private final Map<Integer, List<EventInfo>> byDaemon = new HashMap<>();

  /// A daemon tells from the beginning again what it has kept.
  synchronized void begin(int daemon) {
    byDaemon.put(daemon, new ArrayList<>());
  }

  synchronized void add(int daemon, EventInfo event) {
    List<EventInfo> events = byDaemon.computeIfAbsent(daemon, _ -> new ArrayList<>());
    if (events.size() == SHOWN_MAX) {
      events.removeFirst();
    }
    events.add(event);
  }

  /// Those of both nodes, the newest first.
  synchronized List<EventInfo> newest() {
    return byDaemon.values().stream()
        .flatMap(events -> events.reversed().stream())
        .sorted(Comparator.comparingLong(EventInfo::atMillis).reversed())
        .limit(SHOWN_MAX)
        .toList();
  }
}
