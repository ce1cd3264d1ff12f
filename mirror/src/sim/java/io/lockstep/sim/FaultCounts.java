package io.lockstep.sim;

import io.lockstep.sim.SimFault.Hit;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/// How often each fault has hit which kind of operation: a history that met none proves nothing.
public final class FaultCounts {
  private final Map<SimFault, Map<Hit, Long>> counts = new EnumMap<>(SimFault.class);

  void count(SimFault fault, Hit hit) {
    add(fault, hit, 1);
  }

  /// How often that was.
  public long of(SimFault fault, Hit hit) {
    return counts.getOrDefault(fault, Map.of()).getOrDefault(hit, 0L);
  }

  /// How often the fault has hit anything.
  public long of(SimFault fault) {
    return counts.getOrDefault(fault, Map.of()).values().stream().mapToLong(Long::longValue).sum();
  }

  /// Adds what another disk has met.
  public void addAll(FaultCounts other) {
    other.counts.forEach((fault, hits) -> hits.forEach((hit, count) -> add(fault, hit, count)));
  }

  private void add(SimFault fault, Hit hit, long count) {
    counts.computeIfAbsent(fault, _ -> new EnumMap<>(Hit.class)).merge(hit, count, Long::sum);
  }

  /// "STUCK of FLUSH" and so on, with how often; only what happened.
  public Map<String, Long> table() {
    var table = new TreeMap<String, Long>();
    counts.forEach(
        (fault, hits) -> hits.forEach((hit, count) -> table.put(fault + " of " + hit, count)));
    return table;
  }
}
