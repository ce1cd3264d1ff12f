package io.lockstep.sim;

import io.lockstep.block.Durability;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The platters and the cache of a [SimDisk], what is wrong with them, and what is under way on
/// them: what survives its node. Owned by the world, not by a life of the node.
///
/// After a kill, operations under way take effect or not, and up to [#LANDING_NANOS_MAX] later. The
/// next life opens the disk when all that is over ([#whenFree]), as a lock on the open file has it
/// in a real system.
public final class SimMedia {
  /// How late an operation of a killed process takes effect.
  public static final long LANDING_NANOS_MAX = 10_000_000_000L;

  /// How far from its place a misdirected write lands, at most, in pages.
  private static final int ASTRAY_PAGES_MAX = 64;

  private final SimDiskOptions options;
  private final SplittableRandom random;
  private final WriteCache content;
  private final Sickness sickness;
  private final SimHoles holes;
  private final List<Pending> pending = new ArrayList<>();
  private final List<Runnable> waitingUntilFree = new ArrayList<>();
  private Runnable whenLost = () -> {};
  private boolean lying;
  private long flushes;

  /// Says whether a fault may be drawn for a range: never where the other copy of it is bad too.
  @FunctionalInterface
  public interface Budget {
    boolean allows(SimFault fault, long offset, long length);
  }

  /// What was on a disk, to begin other histories with; immutable.
  public static final class Snapshot {
    private final SparseImage image;

    private Snapshot(SparseImage image) {
      this.image = image;
    }
  }

  /// An operation that has not ended.
  abstract static class Pending {
    /// Where it stands among all that are under way.
    private int index;

    /// The power goes or its process died: it ends here, done in part.
    abstract void abandon();

    /// The power goes: what it writes is in the cache like all that was done.
    abstract void intoCache();

    /// Whether it will have changed something within the range.
    abstract boolean changes(long start, long count);
  }

  /// A blank disk.
  SimMedia(SimDiskOptions options, long seed) {
    this(options, seed, new SparseImage(options.limits().sizeBytes()));
  }

  /// A disk that begins with what was on another of the same size.
  SimMedia(SimDiskOptions options, long seed, Snapshot snapshot) {
    this(options, seed, snapshot.image.copy());
  }

  private SimMedia(SimDiskOptions options, long seed, SparseImage image) {
    this.options = options;
    random = new SplittableRandom(seed);
    content = new WriteCache(image);
    sickness = new Sickness(options, random);
    holes = new SimHoles(content.current(), this::isSpoilt);
  }

  // ---- for checkers

  /// What a power cut now would leave if nothing in the cache survived; a copy.
  public byte[] stable() {
    return content.stable().bytes(0, (int) options.limits().sizeBytes());
  }

  /// What was written and what a read ought to see now, bad sectors or not; a copy.
  public byte[] currentView() {
    return content.current().bytes(0, (int) options.limits().sizeBytes());
  }

  /// Part of [#currentView].
  public byte[] current(long offset, int length) {
    return content.current().bytes(offset, length);
  }

  /// Part of [#stable].
  public byte[] stable(long offset, int length) {
    return content.stable().bytes(offset, length);
  }

  /// Fills `target` with part of [#stable].
  void readStable(long offset, ByteBuffer target) {
    content.stable().read(offset, target);
  }

  /// Eight bytes, at a multiple of eight, of [#currentView].
  long currentAt(long offset) {
    return content.current().longAt(offset);
  }

  /// Eight bytes, at a multiple of eight, of [#stable].
  long stableAt(long offset) {
    return content.stable().longAt(offset);
  }

  /// Where the current views of two disks first differ within a range; -1 if nowhere. Costs next to
  /// nothing where nobody has written.
  static long firstDifference(SimMedia left, SimMedia right, long offset, long length) {
    return left.content.current().firstDifference(right.content.current(), offset, length);
  }

  /// The same for what is stable.
  static long firstStableDifference(SimMedia left, SimMedia right, long offset, long length) {
    return left.content.stable().firstDifference(right.content.stable(), offset, length);
  }

  /// Whether reads of the range see something else than was written, or nothing.
  public boolean isSpoilt(long offset, long length) {
    return sickness.bad().touches(offset, length);
  }

  /// Writes that a power cut could take.
  public int cachedWrites() {
    return content.size();
  }

  /// What the disk has suffered so far.
  public FaultCounts counts() {
    return sickness.counts();
  }

