package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [BlockDevice] must do, whatever lies beneath it. A test class per device extends it
/// and says how to open one: empty (all zeroes) and of 8 MiB or more, of which the first 8 MiB are
/// used.
public abstract class BlockDeviceContract {
  /// How many operations the crowd tests start at once: more than twice any set of workers.
  private static final int CROWD = 300;

  private static final int WINDOW_BYTES = 8 << 20;

  private LoopDriver driver = LoopDriver.virtual();
  private @Nullable BlockDevice opened;
  private boolean closed;

  /// The loop that the device will belong to; the virtual one unless overridden.
  protected LoopDriver startLoop() {
    return LoopDriver.virtual();
  }

  /// Opens a device; called on the test's thread.
  protected abstract BlockDevice open(LoopDriver loopDriver) throws Exception;

  /// Cleans up after the device and its loop were closed.
  protected void afterClose() throws Exception {}

  @BeforeEach
  final void openDevice() throws Exception {
    driver = startLoop();
    opened = open(driver);
  }

  @AfterEach
  final void closeDevice() throws Exception {
    try {
      if (!closed && opened != null) {
        assertThat(disk().close()).isEqualTo(IoResult.OK);
      }
      driver.close();
    } finally {
      afterClose();
    }
  }

  private BlockDevice device() {
    BlockDevice present = opened;
    if (present == null) {
      throw new AssertionError("no device");
    }
    return present;
  }

  private DeviceDriver disk() {
    return new DeviceDriver(driver, device());
  }

  private int block() {
    return device().limits().logicalBlockBytes();
  }

