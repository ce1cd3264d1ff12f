package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BlockRange;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Regions never overlap, the replicated space is as large as fits, and both ways to a layout
/// agree.
@Tag("unit")
class DiskLayoutTest {
  private static final long MIB = 1 << 20;

  @Test
  void theSmallestDisk() {
    assertThat(DiskLayout.DISK_BYTES_MIN).isEqualTo(16 * MIB);
    DiskLayout layout = DiskLayout.forDisk(16 * MIB);
    assertThat(layout.replicatedBytes()).isEqualTo(13 * MIB);
    assertThat(layout.replicatedOffset()).isEqualTo(3 * MIB);
    assertThat(layout.extentCount()).isEqualTo(4);
    assertThat(DiskLayout.refusal(16 * MIB)).isEmpty();
    assertThat(DiskLayout.refusal(16 * MIB - 1)).get().asString().contains("16 MiB");
    assertThatThrownBy(() -> DiskLayout.forDisk(16 * MIB - 1)).isInstanceOf(AssertionError.class);
  }

  @Test
  void oneTebibyte() {
    DiskLayout layout = DiskLayout.forDisk(1L << 40);
    assertThat(layout.replicatedOffset()).isEqualTo(35 * MIB);
    assertThat(layout.replicatedBytes()).isEqualTo((1L << 40) - 35 * MIB);
    assertThat(layout.bitmapBytes()).isBetween(32 * MIB, 33 * MIB);
    assertThat(layout.bitmapPageOffset(3)).isEqualTo(2 * MIB + 3 * 4096);
  }

  @Test
  void takesAllThatFitsAndNoMore() {
    var random = new SplittableRandom(1);
    for (int round = 0; round < 20_000; round++) {
      long bytes = random.nextLong(16 * MIB, 1L << random.nextInt(25, 46));
      DiskLayout layout = DiskLayout.forDisk(bytes);
      assertThat(layout.diskBytesNeeded()).isLessThanOrEqualTo(bytes);
      var larger = new DiskLayout(layout.replicatedBytes() + MIB);
      assertThat(larger.diskBytesNeeded()).as("%d bytes", bytes).isGreaterThan(bytes);
      assertThat(DiskLayout.forReplicated(layout.replicatedBytes())).isEqualTo(layout);
      assertRegionsFollowEachOther(layout);
    }
  }

  private static void assertRegionsFollowEachOther(DiskLayout layout) {
    long end = DiskLayout.SUPERBLOCK_B_OFFSET + DiskLayout.SUPERBLOCK_BYTES;
    for (Region region : layout.regions()) {
      assertThat(region.offset()).isGreaterThanOrEqualTo(end);
      assertThat(region.offset() % 4096).isZero();
      end = region.end();
    }
    assertThat(layout.replicatedOffset() % MIB).isZero();
    assertThat(end).isEqualTo(layout.diskBytesNeeded());
  }

  /// A size that a peer names is looked at before a disk is laid out for it.
  @Test
  void sizesThatCannotBe() {
    assertThat(DiskLayout.isPossible(13 * MIB)).isTrue();
    assertThat(DiskLayout.isPossible(DiskLayout.REPLICATED_BYTES_MAX)).isTrue();
    assertThat(DiskLayout.isPossible(12 * MIB)).isFalse();
    assertThat(DiskLayout.isPossible(13 * MIB + 4096)).isFalse();
    assertThat(DiskLayout.isPossible(DiskLayout.REPLICATED_BYTES_MAX + MIB)).isFalse();
    assertThat(DiskLayout.isPossible(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void aDiskBeyondTheLimitIsUsedUpToIt() {
    assertThat(DiskLayout.forDisk(100L << 40).replicatedBytes())
        .isEqualTo(DiskLayout.REPLICATED_BYTES_MAX);
  }

  @Test
  void theTableForPeopleWithPlainTools() {
    assertThat(DiskLayout.forReplicated(128 * MIB).regions())
        .isEqualTo(
            List.of(
                new Region(Region.TYPE_LOST_BLOCKS, 128 << 10, 128 << 10),
                new Region(Region.TYPE_ACTIVITY_LOG, MIB, MIB),
                new Region(Region.TYPE_BITMAP, 2 * MIB, 2 * 4096),
                new Region(Region.TYPE_REPLICATED, 3 * MIB, 128 * MIB)));
    assertThat(DiskLayout.controlRegion()).isEqualTo(new BlockRange(0, 8 * MIB));
  }
}
