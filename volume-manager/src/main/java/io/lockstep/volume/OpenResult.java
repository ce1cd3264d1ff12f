package io.lockstep.volume;

import io.lockstep.block.Refusal;

/// How [Engines#open] ended.
public sealed interface OpenResult {
  /// The group is open; [VolumeEngine#group] says whether it is read-only.
  record Ready(VolumeEngine engine) implements OpenResult {}

  /// The space was not opened and not changed.
  record Refused(Refusal refusal) implements OpenResult {}
}
