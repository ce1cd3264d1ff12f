package io.lockstep.volume;

import io.lockstep.block.Refusal;

/// How a change of the group ended.
public sealed interface VolumeResult {
  /// The change is on stable storage.
  ///
  /// @param sequenceNumber the group's `seqno` that holds it
  record Done(long sequenceNumber) implements VolumeResult {}

  /// Nothing was changed.
  record Refused(Refusal refusal) implements VolumeResult {}

  /// The change is on stable storage or is not: which it is shows when the group is opened again,
  /// and nothing is changed until then.
  ///
  /// @param said what may have been done ("Volume vm1 may not have been created"), what happened on
  ///     the way, and what a person can do
  record Unknown(Refusal said) implements VolumeResult {}
}
