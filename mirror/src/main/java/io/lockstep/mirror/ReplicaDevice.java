package io.lockstep.mirror;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import java.nio.ByteBuffer;

/// The local copy, read-only, for a Secondary that wants to know what the control region says. May
/// change under the reader; an Inconsistent copy is not served (I11).
final class ReplicaDevice implements BlockDevice {
  private final Loop loop;
  private final LocalCopy copy;
  private final MirrorDevice mirror;
  private boolean ended;

  ReplicaDevice(Loop loop, LocalCopy copy, MirrorDevice mirror) {
    this.loop = loop;
    this.copy = copy;
    this.mirror = mirror;
  }

  /// The mirror closes: a reader in the middle must not touch the disk, which closes next.
  void end() {
    ended = true;
  }

  @Override
  public BlockLimits limits() {
    return mirror.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    Check.that(limits().contains(offset, target.remaining()), "range inside the replica");
    if (ended) {
      refuse("the mirror is closed", completion);
      return;
    }
    if (copy.lost().touches(offset, target.remaining())) {
      IoResult lost = copy.lost().answer(offset, target.remaining(), IoResult.OK);
      loop.execute(() -> completion.completed(lost));
      return;
    }
    switch (copy.diskState()) {
      case UP_TO_DATE, CONSISTENT, OUTDATED ->
          copy.disk()
              .read(
                  copy.replicatedOffset() + offset,
                  target,
                  result ->
                      completion.completed(copy.lost().answer(offset, target.remaining(), result)));
      case INCONSISTENT, DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN ->
          refuse("the local copy is " + copy.diskState().label(), completion);
    }
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    refuse("the replica is read-only", completion);
  }

  @Override
  public void flush(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    refuse("the replica is read-only", completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    refuse("the replica is read-only", completion);
  }

  @Override
  public void close(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  private void refuse(String why, Completion completion) {
    loop.execute(() -> completion.completed(IoResult.notReady(why)));
  }
}
