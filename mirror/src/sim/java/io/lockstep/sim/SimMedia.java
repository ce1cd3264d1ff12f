package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The platters and the cache of a [SimDisk]: what survives its node. Two images: `current`, what a
/// read sees, and `stable`, what is left when the power goes and the cache is lost. Between them
/// the cache: every write that is done but not stable, in the order in which they took effect.
///
/// Invariant: `stable` with all cached writes applied in order equals `current`, until a failed
/// flush or a lying disk has lost some of them. A sector of `stable` never goes back to a write
/// that took effect before the one it holds.
public final class SimMedia {
  private static final int SECTOR_BYTES = 512;
  private static final int MILLION = 1_000_000;

  /// When more writes are cached than this, the oldest half goes to the platters by itself.
  private static final int CACHED_WRITES_MAX = 8192;

  private final SimDiskOptions options;
  private final SplittableRandom random;
  private final byte[] current;
  private final byte[] stable;

  /// Per sector, the number of the write that `stable` holds.
  private final long[] stableWrite;

  private final ArrayDeque<CachedWrite> cache = new ArrayDeque<>();
  private final List<Scripted> script = new ArrayList<>();
  private final List<Lasting> lasting = new ArrayList<>();
  private final EnumSet<Operation> stuck = EnumSet.noneOf(Operation.class);

  /// What goes on when a stuck disk moves again, with the kind of operation.
  private final List<Held> held = new ArrayList<>();

  private long slowNanosMin;
  private long slowNanosMax;
  private long lastWrite;
  private boolean lying;
  private boolean dead;
  private boolean full;

  /// A write in the cache.
  ///
  /// @param bytes what to write; null for zeroes
  @SuppressWarnings("ArrayRecordComponent")
  private record CachedWrite(long number, long offset, int length, byte @Nullable [] bytes) {}

  /// The next operation of that kind that touches the range fails, `remaining` times.
  private static final class Scripted {
    final Operation operation;
    final long offset;
    final long length;
    int remaining;

    Scripted(Operation operation, long offset, long length, int remaining) {
      this.operation = operation;
      this.offset = offset;
      this.length = length;
      this.remaining = remaining;
    }
  }

  /// Every operation of that kind that touches the range fails, until [#heal].
  private record Lasting(Operation operation, long offset, long length) {}

  private record Held(Operation operation, Runnable goOn) {}

  SimMedia(SimDiskOptions options, long seed) {
    this.options = options;
    slowNanosMin = options.delayNanosMin();
    slowNanosMax = options.delayNanosMax();
    random = new SplittableRandom(seed);
    int size = Math.toIntExact(options.limits().sizeBytes());
    current = new byte[size];
    stable = new byte[size];
    stableWrite = new long[size / SECTOR_BYTES];
  }

  // ---- for checkers and scripts

  /// What a power cut now would leave if nothing in the cache survived; a copy.
  public byte[] stable() {
    return stable.clone();
  }

  /// What a read would see now; a copy.
  public byte[] currentView() {
    return current.clone();
  }

  /// Makes the next `count` operations of this kind that touch the range fail.
  public void failNext(Operation operation, long offset, long length, int count) {
    script.add(new Scripted(operation, offset, length, count));
  }

  /// Makes every operation of this kind that touches the range fail until [#heal].
  public void fail(Operation operation, long offset, long length) {
    lasting.add(new Lasting(operation, offset, length));
  }

  /// Ends what lasts: failing ranges, slowness and a full disk. A stuck disk is [#unstick]'s.
  public void heal() {
    lasting.clear();
    full = false;
    dead = false;
    slow(options.delayNanosMin(), options.delayNanosMax());
  }

  /// The disk stands still: what begins or is under way does not end before [#unstick].
  public void stick() {
    stuck.addAll(EnumSet.allOf(Operation.class));
  }

  /// The same for one kind of operation.
  public void stick(Operation operation) {
    stuck.add(operation);
  }

  /// The disk moves again: what it held ends after its usual time.
  public void unstick() {
    stuck.clear();
    List<Held> moving = List.copyOf(held);
    held.clear();
    moving.forEach(one -> one.goOn().run());
  }

  /// How long an operation takes from now on.
  public void slow(long nanosMin, long nanosMax) {
    slowNanosMin = nanosMin;
    slowNanosMax = nanosMax;
  }

  /// Whether writes fail for want of space.
  public void full(boolean value) {
    full = value;
  }

  /// A planted bug: flush and FUA report success and make nothing stable.
  public void lieAboutFlushes(boolean value) {
    lying = value;
  }

  /// From now on every operation fails; or none by this switch any more.
  public void fail(boolean value) {
    dead = value;
  }

  /// Rot: changes a byte in both images behind everybody's back.
  public void corrupt(long offset) {
    current[(int) offset] ^= 0x40;
    stable[(int) offset] ^= 0x40;
  }

  /// Writes that a power cut could take.
  public int cachedWrites() {
    return cache.size();
  }

  /// The image of [#stable], not a copy: for a checker that looks at it at once.
  byte[] stableImage() {
    return stable;
  }

  /// The image of [#currentView], not a copy.
  byte[] currentImage() {
    return current;
  }

  /// Eight bytes as a read would see them now.
  long currentAt(long offset) {
    return ByteBuffer.wrap(current).getLong((int) offset);
  }

  /// Eight bytes as a power cut now would leave them if nothing in the cache survived.
  long stableAt(long offset) {
    return ByteBuffer.wrap(stable).getLong((int) offset);
  }

  // ---- for SimDisk

  SimDiskOptions options() {
    return options;
  }

  long delayNanos() {
    long max = slowNanosMax * (random.nextInt(64) == 0 ? 10 : 1);
    return random.nextLong(slowNanosMin, max + 1);
  }

