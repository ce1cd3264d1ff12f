package io.lockstep.mirror.state;

/// What two nodes that have met will do. Both compute it from the same two [Party]s and come to
/// mirrored answers (see `HandshakeTest`).
public sealed interface Plan {
  /// The data is identical; nothing is to be copied.
  record InSync() implements Plan {}

  /// One side is brought up to date from the other.
  ///
  /// @param localIsSource whether this node's data is the good one
  /// @param full copy everything, not just the union of both bitmaps
  /// @param baseGeneration the generation the target holds from now on: the one which the source's
  ///     bitmap is relative to, so that an interrupted resync goes on where it stood
  /// @param why the rule that decided, for the log
  record Resync(boolean localIsSource, boolean full, long baseGeneration, String why)
      implements Plan {}

  /// A person has to decide; nothing is changed.
  ///
  /// @param splitBrain whether both sides hold changes that the other lacks
  /// @param why the reason
  /// @param action what to do about it
  record Stop(boolean splitBrain, String why, String action) implements Plan {}
}
