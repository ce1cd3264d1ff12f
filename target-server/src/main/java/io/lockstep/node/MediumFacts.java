package io.lockstep.node;

import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;

/// What hosts are told of a volume's medium on both nodes, by the one that serves it or from the
/// local copy. Immutable.
///
/// @param sizeBytes any number: the other node said it
/// @param writeProtected whether it may only be read
public record MediumFacts(long sizeBytes, boolean writeProtected) {
  /// Of a volume that is served here.
  public static MediumFacts of(Volume volume, Serving serving) {
    return new MediumFacts(volume.sizeBytes(), serving instanceof Serving.ReadOnly);
  }

  /// The same, as the other node reported it.
  public static MediumFacts of(VolumeInfo volume) {
    return new MediumFacts(volume.sizeBytes(), volume.readOnlyReason() != null);
  }
}
