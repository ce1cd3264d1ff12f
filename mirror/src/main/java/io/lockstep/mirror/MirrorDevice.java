package io.lockstep.mirror;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.UnderWay;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.resync.ResyncSource;
import io.lockstep.mirror.role.Roles;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.write.Change;
import io.lockstep.mirror.write.WritePath;
import java.nio.ByteBuffer;

/// The replicated space as a [BlockDevice]: serves while this node is Primary and answers NOT_READY
/// otherwise. Overlapping writes are ordered behind it ([WritePath]), and reads behind writes that
/// they overlap (`ReadPath`). Long discards and write-zeroes are cut at the borders of AL extents
/// and done one after another.
final class MirrorDevice implements BlockDevice {
  /// Longest read or write; also the longest payload of a frame. The same on both nodes, whatever
  /// their disks are: what one accepts, the other must be able to write.
  static final int TRANSFER_BYTES_MAX = FrameLimits.PAYLOAD_BYTES_MAX;

  private final Loop loop;
  private final LocalCopy copy;
  private final String nodeName;
  private final OwnRole role;
  private final Roles roles;
  private final WritePath writes;
  private final ResyncSource resyncSource;
  private final UnderWay underWay = new UnderWay();

  MirrorDevice(
      Outside outside, Side side, Roles roles, WritePath writes, ResyncSource resyncSource) {
    this.loop = outside.loop();
    this.copy = side.copy();
    this.nodeName = outside.config().nodeName();
    this.role = side.role();
    this.roles = roles;
    this.writes = writes;
    this.resyncSource = resyncSource;
  }

  @Override
  public BlockLimits limits() {
    BlockLimits disk = copy.disk().limits();
    var geometry = copy.superblock().geometry();
    return new BlockLimits(
        copy.replicatedBytes(),
        geometry.logicalBlockBytes(),
        geometry.physicalBlockBytes(),
        TRANSFER_BYTES_MAX,
        disk.bufferAlignmentBytes(),
        disk.discardZeroes(),
        true);
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    checkRange(offset, target.remaining());
    if (isRefused(completion)) {
      return;
    }
    IoResult known = copy.lost().answer(offset, target.remaining(), IoResult.OK);
    if (!known.isOk()) {
      loop.execute(() -> completion.completed(known));
      return;
    }
    writes.reads().read(offset, target, underWay.counted(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkRange(offset, source.remaining());
    if (isRefused(completion) || isUnmendable(offset, source.remaining(), completion)) {
      return;
    }
    roles.hostWrites(offset);
    writes.write(offset, source, durability, underWay.counted(completion));
  }

  @Override
  public void flush(Completion completion) {
    if (isRefused(completion)) {
      return;
    }
    writes.epochs().flush(underWay.counted(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    erase(Change.Kind.DISCARD, offset, length, durability, underWay.counted(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    erase(Change.Kind.ZEROES, offset, length, durability, underWay.counted(completion));
  }

  /// Completes after everything that is in flight. The mirror goes on: it, not its users, ends the
  /// use of the disk.
  @Override
  public void close(Completion completion) {
    underWay.whenNone(() -> loop.execute(() -> completion.completed(IoResult.OK)));
  }

  private void erase(
      Change.Kind kind, long offset, long length, Durability durability, Completion completion) {
    if (isRefused(completion)) {
      return;
    }
    roles.hostWrites(offset);
    long border = (offset / ActivityLog.EXTENT_BYTES + 1) * ActivityLog.EXTENT_BYTES;
    long piece = Math.min(length, border - offset);
    if (isUnmendable(offset, piece, completion)) {
      return;
    }
    if (piece == length) {
      writes.erase(kind, offset, length, durability, completion);
      return;
    }
    writes.erase(
        kind,
        offset,
        piece,
        durability,
        result -> {
          if (result.isOk()) {
            erase(kind, offset + piece, length - piece, durability, completion);
          } else {
            completion.completed(result);
          }
        });
  }

  /// A disk that cannot read a block cannot write a part of it either, and would be taken for
  /// failed: the host hears first that the block must be written as a whole.
  private boolean isUnmendable(long offset, long length, Completion completion) {
    boolean unmendable =
        copy.disk().limits().physicalBlockBytes() == Bitmap.BLOCK_BYTES
            && resyncSource.unreadable().isCoveredInPart(offset, length);
    if (unmendable) {
      var refusal = IoResult.mediumError("a part of a block that cannot be read; write all of it");
      loop.execute(() -> completion.completed(refusal));
    }
    return unmendable;
  }

  private boolean isRefused(Completion completion) {
    IoResult refusal = null;
    if (!role.isPrimary() || !role.isAccepting()) {
      refusal = IoResult.notReady("node " + nodeName + " is not Primary");
    } else if (copy.isFailed()) {
      refusal = copy.failure();
    } else if (!writes.hasRoom()) {
      refusal = IoResult.busy("too many operations wait on the mirror");
    }
    if (refusal == null) {
      return false;
    }
    IoResult result = refusal;
    loop.execute(() -> completion.completed(result));
    return true;
  }

  private void checkRange(long offset, long length) {
    Check.that(limits().contains(offset, length), "range inside the mirror", offset, length);
  }
}
