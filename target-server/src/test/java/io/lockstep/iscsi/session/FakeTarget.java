package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskManagement;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A target with one disk in memory and just enough commands to move data. Executed tasks can be
/// held back, so that a test decides when they end.
public final class FakeTarget implements ScsiTarget {
  static final int BLOCK_BYTES = 512;

  private final Loop loop;
  private final BufferPool pool = new BufferPool(64 << 20);
  private final ByteBuffer disk;
  final ArrayDeque<ScsiTask> held = new ArrayDeque<>();
  final List<String> managed = new ArrayList<>();
  final List<Nexus> nexuses = new ArrayList<>();

  /// Who waits until nothing is held any more.
  private final List<Runnable> waiters = new ArrayList<>();

  boolean holds;

  /// Whether commands that ask what is behind a path are not held.
  boolean letsPathPass;

  int executedCount;
  int forgottenCount;

  public FakeTarget(Loop loop, int sizeBytes) {
    this.loop = loop;
    this.disk = ByteBuffer.allocate(sizeBytes);
  }

  @Override
  public void prepare(ScsiTask task) {
    switch (task.cdb()[0]) {
      case 0x00 -> task.ofPath(true);
      case 0x12, (byte) 0xa0 -> {
        task.borrowedBytesMax(4096);
        task.ofPath(true);
      }
      case 0x25, 0x1a -> task.borrowedBytesMax(4096);
      case 0x28 -> task.borrowedBytesMax(blocks(task) * BLOCK_BYTES);
      case 0x2a -> task.dataOutBytes(blocks(task) * BLOCK_BYTES);
      default -> {
        task.end(ScsiResult.invalidOperationCode(), false);
        loop.execute(task.ending());
      }
    }
  }

  @Override
  public void execute(ScsiTask task) {
    executedCount++;
    if (holds && !(letsPathPass && task.isOfPath())) {
      held.addLast(task);
    } else {
      loop.execute(() -> finish(task));
    }
  }

  /// Ends the oldest task held back.
  void releaseOne() {
    ScsiTask task = held.removeFirst();
    finish(task);
    if (held.isEmpty()) {
      List<Runnable> waiting = List.copyOf(waiters);
      waiters.clear();
      waiting.forEach(loop::execute);
    }
  }

  private void finish(ScsiTask task) {
    ByteBuffer out = task.dataOut();
    switch (task.cdb()[0]) {
      case 0x12 -> give(task, inquiry(), task.cdb()[4] & 0xff);
      case 0x25 -> {
        ByteBuffer capacity = ByteBuffer.allocate(8);
        give(task, capacity.putInt(disk.capacity() / 512 - 1).putInt(512).flip(), 8);
      }
      case (byte) 0xa0 -> give(task, ByteBuffer.allocate(16).put(3, (byte) 8), 16);
      case 0x1a -> give(task, ByteBuffer.allocate(4).put(0, (byte) 3), 4);
      case 0x28 -> {
        int length = blocks(task) * BLOCK_BYTES;
        give(task, disk.slice(lba(task) * BLOCK_BYTES, length), length);
      }
      case 0x2a -> {
        if (out != null) {
          disk.put(lba(task) * BLOCK_BYTES, out, 0, out.remaining());
        }
      }
      default -> {}
    }
    task.end(ScsiResult.good(), false);
    task.ending().run();
  }

  private static ByteBuffer inquiry() {
    ByteBuffer data = ByteBuffer.allocate(36);
    data.put(2, (byte) 6).put(3, (byte) 2).put(4, (byte) 31);
    data.put(8, "LOCKSTEPFake disk       0001".getBytes(StandardCharsets.UTF_8));
    return data;
  }

  private void give(ScsiTask task, ByteBuffer data, int allocationBytes) {
    int length = Math.min(data.remaining(), allocationBytes);
    if (length > 0) {
      task.dataIn(task.borrow(pool, length).put(0, data, data.position(), length));
    }
  }

  private static int lba(ScsiTask task) {
    return ByteBuffer.wrap(task.cdb()).getInt(2);
  }

  private static int blocks(ScsiTask task) {
    return ByteBuffer.wrap(task.cdb()).getShort(7) & 0xffff;
  }

  byte byteAt(int offset) {
    return disk.get(offset);
  }

  void put(int offset, byte value) {
    disk.put(offset, value);
  }

  @Override
  public void forget(ScsiTask task) {
    forgottenCount++;
  }

  @Override
  public void manage(
      TaskManagement function,
      Nexus nexus,
      long lun,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done) {
    managed.add(function + (task == null ? "" : " of one"));
    whenIdle(() -> done.accept(TaskManagement.Response.FUNCTION_COMPLETE));
  }

  @Override
  public void nexusOpened(Nexus nexus) {
    nexuses.add(nexus);
  }

  @Override
  public void nexusLost(Nexus nexus, Runnable drained) {
    nexuses.remove(nexus);
    whenIdle(drained);
  }

  private void whenIdle(Runnable task) {
    if (held.isEmpty()) {
      loop.execute(task);
    } else {
      waiters.add(task);
    }
  }

  @Override
  public BufferPool pool() {
    return pool;
  }
}
