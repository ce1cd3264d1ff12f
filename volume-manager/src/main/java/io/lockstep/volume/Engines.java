package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import java.util.Optional;
import java.util.function.Consumer;

/// One kind of engine, and how it comes to a group: whoever serves volumes opens them through this
/// and knows no kind by name. Which one it is, the program chooses in one place.
public interface Engines {
  /// Opens the group on `space`, whose offset 0 is the first byte of the PV. A blank space (its
  /// first MiB is zero) becomes a PV with an empty group; anything else that is not a sound LVM2 PV
  /// is refused and stays unchanged.
  ///
  /// @param space stays the caller's; it must stay open as long as the engine
  /// @param loop on which this is called and the engine lives
  /// @param done runs in a later turn of the loop
  void open(BlockDevice space, Loop loop, BufferPool pool, Consumer<OpenResult> done);

  /// Takes a picture of `space`; empty if it cannot be read as a group now. A commit may run at the
  /// same time: a torn picture is none. Writes nothing.
  ///
  /// @param space as for [#open]
  void picture(BlockDevice space, BufferPool pool, Consumer<Optional<GroupPicture>> done);
}
