package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.UnderWay;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// The one way from a mirror to its disk. It counts what is under way there, and after [#shut] it
/// lets nothing through: from then on the disk is its owner's, who closes it, and what the mirror
/// still begins, because something came back late or failed, is refused here. Belongs to the loop.
public final class DiskGate implements BlockDevice {
  private static final IoResult SHUT = IoResult.closed("the mirror has ended");

  private final Loop loop;
  private final BlockDevice disk;
  private final UnderWay underWay = new UnderWay();
  private boolean shut;

  public DiskGate(Loop loop, BlockDevice disk) {
    this.loop = loop;
    this.disk = disk;
  }

  /// Whether the disk has given everything back. Asked in a turn of its own: whoever was just told
  /// goes on at once.
  public boolean isIdle() {
    return underWay.isNone();
  }

  /// `listener` runs each time that the disk has given everything back.
  public void whenIdle(Runnable listener) {
    underWay.eachTimeNone(listener);
  }

  /// Nothing is begun on the disk any more. What is under way there ends.
  public void shut() {
    shut = true;
  }

  @Override
  public BlockLimits limits() {
    return disk.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    if (isOpen(completion)) {
      disk.read(offset, target, underWay.counted(completion));
    }
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    if (isOpen(completion)) {
      disk.write(offset, source, durability, underWay.counted(completion));
    }
  }

  @Override
  public void flush(Completion completion) {
    if (isOpen(completion)) {
      disk.flush(underWay.counted(completion));
    }
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    if (isOpen(completion)) {
      disk.discard(offset, length, durability, underWay.counted(completion));
    }
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    if (isOpen(completion)) {
      disk.writeZeroes(offset, length, durability, underWay.counted(completion));
    }
  }

  @Override
  public void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    if (shut) {
      told.accept(BlockStatus.data(length));
      return;
    }
    Completion given = underWay.counted(_ -> {});
    disk.blockStatus(
        offset,
        length,
        status -> {
          told.accept(status);
          given.completed(IoResult.OK);
        });
  }

  @Override
  public void close(Completion completion) {
    throw new AssertionError("the disk's owner closes it, not the mirror");
  }

  private boolean isOpen(Completion completion) {
    if (shut) {
      loop.execute(() -> completion.completed(SHUT));
    }
    return !shut;
  }
}
