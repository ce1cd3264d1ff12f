package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.TaskAttribute;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A 4 KiB command costs little garbage in the SCSI layer.
@Tag("unit")
class ScsiAllocationTest {
  private static final int WARM_UP = 50_000;
  private static final int COMMANDS = 100_000;
  private static final long BYTES_PER_COMMAND_MAX = 200;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private final ScsiTargetDevice target = new ScsiTargetDevice(loop, pool);
  private final Nexus nexus = new Nexus("iqn.2026-11.io.lockstep:host", 1, 1);
  private final ByteBuffer read = ByteBuffer.wrap(Golden.bytes("28 00 00000010 00 0008 00"));
  private final ByteBuffer write = ByteBuffer.wrap(Golden.bytes("2A 00 00000010 00 0008 00"));
  private final Reused task = new Reused();
  private int endedCount;

  /// As a transport reuses its tasks.
  private final class Reused extends ScsiTask {
    @Override
    public void faulted(RuntimeException cause) {
      throw cause;
    }

    @Override
    protected void completed() {
      endedCount++;
      ByteBuffer in = takeDataIn();
      if (in != null) {
        pool.giveBack(in);
      }
      ByteBuffer out = dataOut();
      if (out != null) {
        dataOut(null);
        pool.giveBack(out);
      }
    }
  }

  @Test
  void aCommandAllocatesAtMost200Bytes() {
    var identity = new LuIdentity("6024c530000000000000000000000001", "SN1", 512, "1.0");
    var unit = new LogicalUnit(identity, TargetPort.ofNode("iqn.a", 0), loop, pool);
    unit.activate(new Instant(loop));
    target.map(0, unit);
    run(WARM_UP);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(COMMANDS);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(endedCount).isEqualTo(WARM_UP + COMMANDS);
    assertThat(bytes / COMMANDS).isLessThanOrEqualTo(BYTES_PER_COMMAND_MAX);
  }

  private void run(int count) {
    for (int index = 0; index < count; index++) {
      task.begin(nexus, 0, index % 2 == 0 ? read : write, TaskAttribute.SIMPLE);
      target.prepare(task);
      if (task.dataOutBytes() > 0) {
        task.dataOut(pool.borrow(task.dataOutBytes()));
      }
      target.execute(task);
      loop.runReady();
    }
  }

  /// A device that is done in the next turn, without garbage of its own.
  private static final class Instant implements BlockDevice, Runnable {
    private static final BlockLimits LIMITS =
        new BlockLimits(1 << 30, 512, 4096, 1 << 20, 1, true, false);
    private final VirtualLoop loop;
    private Completion waiting = _ -> {};

    Instant(VirtualLoop loop) {
      this.loop = loop;
    }

    @Override
    public void run() {
      waiting.completed(IoResult.OK);
    }

    private void later(Completion completion) {
      waiting = completion;
      loop.execute(this);
    }

    @Override
    public BlockLimits limits() {
      return LIMITS;
    }

    @Override
    public void read(long offset, ByteBuffer target, Completion completion) {
      later(completion);
    }

    @Override
    public void write(
        long offset, ByteBuffer source, Durability durability, Completion completion) {
      later(completion);
    }

    @Override
    public void flush(Completion completion) {
      later(completion);
    }

    @Override
    public void discard(long offset, long length, Durability durability, Completion completion) {
      later(completion);
    }

    @Override
    public void writeZeroes(
        long offset, long length, Durability durability, Completion completion) {
      later(completion);
    }

    @Override
    public void close(Completion completion) {
      later(completion);
    }
  }
}
