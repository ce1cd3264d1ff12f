package io.lockstep.daemon;

import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;

/// What hosts are told of a volume's medium on both nodes, by the one that serves it or from the
/// local copy. Immutable.
///
/// @param sizeBytes any number: the other node said it
/// @param writeProtected whether it may only be read
record MediumFacts(long sizeBytes, boolean writeProtected) {
  /// Of a volume that is served here.
  static MediumFacts of(Volume volume, Serving serving) {
    return new MediumFacts(volume.sizeBytes(), serving instanceof Serving.ReadOnly);
  }

  /// The same, as the other node reported it.
  static MediumFacts of(VolumeInfo volume) {
    return new MediumFacts(volume.sizeBytes(), volume.readOnlyReason() != null);
  }
}
