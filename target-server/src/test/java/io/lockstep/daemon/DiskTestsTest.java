package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The test switches of the configuration become filters around the disk, and are told.
@Tag("unit")
class DiskTestsTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final MemoryDevice memory = new MemoryDevice(loop, 1 << 20, 512, 4096);
  private final List<String> lines = new ArrayList<>();
  private final List<IoResult> ends = new ArrayList<>();

  private static DaemonConfig.Test with(int delayMicros, int reads, int writes, boolean logs) {
    return new DaemonConfig.Test(
        false,
        Optional.empty(),
        false,
        false,
        new DaemonConfig.Filters(delayMicros, reads, writes, logs));
  }

  private BlockDevice around(DaemonConfig.Test config) {
    return DiskTests.around(memory, loop, new BufferPool(0), config, lines::add);
  }

  private void end() {
    while (loop.turn()) {
      // Until nothing is left to do.
    }
  }

  @Test
  void withoutSwitchesTheDiskIsItself() {
    DaemonConfig.Test none = with(0, 0, 0, false);
    assertThat(around(none)).isSameAs(memory);
    assertThat(DiskTests.on(none)).isEmpty();
  }

  @Test
  void eachSwitchIsNamed() {
    assertThat(DiskTests.on(with(500, 10, 20, true)))
        .containsExactly(
            "test.delayMicros 500", "test.failReads 10", "test.failWrites 20", "test.logIo");
    assertThat(
            DiskTests.on(
                new DaemonConfig.Test(
                    true, Optional.empty(), true, true, DaemonConfig.Filters.NONE)))
        .containsExactly("test.noDiscard", "test.volatileCache", "test.missingFlush");
  }

  @Test
  void readsFailAndWritesDoNot() {
    BlockDevice disk = around(with(0, 1, 0, true));
    disk.write(0, BufferPool.allocate(512), Durability.WRITE_BACK, ends::add);
    disk.read(0, BufferPool.allocate(512), ends::add);
    disk.flush(ends::add);
    end();
    assertThat(ends).hasSize(3).filteredOn(IoResult::isOk).hasSize(2);
    assertThat(lines).contains("1 write 0+512: ok", "3 flush: ok");
    assertThat(lines).anyMatch(line -> line.startsWith("2 read 0+512: ") && !line.endsWith("ok"));
  }

  @Test
  void spaceIsNotGivenBack() {
    var config =
        new DaemonConfig.Test(true, Optional.empty(), false, false, DaemonConfig.Filters.NONE);
    BlockDevice disk = around(config);
    assertThat(memory.limits().discardZeroes()).isTrue();
    assertThat(disk.limits().discardZeroes()).isFalse();
    disk.writeZeroes(0, 4096, Durability.WRITE_BACK, ends::add);
    end();
    assertThat(ends).containsExactly(IoResult.OK);
  }

  @Test
  void everythingEndsLater() {
    BlockDevice disk = around(with(500, 0, 0, false));
    long began = loop.nowNanos();
    disk.flush(ends::add);
    end();
    assertThat(ends).containsExactly(IoResult.OK);
    assertThat(loop.nowNanos() - began).isGreaterThanOrEqualTo(TimeUnit.MICROSECONDS.toNanos(500));
  }
}
