package io.lockstep.sim;

import io.lockstep.block.IoResult;
import io.lockstep.sim.SimDisk.Operation;
import io.lockstep.sim.SimFault.Hit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// What is wrong with a simulated disk: the switches of scripts, the rates of a [SimDiskFaults],
/// and the count of what they did. A drawn fault asks the budget first, so that never both copies
/// of a block are spoilt.
final class Sickness {
  private static final int MILLION = 1_000_000;
  private static final long SLOW_NANOS_MIN = 1_000_000;

  private final SimDiskOptions options;
  private final SplittableRandom random;
  private final FaultCounts counts = new FaultCounts();
  private final BadSectors bad = new BadSectors();
  private final List<Scripted> script = new ArrayList<>();
  private final List<Lasting> lasting = new ArrayList<>();
  private final EnumSet<Operation> stuck = EnumSet.noneOf(Operation.class);

  /// What lies before it is not stuck.
  private long stuckFrom;

  private final List<Runnable> held = new ArrayList<>();

  private SimDiskFaults faults = SimDiskFaults.NONE;
  private SimMedia.Budget budget = (_, _, _) -> true;
  private long metadataBytes;
  private long usualNanosMin;
  private long usualNanosMax;
  private boolean dead;
  private boolean full;

  /// The next operation of that kind that touches the range fails, `remaining` times.
  private static final class Scripted {
    final Lasting what;
    int remaining;

    Scripted(Lasting what, int remaining) {
      this.what = what;
      this.remaining = remaining;
    }
  }

  /// Every operation of that kind that touches the range fails.
  private record Lasting(Operation operation, long offset, long length) {
    boolean hits(Operation other, long start, long count) {
      return operation == other && offset < start + count && start < offset + length;
    }
  }

  Sickness(SimDiskOptions options, SplittableRandom random) {
    this.options = options;
    this.random = random;
    usualNanosMin = options.delayNanosMin();
    usualNanosMax = options.delayNanosMax();
  }

  // ---- switches

  void failNext(Operation operation, long offset, long length, int count) {
    script.add(new Scripted(new Lasting(operation, offset, length), count));
  }

  void fail(Operation operation, long offset, long length) {
    lasting.add(new Lasting(operation, offset, length));
  }

  void fail(boolean value) {
    dead = value;
  }

  void full(boolean value) {
    full = value;
  }

  void usual(long nanosMin, long nanosMax) {
    usualNanosMin = nanosMin;
    usualNanosMax = nanosMax;
  }

  void faults(SimDiskFaults value) {
    faults = value;
  }

  void budget(SimMedia.Budget value) {
    budget = value;
  }

  void metadataEnds(long offset) {
    metadataBytes = offset;
  }

  void heal() {
    script.clear();
    lasting.clear();
    bad.clear();
    full = false;
    dead = false;
    faults = SimDiskFaults.NONE;
    usual(options.delayNanosMin(), options.delayNanosMax());
  }

  void stick(EnumSet<Operation> operations) {
    stick(operations, 0);
  }

  /// Only those at `from` or behind it.
  void stick(EnumSet<Operation> operations, long from) {
    stuck.addAll(operations);
    stuckFrom = from;
  }

  void unstick() {
    stuck.clear();
    List<Runnable> moving = List.copyOf(held);
    held.clear();
    moving.forEach(Runnable::run);
  }

  /// Nothing is under way any more.
  void forgetHeld() {
    held.clear();
  }

  boolean isStuck() {
    return !stuck.isEmpty();
  }

  FaultCounts counts() {
    return counts;
  }

  BadSectors bad() {
    return bad;
  }

  // ---- what happens to an operation

