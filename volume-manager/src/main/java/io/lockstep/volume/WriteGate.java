package io.lockstep.volume;

import io.lockstep.block.Completion;

/// Whoever must see a change of a volume before it happens, to keep what it overwrites. Belongs to
/// the volume's loop.
public interface WriteGate {
  /// Asks for `[offset, offset + length)`, in bytes of the volume. Whoever may go sends its change
  /// to the device below before it lets anything else run, so that overlapping changes keep their
  /// order.
  ///
  /// @param admitted runs in a later turn, unless the answer is true: OK, and the change may go; an
  ///     error, and it must not
  /// @return whether it may go now
  boolean admit(long offset, long length, Completion admitted);
}
