package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The ring on disk: its bytes, and what recovery makes of torn, rotten, missing and foreign ones.
@Tag("unit")
class ActivityLogRingTest {
  private final ByteBuffer ring = ByteBuffer.allocate(DiskLayout.ACTIVITY_LOG_BYTES);

  ActivityLogRingTest() {
    ActivityLog.format(ring);
  }

  @Test
  void goldenSectors() {
    ByteBuffer block = ByteBuffer.allocate(4096);
    ActivityLogBlock.encode(258, new int[] {5, 9, 1000}, block);
    assertThat(hex(block, 0, 32))
        .isEqualTo(
            "4C414C30" // magic "LAL0"
                + "0000000000000102" // transaction 258
                + "09F37D22" // CRC32C
                + "00000005" // extents
                + "00000009"
                + "000003E8"
                + "FFFFFFFF"); // empty
    assertThat(hex(block, 7 * 512, 20))
        .isEqualTo(
            "4C414C37" // magic "LAL7"
                + "0000000000000102"
                + "ED8C1397"
                + "FFFFFFFF");
    assertThat(hex(block, 508, 4)).isEqualTo("FFFFFFFF");
    assertThat(ActivityLogBlock.ringOffset(258)).isEqualTo(2 * 4096);
  }

  @Test
  void aNewRingIsEmptyAndTheNextNumberIsOne() {
    LogRecovery recovery = recover();
    assertThat(recovery.damaged()).isFalse();
    assertThat(recovery.extents()).isEmpty();
    assertThat(recovery.lastTransaction()).isZero();
  }

  @Test
  void theNewestIntactTransactionIsTheState() {
    for (int number = 1; number <= 600; number++) {
      write(number, number, number + 1);
    }
    assertThat(recover().extents()).containsExactly(600, 601);
    assertThat(recover().lastTransaction()).isEqualTo(600);
  }

  @Test
  void aFullListComesBackSorted() {
    var all = new int[ActivityLog.SLOTS_MAX];
    for (int index = 0; index < all.length; index++) {
      all[index] = all.length - index;
    }
    write(1, all);
    assertThat(recover().extents()).hasSize(992).isSorted();
  }

  @Test
  void aTornNewestTransactionLeavesTheOneBeforeForEverySubsetOfSectors() {
    for (int subset = 0; subset < 255; subset++) {
      for (long base : new long[] {0, 256}) {
        ActivityLog.format(ring);
        for (long number = base; number < base + 3; number++) {
          write(number, (int) number);
        }
        if (base > 0) {
          write(base + 3 - 256, 77);
        }
        tear(base + 3, subset, 500);
        LogRecovery recovery = recover();
        assertThat(recovery.damaged()).as("subset %d", subset).isFalse();
        assertThat(recovery.extents()).containsExactly((int) base + 2);
        assertThat(recovery.lastTransaction()).isEqualTo(subset == 0 ? base + 2 : base + 3);
      }
    }
  }

  @Test
  void rotInAnySectorIsDamage() {
    write(1, 5);
    for (int at = 0; at < 4096; at += 37) {
      ByteBuffer rotten = ByteBuffer.allocate(ring.capacity()).put(0, ring, 0, ring.capacity());
      rotten.put(4096 + at, (byte) (rotten.get(4096 + at) ^ 0x10));
      LogRecovery recovery = ActivityLog.recover(rotten);
      assertThat(recovery.damaged()).as("byte %d", at).isTrue();
      assertThat(recovery.detail()).contains("block 1, sector " + at / 512);
    }
  }

  @Test
  void aBlockInAnothersPlaceIsDamage() {
    ActivityLogBlock.encode(5, new int[] {1}, ring.duplicate().position(6 * 4096));
    assertThat(recover().damaged()).isTrue();
  }

  @Test
  void aRingThatWasWipedIsDamageNotPeace() {
    ring.put(0, new byte[ring.capacity()]);
    assertThat(recover().damaged()).isTrue();
    assertThat(recover().detail()).contains("no complete transaction");
  }

  @Test
  void anExtentBeyondTheDiskIsDamage() {
    write(1, 5, 99);
    assertThat(ActivityLog.recover(ring, 100).damaged()).isFalse();
    assertThat(ActivityLog.recover(ring, 99).damaged()).isTrue();
    write(2, 0x8000_0000);
    assertThat(recover().damaged()).isTrue();
  }

  @Test
  void recoveryReadsFromThePosition() {
    write(1, 5);
    ByteBuffer shifted =
        ByteBuffer.allocateDirect(ring.capacity() + 4096).put(4096, ring, 0, ring.capacity());
    assertThat(ActivityLog.recover(shifted.position(4096)).extents()).containsExactly(5);
    assertThat(shifted.position()).isEqualTo(4096);
  }

  /// One bad sector anywhere in the ring made every block count as out of sync.
  @Test
  void ofBlocksThatCannotBeReadOnlyTheOneThatMayBeTheNewestIsMissed() {
    for (int number = 1; number <= 600; number++) {
      write(number, number, number + 1);
    }
    for (int block = 0; block < 256; block++) {
      var unreadable = new BitSet();
      unreadable.set(block);
      LogRecovery recovery = ActivityLog.recover(ring, Integer.MAX_VALUE, unreadable);
      boolean mayBeNewest = block == 600 % 256 || block == 601 % 256;
      assertThat(recovery.damaged()).as("block %d", block).isEqualTo(mayBeNewest);
      if (!mayBeNewest) {
        assertThat(recovery.extents()).containsExactly(600, 601);
        assertThat(recovery.lastTransaction()).isEqualTo(600);
      }
    }
  }

  @Test
  void aTornTransactionBeforeOneThatCannotBeReadIsNoReasonToTrustTheRing() {
    write(1, 5);
    tear(2, 0x0F, 500);
    var unreadable = new BitSet();
    unreadable.set(3);
    assertThat(ActivityLog.recover(ring, 1000, unreadable).damaged()).isTrue();
  }

  private LogRecovery recover() {
    return ActivityLog.recover(ring);
  }

  private void write(long number, int... extents) {
    ActivityLogBlock.encode(
        number, extents, ring.duplicate().position(ActivityLogBlock.ringOffset(number)));
  }

  /// Writes only those sectors of a transaction whose bit is set in `subset`.
  private void tear(long number, int subset, int... extents) {
    ByteBuffer block = ByteBuffer.allocate(4096);
    ActivityLogBlock.encode(number, extents, block);
    for (int sector = 0; sector < 8; sector++) {
      if ((subset & 1 << sector) != 0) {
        int at = ActivityLogBlock.ringOffset(number) + sector * 512;
        ring.put(at, block, sector * 512, 512);
      }
    }
  }

  private static String hex(ByteBuffer bytes, int from, int length) {
    var copy = new byte[length];
    bytes.get(from, copy);
    return HexFormat.of().withUpperCase().formatHex(copy);
  }
}
