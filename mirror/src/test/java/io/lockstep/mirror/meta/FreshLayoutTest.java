package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A new disk: the replicated space is as large as fits, the control region as large as its rule
/// says, and the tables stand up to the check that every disk has to pass.
@Tag("unit")
class FreshLayoutTest {
  private static final long MIB = 1 << 20;
  private static final UUID DISK = new UUID(5, 6);

  private static DiskLayout forDisk(long bytes) {
    return forReplicated(FreshLayout.replicatedBytesFor(bytes));
  }

  private static DiskLayout forReplicated(long bytes) {
    return FreshLayout.of(bytes, FreshLayout.controlBytesFor(bytes), DISK);
  }

  @Test
  void theSmallestDisk() {
    assertThat(FreshLayout.DISK_BYTES_MIN).isEqualTo(16 * MIB);
    DiskLayout layout = forDisk(16 * MIB);
    assertThat(layout.replicatedBytes()).isEqualTo(13 * MIB);
    assertThat(layout.replicatedOffset()).isEqualTo(3 * MIB);
    assertThat(layout.controlBytes()).isEqualTo(8 * MIB);
    assertThat(layout.extentCount()).isEqualTo(4);
    assertThat(FreshLayout.refusal(16 * MIB)).isEmpty();
    assertThat(FreshLayout.refusal(16 * MIB - 1)).get().asString().contains("16 MiB");
    assertThatThrownBy(() -> forDisk(16 * MIB - 1)).isInstanceOf(AssertionError.class);
  }

  @Test
  void oneTebibyte() {
    DiskLayout layout = forDisk(1L << 40);
    assertThat(layout.replicatedOffset()).isEqualTo(35 * MIB);
    assertThat(layout.replicatedBytes()).isEqualTo((1L << 40) - 35 * MIB);
    assertThat(layout.controlBytes()).isEqualTo(64 * MIB);
    assertThat(layout.bitmapPageOffset(3)).isEqualTo(2 * MIB + 3 * 4096);
    assertThat(layout.bitmapPagesTogether(3)).isEqualTo(8257 - 3);
  }

  /// 64 MiB by default, less in a small space.
  @Test
  void theControlRegionFollowsTheSizeOfTheSpace() {
    assertThat(FreshLayout.controlBytesFor(13 * MIB)).isEqualTo(8 * MIB);
    assertThat(FreshLayout.controlBytesFor(1023 * MIB)).isEqualTo(8 * MIB);
    assertThat(FreshLayout.controlBytesFor(1024 * MIB)).isEqualTo(64 * MIB);
    assertThat(FreshLayout.controlBytesFor(DiskLayout.REPLICATED_BYTES_MAX)).isEqualTo(64 * MIB);
  }

  @Test
  void takesAllThatFitsAndNoMore() {
    var random = new SplittableRandom(1);
    for (int round = 0; round < 20_000; round++) {
      long bytes = random.nextLong(16 * MIB, 1L << random.nextInt(25, 46));
      DiskLayout layout = forDisk(bytes);
      assertThat(layout.diskBytesNeeded()).isLessThanOrEqualTo(bytes);
      DiskLayout larger = forReplicated(layout.replicatedBytes() + MIB);
      assertThat(larger.diskBytesNeeded()).as("%d bytes", bytes).isGreaterThan(bytes);
      assertThat(layout.replicatedOffset() % MIB).isZero();
      assertThat(layout.replicatedOffset() + layout.replicatedBytes())
          .isEqualTo(layout.diskBytesNeeded());
    }
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
    assertThat(DiskLayout.isControlPossible(8 * MIB, 13 * MIB)).isTrue();
    assertThat(DiskLayout.isControlPossible(9 * MIB, 13 * MIB)).isFalse();
    assertThat(DiskLayout.isControlPossible(7 * MIB, 1 << 30)).isFalse();
    assertThat(DiskLayout.isControlPossible(8 * MIB + 4096, 1 << 30)).isFalse();
    assertThat(DiskLayout.isControlPossible(Long.MAX_VALUE, 1 << 30)).isFalse();
  }

  @Test
  void aDiskBeyondTheLimitIsUsedUpToIt() {
    assertThat(FreshLayout.replicatedBytesFor(100L << 40))
        .isEqualTo(DiskLayout.REPLICATED_BYTES_MAX);
  }

  @Test
  void theTables() {
    assertThat(FreshLayout.of(1024 * MIB, 64 * MIB, DISK))
        .isEqualTo(
            new DiskLayout(
                List.of(new Member(DISK, 1027 * MIB, 0)),
                List.of(
                    new Region(Region.TYPE_LOST_BLOCKS, 0, 128 << 10, 128 << 10),
                    new Region(Region.TYPE_ACTIVITY_LOG, 0, MIB, MIB),
                    new Region(Region.TYPE_BITMAP, 0, 2 * MIB, 9 * 4096),
                    new Region(Region.TYPE_CONTROL, 0, 3 * MIB, 64 * MIB)),
                List.of(new Part(Part.State.PRESENT, 0, 1024 * MIB)),
                List.of(new Placement(0, 0, 3 * MIB))));
  }
}
