package io.lockstep.world;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.filter.Filter;

/// The mirror's device as one life of a node uses it. N1: nothing reaches it unless this node is
/// Primary, and when the role is given back nothing is under way.
final class WatchedDevice extends Filter {
  private boolean serves;
  private int inFlight;

  WatchedDevice(BlockDevice mirror) {
    super(mirror);
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

  @Override
  protected Completion ending(Completion completion) {
    Check.that(serves, "N1: an operation of a role that has ended reaches the device");
    inFlight++;
    return result -> {
      inFlight--;
      completion.completed(result);
    };
  }

  @Override
  public void close(Completion completion) {
    throw new AssertionError("N1: what is served does not close the mirror's device");
  }
}
