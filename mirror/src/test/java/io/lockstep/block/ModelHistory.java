package io.lockstep.block;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/// A random history of operations against a [BlockDevice] and a byte array that stands for it. One
/// seed is one history (as far as the calls go); a difference names the seed.
///
/// Rounds of operations run at once, none overlapping another of its round; each round is waited
/// for.
final class ModelHistory {
  private static final int WINDOW_BYTES = 2 << 20;
  private static final int DEPTH_MAX = 24;
  private static final int LENGTH_MAX = 48 << 10;

  private final long seed;
  private final SplittableRandom random;
  private final BlockDevice device;
  private final DeviceDriver disk;
  private final int block;
  private final byte[] model = new byte[WINDOW_BYTES];

  ModelHistory(LoopDriver driver, BlockDevice device, long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.device = device;
    this.disk = new DeviceDriver(driver, device);
    this.block = device.limits().logicalBlockBytes();
  }

  void run(int operationCount) {
    for (int at = 0; at < WINDOW_BYTES; at += 1 << 20) {
      System.arraycopy(disk.read(at, 1 << 20), 0, model, at, 1 << 20);
    }
    for (int count = 0; count < operationCount; count += DEPTH_MAX) {
      round(1 + random.nextInt(DEPTH_MAX));
    }
    byte[] whole = new byte[WINDOW_BYTES];
    for (int at = 0; at < WINDOW_BYTES; at += 1 << 20) {
      System.arraycopy(disk.read(at, 1 << 20), 0, whole, at, 1 << 20);
    }
    same(0, whole, model);
  }

  private record Read(int offset, ByteBuffer target) {}

  private void round(int depth) {
    var taken = new ArrayList<BlockRange>();
    var results = new ArrayList<CompletableFuture<IoResult>>();
    var reads = new ArrayList<Read>();
    for (int index = 0; index < depth; index++) {
      var range = someRange();
      if (taken.stream().noneMatch(range::overlaps)) {
        taken.add(range);
        results.add(someOperation((int) range.offset(), (int) range.length(), reads));
      }
    }
    List<IoResult> ends = disk.join(results);
    if (!ends.stream().allMatch(IoResult::isOk)) {
      throw new AssertionError("seed " + seed + ": " + ends);
    }
    for (Read read : reads) {
      int end = read.offset + read.target.remaining();
      same(
          read.offset,
          DeviceDriver.bytesOf(read.target),
          Arrays.copyOfRange(model, read.offset, end));
    }
  }

  private BlockRange someRange() {
    int length = block * (1 + random.nextInt(LENGTH_MAX / block));
    int blocks = (WINDOW_BYTES - length) / block;
    return new BlockRange((long) block * random.nextInt(blocks + 1), length);
  }

  private CompletableFuture<IoResult> someOperation(int offset, int length, List<Read> reads) {
    Durability durability = random.nextBoolean() ? Durability.WRITE_BACK : Durability.FUA;
    int dice = random.nextInt(20);
    if (dice < 9) {
      var bytes = new byte[length];
      random.nextBytes(bytes);
      System.arraycopy(bytes, 0, model, offset, length);
      ByteBuffer source = DeviceDriver.bufferOf(bytes);
      return disk.start(done -> device.write(offset, source, durability, done));
    }
    if (dice < 16) {
      ByteBuffer target = BufferPool.allocate(length);
      reads.add(new Read(offset, target));
      return disk.start(done -> device.read(offset, target, done));
    }
    if (dice == 19) {
      return disk.start(device::flush);
    }
    Arrays.fill(model, offset, offset + length, (byte) 0);
    return dice == 16 && device.limits().discardZeroes()
        ? disk.start(done -> device.discard(offset, length, done))
        : disk.start(done -> device.writeZeroes(offset, length, durability, done));
  }

  private void same(int offset, byte[] found, byte[] expected) {
    int difference = Arrays.mismatch(found, expected);
    if (difference >= 0) {
      throw new AssertionError("seed " + seed + ": byte " + (offset + difference) + " differs");
    }
  }
}
