package io.lockstep.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.MirrorConfig;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The replicated device keeps the contract: over every kind of disk, over two different ones, and
/// while the other node is away.
@ParameterizedClass
@EnumSource(MirrorDeviceContractTest.Kind.class)
@Tag("contract")
final class MirrorDeviceContractTest extends BlockDeviceContract {
  private static final int DISK_BYTES = 26 << 20;
  private static final long TURNS_MAX = 5_000_000;

  @Parameter Kind kind = Kind.EMULATED_512;

  /// Logical blocks of the mirror and of both disks.
  enum Kind {
    EMULATED_512(512, 512, 512),
    NATIVE_4096(4096, 4096, 4096),
    SMALL_BLOCKS_ON_4KN(512, 4096, 4096),
    PRIMARY_ON_4KN(512, 4096, 512),
    SECONDARY_ON_4KN(512, 512, 4096),
    LARGE_BLOCKS_ON_512E(4096, 512, 512),
    ALONE(512, 512, 512);

    private final int blockBytes;
    private final int primaryBytes;
    private final int secondaryBytes;

    Kind(int blockBytes, int primaryBytes, int secondaryBytes) {
      this.blockBytes = blockBytes;
      this.primaryBytes = primaryBytes;
      this.secondaryBytes = secondaryBytes;
    }
  }

  @Override
  protected BlockDevice open(LoopDriver driver) {
    var loop = (VirtualLoop) driver.loop();
    var random = new SplittableRandom(7);
    var network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    var hosts = new SimHost[2];
    for (int id = 0; id < 2; id++) {
      int diskBlock = id == 0 ? kind.primaryBytes : kind.secondaryBytes;
      var options = SimDiskOptions.ofBlocks(DISK_BYTES, diskBlock, 4096);
      SimHost host =
          new SimHost(loop, network, new HostSetup(id, options, kind.blockBytes), random.split());
      var failure = new String[1];
      host.layOut(id == 0, text -> failure[0] = text);
      runUntil(loop, () -> failure[0] != null);
      assertThat(failure[0]).isEmpty();
      host.endLayOut();
      host.start(MirrorConfig.Limits.DEFAULT);
      hosts[id] = host;
    }
    runUntil(
        loop,
        () -> hosts[0].isServing() && SimWorld.isInSync(hosts[0]) && SimWorld.isInSync(hosts[1]));
    if (kind == Kind.ALONE) {
      hosts[1].crash(true);
      network.crashed(1, false);
    }
    BlockDevice device = hosts[0].mirror().device();
    assertThat(device.limits().logicalBlockBytes()).isEqualTo(kind.blockBytes);
    return device;
  }

  private static void runUntil(VirtualLoop loop, BooleanSupplier condition) {
    loop.runUntil(condition, TURNS_MAX);
  }
}
