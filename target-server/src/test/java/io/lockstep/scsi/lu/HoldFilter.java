package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Keeps operations until they are let go, so that a test decides what is under way. Belongs to the
/// loop.
final class HoldFilter implements BlockDevice {
  private final BlockDevice next;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean holds;
  private BlockLimits limits;

  HoldFilter(BlockDevice next) {
    this.next = next;
    this.limits = next.limits();
  }

  void hold() {
    holds = true;
  }

  int heldCount() {
    return held.size();
  }

  /// Lets the oldest operation go.
  void letOneGo() {
    held.remove().run();
  }

  /// Lets everything go, from now on at once.
  void letGo() {
    holds = false;
    while (!held.isEmpty()) {
      letOneGo();
    }
  }

  /// The device is of another size from now on, as a volume that was resized.
  void resize(long sizeBytes) {
    limits = limits.withSizeBytes(sizeBytes);
  }

  private void pass(Runnable operation) {
    if (holds) {
      held.add(operation);
    } else {
      operation.run();
    }
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    pass(() -> next.read(offset, target, completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    pass(() -> next.write(offset, source, durability, completion));
  }

  @Override
  public void flush(Completion completion) {
    pass(() -> next.flush(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    pass(() -> next.discard(offset, length, durability, completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    pass(() -> next.writeZeroes(offset, length, durability, completion));
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }
}
