package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Member;
import io.lockstep.mirror.meta.Part;
import io.lockstep.mirror.meta.Placement;
import io.lockstep.mirror.meta.Region;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk on which nothing lies where this release would put it: all of its metadata is written and
/// read where the tables say, and no byte elsewhere.
@Tag("unit")
class TablePlacesTest {
  private static final int MIB = 1 << 20;
  private static final long PAGE_COVERS = (long) Bitmap.PAGE_BLOCKS * Bitmap.BLOCK_BYTES;
  private static final DiskLayout LAYOUT =
      new DiskLayout(
          List.of(new Member(new UUID(1, 1), 300 * MIB, 0)),
          List.of(
              new Region(Region.TYPE_CONTROL, 0, 32 * MIB, 16 * MIB),
              new Region(Region.TYPE_BITMAP, 0, 4 * MIB, 4096),
              new Region(Region.TYPE_ACTIVITY_LOG, 0, 8 * MIB, MIB),
              new Region(Region.TYPE_BITMAP, 0, 5 * MIB, 8192),
              new Region(Region.TYPE_LOST_BLOCKS, 0, 6 * MIB, 16 << 10)),
          List.of(
              new Part(Part.State.PRESENT, 0, 16 * MIB),
              new Part(Part.State.PRESENT, 16 * MIB, 240 * MIB)),
          List.of(new Placement(0, 0, 32 * MIB), new Placement(1, 0, 48 * MIB)));
  private static final List<BlockRange> PLACES =
      List.of(
          new BlockRange(DiskLayout.SUPERBLOCK_A_OFFSET, 4096),
          new BlockRange(DiskLayout.SUPERBLOCK_B_OFFSET, 4096),
          new BlockRange(4 * MIB, 4096),
          new BlockRange(5 * MIB, 8192),
          new BlockRange(6 * MIB, 4096),
          new BlockRange(6 * MIB + 8192, 4096),
          new BlockRange(8 * MIB, MIB));

  private final VirtualLoop loop = new VirtualLoop();
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, 300 * MIB, 512, 4096), loop);
  private final List<Metadata> attached = new ArrayList<>();
  private final List<BlockRange> strays = new ArrayList<>();

  TablePlacesTest() {
    disk.failing(
        operation -> {
          BlockRange range = operation.range();
          boolean data = operation.kind() != FaultFilter.Kind.FLUSH;
          if (data && PLACES.stream().noneMatch(place -> contains(place, range))) {
            strays.add(range);
          }
          return IoResult.OK;
        });
  }

  private static boolean contains(BlockRange place, BlockRange range) {
    return range.offset() >= place.offset() && range.end() <= place.end();
  }

  @Test
  void metadataLiesWhereTheTablesSay() {
    var geometry = new Superblock.Geometry(256L * MIB, 512, 4096, 16);
    var identity = new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 0);
    Superblock first = Attaching.firstSuperblock(identity, geometry, LAYOUT, 7);
    Attaching.layOut(backing(), first, this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
    Metadata metadata = attached.getFirst();
    metadata.bitmap().markDirty(PAGE_COVERS, 4096);
    metadata.bitmap().markDirty(2 * PAGE_COVERS, 4096);
    await(done -> metadata.cleanLog(done));
    await(done -> metadata.lost().give(List.of(5L), done));

    attached.clear();
    Attaching.attach(backing(), "disk", this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
    Metadata again = attached.getFirst();
    assertThat(again.layout()).isEqualTo(LAYOUT);
    assertThat(again.bitmap().setCount()).isEqualTo(2);
    assertThat(again.bitmap().isSet(Bitmap.PAGE_BLOCKS)).isTrue();
    assertThat(again.lost().touches(5 * 4096, 512)).isTrue();
    assertThat(strays).isEmpty();
  }

  private void await(Consumer<Completion> step) {
    var results = new ArrayList<IoResult>();
    step.accept(results::add);
    loop.runUntil(() -> !results.isEmpty(), 10_000);
    assertThat(results).containsExactly(IoResult.OK);
  }

  private void ended(Attaching.Outcome outcome) {
    switch (outcome) {
      case Attaching.Attached(Metadata metadata, List<MirrorEvent> _) -> attached.add(metadata);
      case Attaching.NotAttached(Refusal refusal) -> throw new AssertionError(refusal.sentence());
    }
  }

  private Backing backing() {
    return new Backing(loop, disk, new BufferPool(MIB));
  }
}
