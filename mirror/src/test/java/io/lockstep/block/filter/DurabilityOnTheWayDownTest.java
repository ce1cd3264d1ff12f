package io.lockstep.block.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is asked for durably reaches the device below durably, through every filter: a discard had
/// lost the wish on its way.
@Tag("unit")
class DurabilityOnTheWayDownTest {
  private static final int SIZE = 1 << 20;

  private final VirtualLoop loop = new VirtualLoop();

  static Stream<Named<BiFunction<BlockDevice, Loop, BlockDevice>>> filters() {
    var pool = new BufferPool(1 << 20);
    return Stream.of(
        Named.of("delay", (next, loop) -> new DelayFilter(next, loop, () -> 10)),
        Named.of("fault", FaultFilter::new),
        Named.of("rmw", (next, loop) -> new RmwFilter(next, loop, pool)),
        Named.of("slice", (next, loop) -> new SliceDevice(next, loop, new BlockRange(4096, 65536))),
        Named.of("log", (next, _) -> new LogFilter(next, _ -> {})),
        Named.of("statistics", (next, _) -> new StatisticsFilter(next)),
        Named.of("cache", (next, loop) -> new VolatileCacheFilter(next, loop, pool, 1 << 20)));
  }

  @ParameterizedTest
  @MethodSource("filters")
  void everyDurableChangeIsDurableBelow(BiFunction<BlockDevice, Loop, BlockDevice> filter) {
    var below = new Below();
    BlockDevice device = filter.apply(below, loop);
    int block = device.limits().logicalBlockBytes();
    // From inside a block of 4096 bytes to inside another: read-modify-write at both ends.
    for (long offset : new long[] {block, 8192}) {
      assertThat(durably(below, d -> device.discard(offset, 16384, Durability.FUA, d))).isTrue();
      assertThat(durably(below, d -> device.writeZeroes(offset, 16384, Durability.FUA, d)))
          .isTrue();
      ByteBuffer source = BufferPool.allocate(16384);
      assertThat(durably(below, d -> device.write(offset, source, Durability.FUA, d))).isTrue();
    }
  }

  private interface Operation {
    void start(Completion done);
  }

  private boolean durably(Below below, Operation operation) {
    below.asked.clear();
    var ends = new ArrayList<IoResult>();
    operation.start(ends::add);
    while (loop.turn()) {
      // Until nothing is left to do.
    }
    assertThat(ends).containsExactly(IoResult.OK);
    return !below.asked.isEmpty() && !below.asked.contains(Durability.WRITE_BACK);
  }

  /// A disk of 4096-byte blocks that notes how durably it is changed.
  private final class Below extends Filter {
    private final List<Durability> asked = new ArrayList<>();

    Below() {
      super(new MemoryDevice(loop, SIZE, 4096, 4096));
    }

    @Override
    public void write(long offset, ByteBuffer source, Durability durability, Completion done) {
      asked.add(durability);
      next.write(offset, source, durability, done);
    }

    @Override
    public void discard(long offset, long length, Durability durability, Completion completion) {
      asked.add(durability);
      next.discard(offset, length, durability, completion);
    }

    @Override
    public void writeZeroes(
        long offset, long length, Durability durability, Completion completion) {
      asked.add(durability);
      next.writeZeroes(offset, length, durability, completion);
    }
  }
}
