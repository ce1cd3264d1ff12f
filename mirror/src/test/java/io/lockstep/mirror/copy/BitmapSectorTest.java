package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Bad sectors in the metadata cost what they held and no more.
@Tag("unit")
class BitmapSectorTest {
  private static final int DISK_BYTES = 300 << 20;
  private static final long PAGE_COVERS = (long) Bitmap.PAGE_BLOCKS * Bitmap.BLOCK_BYTES;

  private final VirtualLoop loop = new VirtualLoop();
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, DISK_BYTES, 512, 4096), loop);
  private final List<Metadata> attached = new ArrayList<>();
  private final List<String> alerts = new ArrayList<>();

  BitmapSectorTest() {
    var geometry = new Superblock.Geometry(296L << 20, 512, 4096, 16);
    var identity = new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 0);
    DiskLayout layout = FreshLayout.of(296L << 20, 8 << 20, new UUID(5, 6));
    Superblock first = Attaching.firstSuperblock(identity, geometry, layout, 7);
    Attaching.layOut(backing(), first, this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
  }

  /// The read of a mebibyte of pages failed, and with it 256 pages, 32 GiB, were out of sync.
  @Test
  void onlyThePageThatCannotBeReadIsOutOfSync() {
    cannotRead(FreshLayout.BITMAP_OFFSET + Bitmap.PAGE_BYTES + 512, 512);
    Bitmap bitmap = attach().bitmap();
    assertThat(bitmap.setBytes()).isEqualTo(PAGE_COVERS);
    assertThat(bitmap.nextSetBlock(0)).isEqualTo(Bitmap.PAGE_BLOCKS);
    assertThat(alerts)
        .singleElement()
        .asString()
        .contains("bitmap page 1 at byte " + (FreshLayout.BITMAP_OFFSET + Bitmap.PAGE_BYTES));
  }

  @Test
  void aBlockOfTheLogThatIsNotTheNewestIsNotMissed() {
    cannotRead(FreshLayout.ACTIVITY_LOG_OFFSET + 77 * 4096, 512);
    assertThat(attach().bitmap().setCount()).isZero();
    assertThat(alerts).singleElement().asString().contains("1 blocks of the activity log");
  }

  @Test
  void theNewestBlockOfTheLogIsMissed() {
    cannotRead(FreshLayout.ACTIVITY_LOG_OFFSET, 512);
    assertThat(attach().bitmap().setBytes()).isEqualTo(296L << 20);
    assertThat(alerts).singleElement().asString().contains("every block counts as out of sync");
  }

  private void cannotRead(long offset, long length) {
    disk.failing(
        operation -> {
          BlockRange range = operation.range();
          boolean hit =
              operation.kind() == FaultFilter.Kind.READ
                  && range.offset() < offset + length
                  && offset < range.end();
          return hit ? IoResult.mediumError("bad sector") : IoResult.OK;
        });
  }

  private Metadata attach() {
    attached.clear();
    Attaching.attach(backing(), "disk", this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
    return attached.getFirst();
  }

  private void ended(Attaching.Outcome outcome) {
    switch (outcome) {
      case Attaching.Attached(Metadata metadata, List<MirrorEvent> noted) -> {
        attached.add(metadata);
        noted.forEach(one -> alerts.add(one.why()));
      }
      case Attaching.NotAttached(Refusal refusal) -> throw new AssertionError(refusal.sentence());
    }
  }

  private Backing backing() {
    return new Backing(loop, disk, new BufferPool(1 << 20));
  }
}
