package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.MemoryDevice;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Each filter keeps the contract, over a disk that ends its operations in a random order.
@ParameterizedClass
@EnumSource(FilterContractTest.Stack.class)
@Tag("contract")
final class FilterContractTest extends BlockDeviceContract {
  private static final int SIZE_BYTES = 8 << 20;

  @Parameter Stack stack = Stack.DELAY;

  /// What is stacked on a slow disk.
  enum Stack {
    DELAY(512),
    DELAY_4KN(4096),
    FAULT_THAT_NEVER_STRIKES(512),
    STATISTICS(512),
    LOG(512),
    SLICE(512),
    SLICE_4KN(4096),
    CACHE(512),
    CACHE_4KN(4096),
    SMALL_CACHE(512),
    RMW(4096),
    CACHE_OVER_RMW(4096),
    RMW_OVER_CACHE(4096);

    private final int logicalBytes;

    Stack(int logicalBytes) {
      this.logicalBytes = logicalBytes;
    }

    BlockDevice over(Loop loop, BlockDevice disk) {
      var pool = new BufferPool(1 << 20);
      return switch (this) {
        case DELAY, DELAY_4KN -> disk;
        case FAULT_THAT_NEVER_STRIKES -> new FaultFilter(disk, loop);
        case STATISTICS -> new StatisticsFilter(disk);
        case LOG -> new LogFilter(disk, _ -> {});
        case SLICE, SLICE_4KN -> new SliceDevice(disk, loop, new BlockRange(1 << 20, SIZE_BYTES));
        case CACHE, CACHE_4KN -> new VolatileCacheFilter(disk, loop, pool, 64 << 20);
        case SMALL_CACHE -> new VolatileCacheFilter(disk, loop, pool, 128 << 10);
        case RMW -> new RmwFilter(disk, loop, pool);
        case CACHE_OVER_RMW ->
            new VolatileCacheFilter(new RmwFilter(disk, loop, pool), loop, pool, 256 << 10);
        case RMW_OVER_CACHE ->
            new RmwFilter(new VolatileCacheFilter(disk, loop, pool, 256 << 10), loop, pool);
      };
    }
  }

  @Override
  protected BlockDevice open(LoopDriver driver) {
    Loop loop = driver.loop();
    var random = new SplittableRandom(9);
    var memory = new MemoryDevice(loop, SIZE_BYTES + (2 << 20), stack.logicalBytes, 4096);
    return stack.over(loop, new DelayFilter(memory, loop, () -> random.nextLong(1_000_000)));
  }
}
