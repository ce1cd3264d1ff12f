package io.lockstep.block;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/// A [Loop] whose time is a number that its owner moves: tests and the simulation run hours in
/// milliseconds, and the same calls give the same history. Not thread-safe; the thread that calls
/// [#runUntil] or [#turn] is the loop.
///
/// Tasks that are due at the same instant run in the order in which they were handed over.
public final class VirtualLoop implements Loop {
  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
  private long nowNanos;
  private long sequence;

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    Check.that(delayNanos >= 0, "delay >= 0", delayNanos, 0);
    var entry = new Waiting(nowNanos + delayNanos, sequence++, task);
    waiting.add(entry);
    return entry;
  }

  @Override
  public long nowNanos() {
    return nowNanos;
  }

  @Override
  public boolean isCurrent() {
    return true;
  }

  /// Runs the next task, moving time forward to it if nothing is ready now.
  ///
  /// @return false if there was nothing to run
  public boolean turn() {
    if (ready.isEmpty() && !wakeNext()) {
      return false;
    }
    ready.remove().run();
    return true;
  }

  /// Runs tasks until `condition` holds. Dies after `turnsMax` tasks or when nothing is left
  /// to run: a history that never gets there is a bug.
  public void runUntil(BooleanSupplier condition, long turnsMax) {
    for (long turn = 0; !condition.getAsBoolean(); turn++) {
      Check.that(turn < turnsMax, "condition within the allowed turns", turn, turnsMax);
      Check.that(turn(), "something left to run before the condition holds");
    }
  }

  /// Runs everything that is due now and does not move time.
  public void runReady() {
    while (!ready.isEmpty()) {
      ready.remove().run();
    }
  }

  /// Runs everything that is due within `nanos` from now, then stands at that instant.
  public void advance(long nanos) {
    long end = nowNanos + nanos;
    runReady();
    while (true) {
      Waiting next = waiting.peek();
      if (next == null || next.atNanos > end) {
        break;
      }
      wakeNext();
      runReady();
    }
    nowNanos = end;
  }

  private boolean wakeNext() {
    Waiting next = waiting.poll();
    while (next != null && next.cancelled) {
      next = waiting.poll();
    }
    if (next == null) {
      return false;
    }
    nowNanos = Math.max(nowNanos, next.atNanos);
    ready.add(next.task);
    return true;
  }

  private static final class Waiting implements Timer, Comparable<Waiting> {
    private final long atNanos;
    private final long sequence;
    private final Runnable task;
    private boolean cancelled;

    Waiting(long atNanos, long sequence, Runnable task) {
      this.atNanos = atNanos;
      this.sequence = sequence;
      this.task = task;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public int compareTo(Waiting other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(sequence);
    }
  }
}