  /// What is on the disk now; nothing is under way.
  public Snapshot snapshot() {
    return new Snapshot(content.current().copy());
  }

  // ---- switches

  /// Makes the next `count` operations of this kind that touch the range fail.
  public void failNext(Operation operation, long offset, long length, int count) {
    sickness.failNext(operation, offset, length, count);
  }

  /// Makes every operation of this kind that touches the range fail until [#heal].
  public void fail(Operation operation, long offset, long length) {
    sickness.fail(operation, offset, length);
  }

  /// From now on every operation fails; or none by this switch any more.
  public void fail(boolean value) {
    sickness.fail(value);
  }

  /// Makes sectors unreadable until they are written, or until [#heal].
  public void makeUnreadable(long offset, long length) {
    sickness.bad().makeUnreadable(offset, length);
  }

  /// Ends what lasts: failing ranges, bad sectors, slowness, a full disk, drawn faults, and what
  /// was still to come of [#failNext]. A stuck disk is [#unstick]'s.
  public void heal() {
    sickness.heal();
  }

  /// The disk stands still: what begins or is under way does not end before [#unstick].
  public void stick() {
    sickness.stick(EnumSet.allOf(Operation.class));
  }

  /// The same for one kind of operation.
  public void stick(Operation operation) {
    stick(operation, 0);
  }

  /// Operations of this kind at `from` or behind it do not end before [#unstick].
  void stick(Operation operation, long from) {
    sickness.stick(EnumSet.of(operation), from);
  }

  /// The disk moves again: what it held ends after its usual time.
  public void unstick() {
    sickness.unstick();
  }

  public boolean isStuck() {
    return sickness.isStuck();
  }

  /// How long an operation takes from now on.
  public void slow(long nanosMin, long nanosMax) {
    sickness.usual(nanosMin, nanosMax);
  }

  /// Whether writes fail for want of space.
  public void full(boolean value) {
    sickness.full(value);
  }

  /// Which faults are drawn from now on.
  public void faults(SimDiskFaults faults) {
    sickness.faults(faults);
  }

  /// Who is asked before a fault is drawn.
  public void budget(Budget budget) {
    sickness.budget(budget);
  }

  /// Who hears that a failed flush has lost what was cached, a process or not.
  void whenLost(Runnable value) {
    whenLost = value;
  }

  /// What lies before this offset counts as metadata in [#counts].
  public void metadataEnds(long offset) {
    sickness.metadataEnds(offset);
  }

  /// A planted bug: flush and FUA report success and make nothing stable.
  public void lieAboutFlushes(boolean value) {
    lying = value;
  }

  /// Changes a bit in both images behind everybody's back.
  public void corrupt(long offset) {
    content.corrupt(offset);
  }

  /// Makes a byte zero in both images behind everybody's back.
  void blank(long offset) {
    content.blank(offset);
  }

  /// Rot: reads of that byte's sector see it changed until it is written, or until [#heal].
  public void rot(long offset) {
    long sector = offset - offset % WriteCache.SECTOR_BYTES;
    byte[] bytes = content.current().bytes(sector, WriteCache.SECTOR_BYTES);
    bytes[(int) (offset - sector)] ^= 0x40;
    sickness.bad().show(sector, bytes);
    sickness.count(SimFault.ROT, Operation.READ, offset);
  }

  // ---- what is under way

  /// What has not ended, of whatever life.
  List<Pending> pending() {
    return List.copyOf(pending);
  }

  /// Whether an operation has not ended, of whatever life.
  public boolean isBusy() {
    return !pending.isEmpty();
  }

  /// Whether the range is what it is, and stays so: nothing of it is cached or being written.
  boolean isSettled(long offset, int length) {
    return pending.stream().noneMatch(operation -> operation.changes(offset, length))
        && Arrays.equals(stable(offset, length), current(offset, length));
  }

  /// Operations that have not ended.
  int pendingCount() {
    return pending.size();
  }

  /// Runs `next` once nothing is under way: now, or in the turn in which the last operation ends.
  public void whenFree(Runnable next) {
    if (isBusy()) {
      waitingUntilFree.add(next);
    } else {
      next.run();
    }
  }

  void began(Pending operation) {
    operation.index = pending.size();
    pending.add(operation);
  }