  /// How long an operation takes that begins now.
  long delayNanos(Operation operation, long offset) {
    long max = usualNanosMax * (random.nextInt(64) == 0 ? 10 : 1);
    long usual = random.nextLong(usualNanosMin, max + 1);
    if (faults.slow() + faults.stuck() == 0) {
      return usual;
    }
    if (happens(faults.stuck())) {
      counts.count(SimFault.STUCK, hit(operation, offset));
      return usual + random.nextLong(faults.stuckNanosMax() + 1);
    }
    if (happens(faults.slow())) {
      counts.count(SimFault.SLOW, hit(operation, offset));
      return random.nextLong(SLOW_NANOS_MIN, Math.max(SLOW_NANOS_MIN, faults.slowNanosMax()) + 1);
    }
    return usual;
  }

  /// Whether an operation that was to end now is held by a stuck disk.
  ///
  /// @param goOn what to do when it is let go
  boolean holds(Operation operation, long offset, Runnable goOn) {
    if (!stuck.contains(operation) || offset < stuckFrom) {
      return false;
    }
    counts.count(SimFault.STUCK, hit(operation, offset));
    held.add(goOn);
    return true;
  }

  /// Why an operation that ends now fails; null if it does not.
  IoResult.@Nullable Reason failure(Operation operation, long offset, long length) {
    if (operation == Operation.WRITE && (full || happens(faults.noSpace()))) {
      counts.count(SimFault.NO_SPACE, hit(operation, offset));
      return IoResult.Reason.NO_SPACE;
    }
    SimFault fault = fault(operation, offset, length);
    if (fault == null) {
      return null;
    }
    counts.count(fault, hit(operation, offset));
    return IoResult.Reason.MEDIUM_ERROR;
  }

  private @Nullable SimFault fault(Operation operation, long offset, long length) {
    if (lasts(operation, offset, length)) {
      return SimFault.LASTING_ERROR;
    }
    for (Scripted one : script) {
      if (one.remaining > 0 && one.what.hits(operation, offset, length)) {
        one.remaining--;
        return SimFault.TRANSIENT_ERROR;
      }
    }
    int rate =
        switch (operation) {
          case READ -> faults.readErrors();
          case WRITE -> faults.writeErrors();
          case FLUSH -> faults.flushErrors();
        };
    if (!happens(rate)) {
      return null;
    }
    boolean stays = random.nextInt(100) < faults.lastingPercent();
    SimFault drawn = stays ? SimFault.LASTING_ERROR : SimFault.TRANSIENT_ERROR;
    if (!budget.allows(drawn, offset, length)) {
      return null;
    }
    if (stays) {
      last(operation, offset, length);
    }
    return drawn;
  }

  private boolean lasts(Operation operation, long offset, long length) {
    if (dead || (operation == Operation.READ && bad.isUnreadable(offset, length))) {
      return true;
    }
    for (Lasting one : lasting) {
      if (one.hits(operation, offset, length)) {
        return true;
      }
    }
    return false;
  }

  private void last(Operation operation, long offset, long length) {
    switch (operation) {
      case READ -> bad.makeUnreadable(offset, Math.min(length, SparseImage.PAGE_BYTES));
      case WRITE, FLUSH -> fail(operation, offset, length);
    }
  }

  boolean rots() {
    return happens(faults.rot());
  }

  /// Whether a good write goes elsewhere.
  boolean misdirects(long offset, long length) {
    return happens(faults.misdirected()) && budget.allows(SimFault.MISDIRECTED, offset, length);
  }

  boolean allows(SimFault fault, long offset, long length) {
    return budget.allows(fault, offset, length);
  }

  void count(SimFault fault, Operation operation, long offset) {
    counts.count(fault, hit(operation, offset));
  }

  private Hit hit(Operation operation, long offset) {
    boolean metadata = offset < metadataBytes;
    return switch (operation) {
      case READ -> metadata ? Hit.METADATA_READ : Hit.READ;
      case WRITE -> metadata ? Hit.METADATA_WRITE : Hit.WRITE;
      case FLUSH -> Hit.FLUSH;
    };
  }

  private boolean happens(int rate) {
    return rate > 0 && random.nextInt(MILLION) < rate;
  }
}
