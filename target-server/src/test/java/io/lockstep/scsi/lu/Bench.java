package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.Loop;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.filter.StatisticsFilter;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A target with one logical unit over a disk in memory, and a transport as small as can be: it
/// hands over data-out, copies data-in, gives every buffer back, and counts how often a task ends.
final class Bench {
  static final int DISK_BYTES = 8 << 20;
  static final int BLOCK = 512;
  static final int DISK_BLOCKS = DISK_BYTES / BLOCK;
  static final int LUN = 0;

  final VirtualLoop loop = new VirtualLoop();
  final BufferPool pool = new BufferPool(64 << 20);
  final MemoryDevice disk;
  final FaultFilter faults;
  final HoldFilter hold;
  final StatisticsFilter device;
  final ScsiTargetDevice target = new ScsiTargetDevice(loop, pool);
  final LogicalUnit unit;
  final Nexus nexus = new Nexus("iqn.2026-11.io.lockstep:host-a", 1, 1);
  final Nexus other = new Nexus("iqn.2026-11.io.lockstep:host-b", 2, 1);

  private Bench(int blockBytes, boolean serves, BiFunction<BlockDevice, Loop, BlockDevice> filter) {
    disk = new MemoryDevice(loop, DISK_BYTES, 512, 4096);
    faults = new FaultFilter(disk, loop);
    hold = new HoldFilter(filter.apply(faults, loop));
    device = new StatisticsFilter(hold);
    unit = unit(blockBytes);
    if (serves) {
      unit.activate(device);
    }
    target.map(LUN, unit);
    open(nexus);
    open(other);
  }

  static Bench active() {
    return new Bench(BLOCK, true, (device, _) -> device);
  }

  /// Of a node that has never served.
  static Bench standby() {
    return new Bench(BLOCK, false, (device, _) -> device);
  }

  static Bench over(UnaryOperator<BlockDevice> filter) {
    return new Bench(BLOCK, true, (device, _) -> filter.apply(device));
  }

  /// With a filter that needs the loop.
  static Bench over(BiFunction<BlockDevice, Loop, BlockDevice> filter) {
    return new Bench(BLOCK, true, filter);
  }

  static Bench withBlocksOf(int blockBytes) {
    return new Bench(blockBytes, true, (device, _) -> device);
  }

  /// A logical unit in standby.
  LogicalUnit unit(int blockBytes) {
    var identity = new LuIdentity("6024c530000000000000000000000001", "SN1", blockBytes, "1.0");
    return new LogicalUnit(identity, TargetPort.ofNode("iqn.a", 0), loop, pool);
  }

  /// A session whose pending unit attentions have been told.
  private void open(Nexus who) {
    target.nexusOpened(who);
    calm(who);
  }

  /// Fetches all unit attentions.
  void calm(Nexus who) {
    Task task;
    do {
      task = run(who, "03 00 00 00 12 00");
    } while (task.data()[2] == 0x06);
  }

  /// A command in flight.
  static final class Task extends ScsiTask {
    private final Bench bench;
    private byte[] data = new byte[0];
    int endedCount;
    @Nullable RuntimeException fault;

    Task(Bench bench) {
      this.bench = bench;
    }

    @Override
    protected void completed() {
      endedCount++;
      ByteBuffer in = takeDataIn();
      if (in != null) {
        data = new byte[in.remaining()];
        in.get(in.position(), data);
        bench.pool.giveBack(in);
      }
      giveBackDataOut();
    }

    @Override
    public void faulted(RuntimeException cause) {
      assertThat(fault).as("told once").isNull();
      fault = cause;
    }

    void giveBackDataOut() {
      ByteBuffer out = dataOut();
      if (out != null) {
        dataOut(null);
        bench.pool.giveBack(out);
      }
    }

    byte[] data() {
      return data;
    }

    String hex() {
      return Golden.hex(data);
    }

    boolean isOver() {
      return endedCount > 0;
    }

    void isGood() {
      assertThat(endedCount).as("ended once").isEqualTo(1);
      assertThat(result()).isEqualTo(ScsiResult.good());
    }

    void isRefused(ScsiResult why) {
      assertThat(endedCount).as("ended once").isEqualTo(1);
      assertThat(result()).isEqualTo(why);
      assertThat(data).isEmpty();
    }
  }

  // --- the transport ---

  Task task(Nexus who, long lunField, String cdb, TaskAttribute attribute) {
    Task task = new Task(this);
    task.begin(who, lunField, ByteBuffer.wrap(Golden.bytes(cdb)), attribute);
    return task;
  }

  /// Hands over a prepared task with as much of `data` as it takes.
  void execute(Task task, byte... data) {
    int length = task.dataOutBytes();
    if (length > 0) {
      task.dataOut(pool.borrow(length).put(0, Arrays.copyOf(data, length)));
    }
    target.execute(task);
  }

  /// Hands over a task, and does not wait.
  Task start(Task task, byte... data) {
    target.prepare(task);
    if (!task.isEnded()) {
      execute(task, data);
    }
    return task;
  }

  Task start(String cdb, byte... data) {
    return start(task(nexus, 0, cdb, TaskAttribute.SIMPLE), data);
  }

  Task run(Nexus who, String cdb, byte... data) {
    Task task = start(task(who, 0, cdb, TaskAttribute.SIMPLE), data);
    loop.runReady();
    return task;
  }

  Task run(String cdb, byte... data) {
    return run(nexus, cdb, data);
  }

  // --- the disk, past the logical unit ---

  byte[] onDisk(long lba, int blocks) {
    ByteBuffer content = ByteBuffer.allocate(blocks * BLOCK);
    disk.read(lba * BLOCK, content, result -> assertThat(result.isOk()).isTrue());
    loop.runReady();
    return content.array();
  }

  void toDisk(long lba, byte[] content) {
    disk.write(
        lba * BLOCK,
        ByteBuffer.wrap(content),
        Durability.FUA,
        result -> assertThat(result.isOk()).isTrue());
    loop.runReady();
  }

  /// Nothing is left anywhere.
  void isQuiet() {
    loop.runReady();
    assertThat(pool.borrowedBytes()).as("buffers not given back").isZero();
    assertThat(device.counts().inFlight()).as("operations in flight").isZero();
  }
}