  /// Whether an operation that was to end now is held by a stuck disk.
  ///
  /// @param goOn what to do when it is let go
  boolean holds(Operation operation, Runnable goOn) {
    if (!stuck.contains(operation)) {
      return false;
    }
    held.add(new Held(operation, goOn));
    return true;
  }

  /// Why an operation that ends now fails; null if it does not.
  IoResult.@Nullable Reason failure(Operation operation, long offset, long length) {
    if (full && operation == Operation.WRITE) {
      return IoResult.Reason.NO_SPACE;
    }
    return fails(operation, offset, length) ? IoResult.Reason.MEDIUM_ERROR : null;
  }

  private boolean fails(Operation operation, long offset, long length) {
    if (dead) {
      return true;
    }
    for (Lasting one : lasting) {
      if (one.operation == operation && overlap(one.offset, one.length, offset, length)) {
        return true;
      }
    }
    for (Scripted one : script) {
      if (one.operation == operation
          && one.remaining > 0
          && overlap(one.offset, one.length, offset, length)) {
        one.remaining--;
        return true;
      }
    }
    int rate =
        switch (operation) {
          case READ -> options.readErrorsPerMillion();
          case WRITE -> options.writeErrorsPerMillion();
          case FLUSH -> options.flushErrorsPerMillion();
        };
    return rate > 0 && random.nextInt(MILLION) < rate;
  }

  private static boolean overlap(long left, long leftLength, long right, long rightLength) {
    return left < right + rightLength && right < left + leftLength;
  }

  void read(long offset, ByteBuffer target) {
    target.put(target.position(), current, (int) offset, target.remaining());
  }

  void write(long offset, int length, byte @Nullable [] bytes, Durability durability) {
    var write = new CachedWrite(++lastWrite, offset, length, bytes);
    copyTo(current, write, 0, length);
    boolean cached = options.limits().volatileCache() && durability == Durability.WRITE_BACK;
    if (cached || lying) {
      cache.add(write);
      destage();
    } else {
      makeStable(write);
    }
  }

  /// A write that nobody was told the end of: each sector was written or not.
  void writeInterrupted(long offset, int length, byte @Nullable [] bytes) {
    var write = new CachedWrite(++lastWrite, offset, length, bytes);
    int kind = random.nextInt(4);
    for (int at = 0; at < length; at += SECTOR_BYTES) {
      boolean written = kind == 0 || (kind > 1 && random.nextBoolean());
      if (written) {
        int sectorBytes = Math.min(SECTOR_BYTES, length - at);
        copyTo(current, write, at, sectorBytes);
        byte[] content = new byte[sectorBytes];
        System.arraycopy(current, (int) offset + at, content, 0, sectorBytes);
        cache.add(new CachedWrite(write.number(), offset + at, sectorBytes, content));
      }
    }
  }

  /// The number of the last write that took effect.
  long lastWrite() {
    return lastWrite;
  }

  /// Makes every write up to number `upTo` stable.
  void flush(long upTo) {
    if (lying) {
      return;
    }
    for (Iterator<CachedWrite> all = cache.iterator(); all.hasNext(); ) {
      CachedWrite write = all.next();
      if (write.number() <= upTo) {
        makeStable(write);
        all.remove();
      }
    }
  }

  /// A flush failed: each write it stood for is stable, still in the cache, or gone for good though
  /// reads still see it.
  void flushFailed(long upTo) {
    for (Iterator<CachedWrite> all = cache.iterator(); all.hasNext(); ) {
      CachedWrite write = all.next();
      int fate = random.nextInt(3);
      if (write.number() <= upTo && fate > 0) {
        if (fate == 1) {
          makeStable(write);
        }
        all.remove();
      }
    }
  }

  /// The cache is lost, except for what happens to have reached the platters before.
  void powerCut() {
    int survivePercent = random.nextInt(5) * 25;
    boolean tear = random.nextBoolean();
    for (CachedWrite write : cache) {
      if (!tear) {
        if (random.nextInt(100) < survivePercent) {
          makeStable(write);
        }
        continue;
      }
      for (int at = 0; at < write.length(); at += SECTOR_BYTES) {
        if (random.nextInt(100) < survivePercent) {
          makeStable(write, at, Math.min(SECTOR_BYTES, write.length() - at));
        }
      }
    }
    cache.clear();
    System.arraycopy(stable, 0, current, 0, stable.length);
  }

  private void destage() {
    if (cache.size() > CACHED_WRITES_MAX && !lying) {
      for (int count = CACHED_WRITES_MAX / 2; count > 0; count--) {
        makeStable(cache.remove());
      }
    }
  }

  private void makeStable(CachedWrite write) {
    makeStable(write, 0, write.length());
  }

  private void makeStable(CachedWrite write, int from, int length) {
    for (int at = from; at < from + length; at += SECTOR_BYTES) {
      int sector = (int) ((write.offset() + at) / SECTOR_BYTES);
      if (stableWrite[sector] <= write.number()) {
        copyTo(stable, write, at, Math.min(SECTOR_BYTES, from + length - at));
        stableWrite[sector] = write.number();
      }
    }
  }

  /// Copies `length` bytes of `write`, from `at` within it.
  private static void copyTo(byte[] image, CachedWrite write, int at, int length) {
    int target = Math.toIntExact(write.offset()) + at;
    Check.that(target + length <= image.length, "inside the disk", target, length);
    byte[] bytes = write.bytes();
    if (bytes == null) {
      Arrays.fill(image, target, target + length, (byte) 0);
    } else {
      System.arraycopy(bytes, at, image, target, length);
    }
  }
}
