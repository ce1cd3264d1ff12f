package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.volume.Route;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// An origin, its snapshot, and an origin that is being put back keep the promises of every device.
@ParameterizedClass
@EnumSource
@Tag("contract")
final class SnapshotContractTest extends BlockDeviceContract {
  private static final int CHUNK_BYTES = 16 << 10;
  private static final int SIZE_BYTES = 10 << 20;
  private static final int STORE_BYTES = 12 << 20;

  /// Whose face it is.
  enum Face {
    ORIGIN,
    SNAPSHOT,
    ROLLED_BACK
  }

  @Parameter Face face = Face.ORIGIN;

  @Override
  protected BlockDevice open(LoopDriver driver) {
    var pool = new BufferPool(1 << 20);
    BlockDevice disk = new MemoryDevice(driver.loop(), SIZE_BYTES + STORE_BYTES, 512, 4096);
    BlockDevice origin = bytes(driver, pool, disk, 0, SIZE_BYTES);
    BlockDevice store = bytes(driver, pool, disk, SIZE_BYTES, STORE_BYTES);
    Snapshot.format(store, pool, CHUNK_BYTES, _ -> {});
    var snapshot =
        Snapshot.fresh(
            new Snapshot.Devices(origin, store),
            new Means(pool, new ChunkBudget()),
            CHUNK_BYTES,
            SIZE_BYTES);
    var gate = new Origin(driver.loop(), List.of(snapshot));
    Route route =
        switch (face) {
          case ORIGIN -> new Route(origin, VolumeMap.whole(SIZE_BYTES), Optional.of(gate));
          case SNAPSHOT -> Route.whole(new SnapshotDevice(snapshot, driver.loop(), pool));
          case ROLLED_BACK -> Route.whole(rolledBack(driver, pool, snapshot));
        };
    return new VolumeDevice(route, driver.loop(), pool, false);
  }

  private static MergedDevice rolledBack(LoopDriver driver, BufferPool pool, Snapshot snapshot) {
    var others = new Origin(driver.loop(), List.of());
    var merged = new MergedDevice(snapshot, others, driver.loop(), pool);
    new SnapshotMerge(snapshot, merged, driver.loop(), () -> {}).start();
    return merged;
  }

  private static BlockDevice bytes(
      LoopDriver driver, BufferPool pool, BlockDevice disk, int offset, int length) {
    var slice = new SliceDevice(disk, driver.loop(), new BlockRange(offset, length));
    return new VolumeDevice(Route.whole(slice), driver.loop(), pool, false);
  }
}
