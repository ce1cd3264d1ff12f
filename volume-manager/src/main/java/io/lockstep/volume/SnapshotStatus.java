package io.lockstep.volume;

/// How a snapshot does, for people and scripts. Immutable.
///
/// @param sizeBytes what a host sees: the size that the origin had
/// @param roomBytes size of its store
/// @param usedBytes how much of the store is taken, its tables included
/// @param state what it is good for
public record SnapshotStatus(long sizeBytes, long roomBytes, long usedBytes, State state) {
  /// What a snapshot is good for.
  public sealed interface State {
    /// It shows its moment.
    record Whole() implements State {}

    /// It does not show its moment any more, and never will; to be deleted.
    ///
    /// @param why a clause: "its room is full"
    record Lost(String why) implements State {}

    /// The origin is being put back.
    ///
    /// @param leftBytes what is still to be moved
    record RollingBack(long leftBytes) implements State {}
  }

  /// Percent of the room that is taken, rounded up: 100 only where nothing is left.
  public int usedPercent() {
    return (int) (roomBytes == 0 ? 100 : Math.min(100, Math.ceilDiv(usedBytes * 100, roomBytes)));
  }
}
