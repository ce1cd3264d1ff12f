package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.BufferPool;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.MemoryDevice;
import io.lockstep.volume.Segment.Stripe;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// A volume of linear and striped segments keeps the promises of every device.
@ParameterizedClass
@ValueSource(ints = {512, 4096})
@Tag("contract")
final class StripedVolumeContractTest extends BlockDeviceContract {
  private static final long EXTENT_BYTES = 1 << 20;
  private static final PhysicalVolume PV = new PhysicalVolume("pv", 1 << 20, 20, true);

  @Parameter int blockBytes;

  @Override
  protected BlockDevice open(LoopDriver driver) {
    Segment linear = Segment.linear(0, 1, new Stripe("pv", 17));
    Segment striped =
        new Segment(
            1,
            9,
            Segment.STRIPED,
            64 << 10,
            List.of(new Stripe("pv", 8), new Stripe("pv", 2), new Stripe("pv", 12)));
    Volume volume =
        new Volume("v", "u", 10 * EXTENT_BYTES, Volume.Access.READ_WRITE, List.of(linear, striped));
    VolumeMap map = VolumeMap.of(volume, PV, EXTENT_BYTES).orElseThrow();
    BlockDevice below = new MemoryDevice(driver.loop(), 21 << 20, blockBytes, 4096);
    return new VolumeDevice(Route.plain(below, map), driver.loop(), new BufferPool(1 << 20), false);
  }
}
