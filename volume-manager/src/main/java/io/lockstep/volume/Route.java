package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import java.util.Optional;

/// Where the requests of a volume go. Immutable.
///
/// @param device the device below
/// @param map where the volume's bytes lie on it
/// @param gate what a change passes before it is sent; empty where nobody keeps what it overwrites
public record Route(BlockDevice device, VolumeMap map, Optional<WriteGate> gate) {
  /// A route on which nobody keeps what a change overwrites.
  public static Route plain(BlockDevice device, VolumeMap map) {
    return new Route(device, map, Optional.empty());
  }

  /// All of a device.
  public static Route whole(BlockDevice device) {
    return plain(device, VolumeMap.whole(device.limits().sizeBytes()));
  }

  BlockLimits limits() {
    return device.limits().withSizeBytes(map.sizeBytes());
  }

  /// Whether `larger` may replace this one while operations run.
  boolean isPrefixOf(Route larger) {
    return device.equals(larger.device) && gate.equals(larger.gate) && map.isPrefixOf(larger.map);
  }
}
