package io.lockstep.volume;

/// How a change of the group ended.
public sealed interface VolumeResult {
  /// The change is on stable storage.
  ///
  /// @param sequenceNumber the group's `seqno` that holds it
  record Done(long sequenceNumber) implements VolumeResult {}

  /// Nothing was changed.
  ///
  /// @param what what was refused: "Volume vm1 was not created"
  /// @param why the reason: "the group has 1 GiB free, 4 GiB are needed"
  /// @param action what a person can do: "delete a volume or choose a smaller size"
  record Refused(String what, String why, String action) implements VolumeResult {
    /// The three parts as one line.
    public String sentence() {
      return what + ": " + why + "; " + action + ".";
    }
  }

  /// The change is on stable storage or is not: which it is shows when the group is opened again,
  /// and nothing is changed until then.
  ///
  /// @param what what may have been done: "Volume vm1 may not have been created"
  /// @param why what happened on the way
  /// @param action what a person can do
  record Unknown(String what, String why, String action) implements VolumeResult {}
}