  private static byte[] pattern(int length, long seed) {
    var bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void beginsEmptyAndLargeEnough() {
    assertThat(device().limits().sizeBytes()).isGreaterThanOrEqualTo(WINDOW_BYTES);
    assertThat(disk().read(0, 1 << 20)).containsOnly(0);
  }

  @Test
  void completesInALaterTurnOnTheLoop() {
    ByteBuffer buffer = BufferPool.allocate(block());
    List<Consumer<Completion>> operations = new ArrayList<>();
    operations.add(done -> device().read(0, buffer, done));
    operations.add(done -> device().write(0, buffer, Durability.WRITE_BACK, done));
    operations.add(done -> device().write(0, buffer, Durability.FUA, done));
    operations.add(device()::flush);
    operations.add(done -> device().writeZeroes(0, block(), Durability.WRITE_BACK, done));
    operations.add(done -> device().writeZeroes(0, block(), Durability.FUA, done));
    if (device().limits().discardZeroes()) {
      operations.add(done -> device().discard(0, block(), done));
      operations.add(done -> device().discard(0, block(), Durability.FUA, done));
    }
    operations.add(
        done -> {
          closed = true;
          device().close(done);
        });
    for (Consumer<Completion> operation : operations) {
      assertThat(endsLater(operation)).isTrue();
    }
  }

  private boolean endsLater(Consumer<Completion> operation) {
    var later = new CompletableFuture<Boolean>();
    driver.run(
        () -> {
          boolean[] returned = {false};
          operation.accept(
              result -> later.complete(result.isOk() && returned[0] && driver.loop().isCurrent()));
          returned[0] = true;
        });
    return driver.join(later);
  }

  @Test
  void readsBackWhatWasWritten() {
    int[] lengths = {block(), 4096, 3 * block(), 64 << 10, (64 << 10) + block(), 1 << 20};
    long offset = block();
    for (int length : lengths) {
      int rounded = (length + block() - 1) / block() * block();
      byte[] bytes = pattern(rounded, offset);
      assertThat(disk().write(offset, bytes)).isEqualTo(IoResult.OK);
      assertThat(disk().read(offset, rounded)).isEqualTo(bytes);
      offset += rounded;
    }
    assertThat(disk().read(0, block())).containsOnly(0);
    assertThat(disk().read(offset, block())).containsOnly(0);
  }

  @Test
  void writesOnlyItsOwnBlocks() {
    byte[] before = pattern(64 << 10, 1);
    disk().write(0, before);
    byte[] small = pattern(block(), 2);
    for (int at = 0; at < 64 << 10; at += 5 * block()) {
      assertThat(disk().write(at, small)).isEqualTo(IoResult.OK);
      System.arraycopy(small, 0, before, at, small.length);
    }
    assertThat(disk().read(0, 64 << 10)).isEqualTo(before);
  }

  @Test
  void keepsFuaWritesAndFlushes() {
    byte[] bytes = pattern(32 << 10, 3);
    assertThat(disk().write(4096, bytes, Durability.FUA)).isEqualTo(IoResult.OK);
    assertThat(disk().read(4096, bytes.length)).isEqualTo(bytes);
    assertThat(disk().flush()).isEqualTo(IoResult.OK);
    assertThat(disk().flush()).isEqualTo(IoResult.OK);
    assertThat(disk().read(4096, bytes.length)).isEqualTo(bytes);
  }

  @Test
  void leavesPositionAndLimitAlone() {
    ByteBuffer buffer = BufferPool.allocate(64 << 10);
    buffer.put(0, pattern(64 << 10, 4)).position(8192).limit(8192 + 4096);
    assertThat(disk().perform(done -> device().write(0, buffer, Durability.WRITE_BACK, done)))
        .isEqualTo(IoResult.OK);
    assertThat(List.of(buffer.position(), buffer.limit())).isEqualTo(List.of(8192, 12288));
    assertThat(disk().read(0, 4096)).isEqualTo(DeviceDriver.bytesOf(buffer));

    ByteBuffer target = BufferPool.allocate(64 << 10);
    target.position(4096).limit(8192);
    assertThat(disk().perform(done -> device().read(0, target, done))).isEqualTo(IoResult.OK);
    assertThat(List.of(target.position(), target.limit())).isEqualTo(List.of(4096, 8192));
    assertThat(DeviceDriver.bytesOf(target)).isEqualTo(DeviceDriver.bytesOf(buffer));
    target.clear();
    assertThat(target.get(4095)).isZero();
    assertThat(target.get(8192)).isZero();
  }

  @Test
  void transfersTheMaximum() {
    int length = Math.min(device().limits().transferBytesMax(), WINDOW_BYTES);
    byte[] bytes = pattern(length, 5);
    assertThat(disk().write(0, bytes)).isEqualTo(IoResult.OK);
    assertThat(Arrays.equals(disk().read(0, length), bytes)).isTrue();
  }

  @Test
  void writesZeroesOfAnyLength() {
    fill();
    int[][] ranges = {{block(), block()}, {64 << 10, 3 * block()}, {1 << 20, 5 << 20}};
    for (int[] range : ranges) {
      assertThat(disk().writeZeroes(range[0], range[1], Durability.WRITE_BACK))
          .isEqualTo(IoResult.OK);
      assertZeroedInside(range[0], range[1]);
    }
    assertThat(disk().writeZeroes(0, device().limits().sizeBytes(), Durability.FUA))
        .isEqualTo(IoResult.OK);
    assertThat(disk().read(0, 1 << 20)).containsOnly(0);
    assertThat(disk().read(WINDOW_BYTES - (1 << 20), 1 << 20)).containsOnly(0);
  }

  @Test
  void discardedRangesReadAsZeroes() {
    if (!device().limits().discardZeroes()) {
      return;
    }
    fill();
    int[][] ranges = {{block(), block()}, {64 << 10, 3 * block()}, {1 << 20, 5 << 20}};
    for (int[] range : ranges) {
      assertThat(disk().discard(range[0], range[1])).isEqualTo(IoResult.OK);
      assertZeroedInside(range[0], range[1]);
    }
  }

  /// A device need not know a hole, and must not call anything one that is none.
  @Test
  void whatIsCalledAHoleReadsAsZeroes() {
    byte[] bytes = pattern(3 * block(), 7);
    int at = 1 << 20;
    assertThat(disk().writeZeroes(0, WINDOW_BYTES, Durability.WRITE_BACK)).isEqualTo(IoResult.OK);
    assertThat(disk().write(at, bytes)).isEqualTo(IoResult.OK);
    BlockStatus before = status(0);
    assertThat(before.length()).isLessThanOrEqualTo(before.zeroes() ? at : WINDOW_BYTES);
    for (int offset = at; offset < at + bytes.length; offset += block()) {
      assertThat(status(offset).zeroes()).as("at " + offset).isFalse();
    }
    assertThat(disk().writeZeroes(at, bytes.length, Durability.WRITE_BACK)).isEqualTo(IoResult.OK);
    BlockStatus after = status(0);
    assertThat(disk().read(0, 2 << 20)).containsOnly(0);
    assertThat(after.length()).isBetween(1L, (long) WINDOW_BYTES);
  }

  /// What is known of the window from `offset` on.
  private BlockStatus status(int offset) {
    var told = new CompletableFuture<BlockStatus>();
    driver.run(() -> device().blockStatus(offset, WINDOW_BYTES - offset, told::complete));
    return driver.join(told);
  }

  private void fill() {
    var ones = new byte[1 << 20];
    Arrays.fill(ones, (byte) 1);
    for (int at = 0; at < WINDOW_BYTES; at += ones.length) {
      assertThat(disk().write(at, ones)).isEqualTo(IoResult.OK);
    }
  }

  private void assertZeroedInside(int offset, int length) {
    assertThat(disk().read(offset - block(), block())).containsOnly(1);
    assertThat(disk().read(offset + length, block())).containsOnly(1);
    int step = 1 << 20;
    for (int at = 0; at < length; at += step) {
      assertThat(disk().read(offset + at, Math.min(step, length - at))).containsOnly(0);
    }
  }

  @Test
  void aReadStartedFromACompletionSeesTheWrite() {
    ByteBuffer source = DeviceDriver.bufferOf(pattern(4096, 6));
    ByteBuffer target = BufferPool.allocate(4096);
    IoResult result =
        disk()
            .perform(
                done ->
                    device()
                        .write(
                            8192,
                            source,
                            Durability.WRITE_BACK,
                            _ -> device().read(8192, target, done)));
    assertThat(result).isEqualTo(IoResult.OK);
    assertThat(DeviceDriver.bytesOf(target)).isEqualTo(DeviceDriver.bytesOf(source));
  }

  @Test
  void servesACrowdOfTransfers() {
    int length = 16 << 10;
    int count = WINDOW_BYTES / length;
    var writes = new ArrayList<CompletableFuture<IoResult>>();
    for (int index = 0; index < count; index++) {
      long offset = (long) index * length;
      ByteBuffer source = DeviceDriver.bufferOf(pattern(length, index));
      writes.add(disk().start(done -> device().write(offset, source, Durability.WRITE_BACK, done)));
    }
    assertThat(disk().join(writes)).containsOnly(IoResult.OK);
    var reads = new ArrayList<CompletableFuture<IoResult>>();
    var targets = new ArrayList<ByteBuffer>();
    for (int index = 0; index < count; index++) {
      long offset = (long) index * length;
      ByteBuffer target = BufferPool.allocate(length);
      targets.add(target);
      reads.add(disk().start(done -> device().read(offset, target, done)));
    }
    assertThat(disk().join(reads)).containsOnly(IoResult.OK);
    for (int index = 0; index < count; index++) {
      assertThat(DeviceDriver.bytesOf(targets.get(index))).isEqualTo(pattern(length, index));
    }
  }

  @Test
  void servesACrowdOfFlushesDiscardsAndWrites() {
    boolean discards = device().limits().discardZeroes();
    var results = new ArrayList<CompletableFuture<IoResult>>();
    for (int index = 0; index < CROWD; index++) {
      long offset = (long) index * 8192;
      results.add(disk().start(device()::flush));
      results.add(
          disk()
              .start(
                  discards
                      ? done -> device().discard(offset, 4096, done)
                      : done -> device().writeZeroes(offset, 4096, Durability.WRITE_BACK, done)));
      ByteBuffer source = DeviceDriver.bufferOf(pattern(4096, index));
      results.add(
          disk().start(done -> device().write(offset + 4096, source, Durability.FUA, done)));
    }
    assertThat(disk().join(results)).hasSize(3 * CROWD).containsOnly(IoResult.OK);
    IntStream.range(0, CROWD)
        .forEach(
            index ->
                assertThat(disk().read(index * 8192L + 4096, 4096))
                    .isEqualTo(pattern(4096, index)));
  }

  @Test
  void closeCompletesWhatIsInFlightFirst() {
    var order = new ArrayList<String>();
    ByteBuffer source = DeviceDriver.bufferOf(pattern(1 << 20, 7));
    closed = true;
    IoResult result =
        disk()
            .perform(
                done -> {
                  BiConsumer<String, Consumer<Completion>> start =
                      (name, operation) -> operation.accept(_ -> order.add(name));
                  start.accept("write", c -> device().write(0, source, Durability.FUA, c));
                  start.accept("flush", device()::flush);
                  start.accept(
                      "zeroes", c -> device().writeZeroes(2 << 20, 1 << 20, Durability.FUA, c));
                  device()
                      .close(
                          ended -> {
                            order.add("close");
                            done.completed(ended);
                          });
                });
    assertThat(result).isEqualTo(IoResult.OK);
    assertThat(order).hasSize(4).contains("write", "flush", "zeroes").endsWith("close");
  }

  @Test
  void agreesWithAByteArray() {
    for (long seed = 1; seed <= 3; seed++) {
      new ModelHistory(driver, device(), seed).run(400);
    }
  }
}
