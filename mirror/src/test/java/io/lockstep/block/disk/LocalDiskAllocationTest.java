package io.lockstep.block.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.ring.LoopKind;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What a 4 KiB read or write costs the loop in garbage: at most 200 bytes.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class LocalDiskAllocationTest {
  private static final int BYTES_MAX = 200;
  private static final int SIZE_BYTES = 8 << 20;
  private static final int DEPTH = 32;
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 20_000;

  @Parameter LoopKind kind = LoopKind.EPOLL;
  @TempDir Path directory = Path.of("");

  /// One of the operations in flight: starts the next when it has ended.
  private static final class Lane implements Completion {
    private final LocalDisk disk;
    private final ByteBuffer buffer = BufferPool.allocate(4096);
    private final SplittableRandom random;
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private int left;

    Lane(LocalDisk disk, int seed, int count) {
      this.disk = disk;
      this.random = new SplittableRandom(seed);
      this.left = count;
    }

    void start() {
      long offset = 4096L * random.nextInt(SIZE_BYTES / 4096);
      if (random.nextBoolean()) {
        disk.read(offset, buffer, this);
      } else {
        disk.write(offset, buffer, Durability.WRITE_BACK, this);
      }
    }

    @Override
    public void completed(IoResult result) {
      Check.that(result.isOk(), "a good disk");
      if (--left > 0) {
        start();
      } else {
        ended.complete(true);
      }
    }
  }

  @Test
  void anIoAllocatesLittle() {
    Path file = directory.resolve("disk");
    assertThat(LocalDisk.create(file, SIZE_BYTES)).isEmpty();
    try (var driver = (LoopDriver.Ring) LoopDriver.ring(kind)) {
      var opened = LocalDisk.open(driver.loop(), file, DiskOptions.DEFAULT);
      LocalDisk disk = ((LocalDisk.Opened.Ready) opened).disk();
      run(driver, disk, WARM_UP);
      long before = allocatedBytes(driver);
      run(driver, disk, MEASURED);
      long perOperation = (allocatedBytes(driver) - before) / MEASURED;
      assertThat(perOperation).isLessThanOrEqualTo(BYTES_MAX);
      driver.run(() -> disk.close(_ -> {}));
    }
  }

  private static void run(LoopDriver driver, LocalDisk disk, int count) {
    var lanes = new Lane[DEPTH];
    for (int lane = 0; lane < DEPTH; lane++) {
      lanes[lane] = new Lane(disk, lane, count / DEPTH);
      driver.loop().execute(lanes[lane]::start);
    }
    for (Lane lane : lanes) {
      driver.join(lane.ended);
    }
  }

  private static long allocatedBytes(LoopDriver driver) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return driver.call(() -> threads.getThreadAllocatedBytes(Thread.currentThread().threadId()));
  }
}
