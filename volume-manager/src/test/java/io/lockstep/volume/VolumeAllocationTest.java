package io.lockstep.volume;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.volume.Segment.Stripe;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A 4 KiB request that crosses no border costs no garbage.
@Tag("unit")
class VolumeAllocationTest {
  private static final int WARM_UP = 20_000;
  private static final int REQUESTS = 100_000;
  private static final long BYTES_PER_REQUEST_MAX = 8;

  private final Parked below = new Parked();
  private final VirtualLoop loop = new VirtualLoop();
  private final ByteBuffer buffer = BufferPool.allocate(4096);
  private int endedCount;
  private final Completion ended = result -> endedCount++;

  @Test
  void aRequestInOnePieceAllocatesNothing() {
    PhysicalVolume pv = new PhysicalVolume("pv", 1 << 20, 100, true);
    Segment linear = Segment.linear(0, 10, new Stripe("pv", 3));
    Segment striped =
        new Segment(
            10, 10, "striped", 64 << 10, List.of(new Stripe("pv", 20), new Stripe("pv", 40)));
    Volume volume =
        new Volume("v", "u", 20L << 20, Volume.Access.READ_WRITE, List.of(linear, striped));
    VolumeMap map = VolumeMap.of(volume, pv, 1 << 20).orElseThrow();
    VolumeDevice device = new VolumeDevice(Route.plain(below, map), loop, new BufferPool(0), false);
    run(device, WARM_UP);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(device, REQUESTS);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(bytes / REQUESTS).isLessThanOrEqualTo(BYTES_PER_REQUEST_MAX);
    assertThat(endedCount).isEqualTo(WARM_UP + REQUESTS);
  }

  private void run(VolumeDevice device, int count) {
    long blocks = device.limits().sizeBytes() / 4096;
    for (int index = 0; index < count; index++) {
      long offset = index * 7919L % blocks * 4096;
      if (index % 2 == 0) {
        device.read(offset, buffer, ended);
      } else {
        device.write(offset, buffer, Durability.WRITE_BACK, ended);
      }
      below.finish();
    }
  }

  /// Keeps the one completion until the test asks for it.
  private static final class Parked implements BlockDevice {
    private final BlockLimits limits =
        new BlockLimits(200L << 20, 512, 4096, 1 << 20, 1, false, false);
    private Completion parked = result -> {};

    void finish() {
      parked.completed(IoResult.OK);
    }

    @Override
    public BlockLimits limits() {
      return limits;
    }

    @Override
    public void read(long offset, ByteBuffer target, Completion completion) {
      parked = completion;
    }

    @Override
    public void write(
        long offset, ByteBuffer source, Durability durability, Completion completion) {
      parked = completion;
    }

    @Override
    public void flush(Completion completion) {
      parked = completion;
    }

    @Override
    public void discard(long offset, long length, Durability durability, Completion completion) {
      parked = completion;
    }

    @Override
    public void writeZeroes(
        long offset, long length, Durability durability, Completion completion) {
      parked = completion;
    }

    @Override
    public void close(Completion completion) {
      parked = completion;
    }
  }
}