  void ended(Pending operation) {
    Pending last = pending.removeLast();
    if (operation.index < pending.size()) {
      last.index = operation.index;
      pending.set(operation.index, last);
    }
    if (pending.isEmpty() && !waitingUntilFree.isEmpty()) {
      List<Runnable> waiting = List.copyOf(waitingUntilFree);
      waitingUntilFree.clear();
      waiting.forEach(Runnable::run);
    }
  }

  /// The power goes: what is under way ends in part, and the cache is lost, except for what happens
  /// to have reached the platters before.
  void powerCut() {
    List.copyOf(pending).forEach(Pending::abandon);
    content.powerCut(random);
    endAll();
  }

  /// The power goes and takes all cached writes but those that are named by their index in the
  /// order in which they took effect; those that were under way come last.
  void powerCut(IntPredicate survives) {
    List.copyOf(pending).forEach(Pending::intoCache);
    content.powerCut(survives);
    endAll();
  }

  private void endAll() {
    sickness.forgetHeld();
    List.copyOf(pending).forEach(this::ended);
  }

  /// A new process opens the disk, directly: no page cache shows it what a failed flush has lost.
  void reopened() {
    content.forget();
  }

  /// Flushes that made something stable, or would have.
  public long flushes() {
    return flushes;
  }

  // ---- for SimDisk

  SimHoles holes() {
    return holes;
  }

  SimDiskOptions options() {
    return options;
  }

  SplittableRandom random() {
    return random;
  }

  Sickness sickness() {
    return sickness;
  }

  void read(long offset, ByteBuffer target) {
    content.current().read(offset, target);
    sickness.bad().cover(offset, target);
  }

  void write(long offset, int length, @Nullable ByteBuffer source, Durability durability) {
    boolean cached = options.limits().volatileCache() && durability == Durability.WRITE_BACK;
    if (sickness.misdirects(offset, length)) {
      goAstray(offset, length, source);
    } else {
      sickness.bad().written(offset, length);
    }
    content.write(offset, length, source, !cached && !lying);
    if (!lying) {
      content.destage();
    }
    if (sickness.rots()) {
      rotSomewhere();
    }
  }

  /// A write that was under way when the power went.
  void writeIntoCache(long offset, int length, @Nullable ByteBuffer source) {
    sickness.bad().written(offset, length);
    content.write(offset, length, source, false);
  }

  /// Reads go on seeing what was there before, and see what was written where it does not belong.
  private void goAstray(long offset, int length, @Nullable ByteBuffer source) {
    var before = ByteBuffer.allocate(length);
    read(offset, before);
    long away = (1L + random.nextInt(ASTRAY_PAGES_MAX)) * SparseImage.PAGE_BYTES;
    long astray = random.nextBoolean() ? offset - away : offset + away;
    if (options.limits().contains(astray, length)
        && sickness.allows(SimFault.MISDIRECTED, astray, length)) {
      sickness.bad().show(astray, copied(source, length));
    }
    sickness.bad().show(offset, before.array());
    sickness.count(SimFault.MISDIRECTED, Operation.WRITE, offset);
  }

  private static byte[] copied(@Nullable ByteBuffer source, int length) {
    var bytes = new byte[length];
    if (source != null) {
      source.get(source.position(), bytes);
    }
    return bytes;
  }

  private void rotSomewhere() {
    for (int attempt = 0; attempt < 32; attempt++) {
      int page = random.nextInt(content.current().pageCount());
      long offset = (long) page * SparseImage.PAGE_BYTES + random.nextInt(SparseImage.PAGE_BYTES);
      if (content.current().isTouched(page) && sickness.allows(SimFault.ROT, offset, 1)) {
        rot(offset);
        return;
      }
    }
  }

  /// A write that nobody was told the end of: each sector was written or not.
  void writeInterrupted(long offset, int length, @Nullable ByteBuffer source) {
    content.writeInterrupted(offset, length, source, random);
  }

  /// The number of the last write that took effect.
  long lastWrite() {
    return content.lastWrite();
  }

  /// Makes every write up to number `upTo` stable.
  void flush(long upTo) {
    flushes++;
    if (!lying) {
      content.flush(upTo);
    }
  }

  /// A flush failed: each write it stood for is stable, still in the cache, or gone for good; reads
  /// still see that, or not.
  void flushFailed(long upTo) {
    boolean seen = random.nextBoolean();
    if (content.flushFailed(upTo, seen, random) > 0) {
      sickness.count(SimFault.LOST_FLUSH, Operation.FLUSH, 0);
      whenLost.run();
    }
  }
}
