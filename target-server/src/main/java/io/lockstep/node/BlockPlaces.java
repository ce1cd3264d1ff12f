package io.lockstep.node;

import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Finds what lies at a byte of the replicated space, so that a person can tell what is lost with
/// it. Pure.
///
/// @param volumes those of the group, as far as they are known
/// @param layout where the extents of the group's disk lie
/// @param controlBytes where the group's disk begins in the replicated space
public record BlockPlaces(List<Volume> volumes, ExtentLayout layout, long controlBytes) {
  /// @param offset byte of the replicated space
  /// @param replicatedOffset where that begins on the disk
  public UnreadablePlace at(long offset, long replicatedOffset) {
    long onDisk = replicatedOffset + offset;
    long onPv = offset - controlBytes;
    for (Volume volume : volumes) {
      OptionalLong found =
          map(volume).map(map -> map.volumeOffset(onPv)).orElse(OptionalLong.empty());
      if (found.isPresent()) {
        return new UnreadablePlace(onDisk, volume.name(), found.getAsLong());
      }
    }
    return new UnreadablePlace(onDisk, null, null);
  }

  /// The group has one PV, whichever its name.
  private Optional<VolumeMap> map(Volume volume) {
    return volume.segments().stream()
        .flatMap(segment -> segment.stripes().stream())
        .findFirst()
        .flatMap(
            stripe ->
                VolumeMap.of(
                    volume,
                    new PhysicalVolume(stripe.physicalVolume(), layout.startBytes(), 0, false),
                    layout.sizeBytes()));
  }
}
