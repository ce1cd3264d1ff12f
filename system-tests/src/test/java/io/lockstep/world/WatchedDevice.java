package io.lockstep.world;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// The mirror's device as one life of a node uses it. N1: nothing reaches it unless this node is
/// Primary, and when the role is given back nothing is under way.
final class WatchedDevice implements BlockDevice {
  private final BlockDevice mirror;
  private boolean serves;
  private int inFlight;

  WatchedDevice(BlockDevice mirror) {
    this.mirror = mirror;
  }

  /// From now on the role allows it.
  void begins() {
    serves = true;
  }

  /// The role is given back.
  void ends() {
    Check.that(inFlight == 0, "N1: the role is given back with operations under way", inFlight, 0);
    serves = false;
  }

  private Completion counted(Completion completion) {
    Check.that(serves, "N1: an operation of a role that has ended reaches the device");
    inFlight++;
    return result -> {
      inFlight--;
      completion.completed(result);
    };
  }

  @Override
  public BlockLimits limits() {
    return mirror.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    mirror.read(offset, target, counted(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    mirror.write(offset, source, durability, counted(completion));
  }

  @Override
  public void flush(Completion completion) {
    mirror.flush(counted(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    mirror.discard(offset, length, durability, counted(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    mirror.writeZeroes(offset, length, durability, counted(completion));
  }

  @Override
  public void close(Completion completion) {
    throw new AssertionError("N1: what is served does not close the mirror's device");
  }
}
