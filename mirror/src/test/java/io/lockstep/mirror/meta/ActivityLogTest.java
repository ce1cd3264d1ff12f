package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.mirror.meta.ActivityLog.Transaction;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The hot set in memory: who becomes hot, who may be evicted, and what a failed write leaves.
@Tag("unit")
class ActivityLogTest {
  private static final int SLOTS = 8;
  private static final int EXTENTS = 1000;

  private final ActivityLog log = new ActivityLog(SLOTS, EXTENTS);

  @Test
  void anExtentIsHotOnlyOnceItsTransactionIsStable() {
    log.request(7);
    log.request(7);
    assertThat(log.hasRequests()).isTrue();
    Transaction transaction = prepared(0);
    assertThat(transaction.added()).containsExactly(7);
    assertThat(transaction.evicted()).isEmpty();
    assertThat(log.isHot(7)).isFalse();
    assertThat(log.hasRequests()).isFalse();
    log.request(7);
    assertThat(log.hasRequests()).as("already on its way").isFalse();
    log.committed(transaction);
    assertThat(log.isHot(7)).isTrue();
    log.request(7);
    assertThat(log.hasRequests()).isFalse();
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    fill(0, SLOTS);
    touch(0, 1);
    touch(2, 1);
    log.request(100);
    log.request(101);
    Transaction transaction = prepared(1);
    assertThat(transaction.evicted()).containsExactly(1, 3);
    assertThat(log.isHot(1)).as("not hot from prepare on").isFalse();
    log.request(1);
    log.committed(transaction);
    assertThat(log.hotExtents()).containsExactly(4, 5, 6, 7, 0, 2, 100, 101);
    assertThat(prepared(1).added()).containsExactly(1);
  }

  @Test
  void aWriteInFlightOrNotRetiredKeepsItsExtent() {
    fill(0, SLOTS);
    for (int extent = 0; extent < SLOTS; extent++) {
      log.acquire(extent);
    }
    log.request(100);
    assertThat(log.prepare(Long.MAX_VALUE)).as("all in flight").isNull();
    log.release(3, 5);
    assertThat(log.prepare(4)).as("epoch 5 is not retired").isNull();
    assertThat(log.hasRequests()).isTrue();
    log.acquire(3);
    log.release(3, 4);
    assertThat(log.prepare(4)).as("the highest epoch counts").isNull();
    assertThat(prepared(5).evicted()).containsExactly(3);
  }

  @Test
  void moreRequestsThanRoomWaitForTheNext() {
    for (int extent = 0; extent < SLOTS + 3; extent++) {
      log.request(extent);
    }
    Transaction first = prepared(0);
    assertThat(first.added()).hasSize(SLOTS);
    assertThat(log.hasRequests()).isTrue();
    log.committed(first);
    Transaction second = prepared(0);
    assertThat(second.added()).containsExactly(SLOTS, SLOTS + 1, SLOTS + 2);
    assertThat(second.evicted()).containsExactly(0, 1, 2);
  }

  @Test
  void afterAFailedWriteNothingOfItIsHotAndItsNumberIsSpent() {
    fill(0, SLOTS);
    log.request(100);
    Transaction failed = prepared(0);
    log.aborted(failed);
    assertThat(log.isHot(100)).isFalse();
    assertThat(log.isHot(0)).isFalse();
    assertThat(log.hotCount()).isEqualTo(SLOTS - 1);
    Transaction again = prepared(0);
    assertThat(again.number()).isEqualTo(failed.number() + 1);
    assertThat(again.added()).containsExactly(100);
    assertThat(again.evicted()).isEmpty();
  }

  @Test
  void prepareEmptyDropsWhatIsIdle() {
    fill(0, 4);
    log.acquire(2);
    Transaction transaction = log.prepareEmpty();
    assertThat(transaction.evicted()).containsExactly(0, 1, 3);
    assertThat(transaction.added()).isEmpty();
    log.committed(transaction);
    assertThat(log.hotExtents()).containsExactly(2);
    log.release(2, 9);
    assertThat(log.prepareEmpty(8).evicted()).isEmpty();
  }

  @Test
  void misuseIsABug() {
    assertThatThrownBy(() -> log.acquire(1)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> log.release(1, 1)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> log.request(EXTENTS)).isInstanceOf(AssertionError.class);
    fill(0, 1);
    assertThatThrownBy(() -> log.release(0, 1)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> log.startAfter(9)).isInstanceOf(AssertionError.class);
    Transaction open = log.prepareEmpty();
    assertThatThrownBy(log::prepareEmpty).isInstanceOf(AssertionError.class);
    log.committed(open);
    assertThatThrownBy(() -> log.committed(open)).isInstanceOf(AssertionError.class);
  }

  @Test
  void theHotPathAllocatesNothing() {
    fill(0, SLOTS);
    hotPath(20_000);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    hotPath(20_000);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("bytes for 20,000 writes").isLessThan(20_000);
  }

  private void hotPath(int rounds) {
    for (int round = 0; round < rounds; round++) {
      int extent = round % SLOTS;
      if (log.isHot(extent)) {
        log.acquire(extent);
        log.release(extent, round);
      }
    }
  }

  /// A random life with random crashes: whatever is written on the disk by then, every hot extent
  /// is among those recovered.
  @Test
  void aCrashAtAnyMomentRecoversAllThatWasHot() {
    for (int seed = 0; seed < 60; seed++) {
      new RingLife(seed).run();
    }
  }

  private static final class RingLife {
    private final SplittableRandom random;
    private final ByteBuffer ring = ByteBuffer.allocate(DiskLayout.ACTIVITY_LOG_BYTES);
    private ActivityLog log = new ActivityLog(SLOTS, EXTENTS);

    RingLife(long seed) {
      random = new SplittableRandom(seed);
      ActivityLog.format(ring);
    }

    void run() {
      for (int step = 0; step < 150; step++) {
        log.request(random.nextInt(EXTENTS));
        @Nullable Transaction transaction =
            random.nextInt(20) == 0 ? log.prepareEmpty() : log.prepare(0);
        if (transaction != null) {
          write(transaction);
        }
        if (random.nextInt(10) == 0) {
          crash(step);
        } else {
          recovered("step " + step);
        }
      }
    }

    private void write(Transaction transaction) {
      ByteBuffer block = ByteBuffer.allocate(4096);
      transaction.encode(block);
      boolean torn = random.nextInt(4) == 0;
      for (int sector = 0; sector < 8; sector++) {
        if (!torn || random.nextBoolean()) {
          ring.put(transaction.ringOffset() + sector * 512, block, sector * 512, 512);
        }
      }
      recovered("before transaction " + transaction.number() + " has ended");
      if (torn) {
        log.aborted(transaction);
      } else {
        log.committed(transaction);
      }
    }

    private void crash(int step) {
      LogRecovery recovery = recovered("crash at step " + step);
      log = new ActivityLog(SLOTS, EXTENTS);
      log.startAfter(recovery.lastTransaction());
      Transaction empty = log.prepareEmpty();
      assertThat(empty.number()).isEqualTo(recovery.lastTransaction() + 1);
      if (random.nextBoolean()) {
        write(empty);
      } else {
        log.aborted(empty);
      }
    }

    private LogRecovery recovered(String when) {
      LogRecovery recovery = ActivityLog.recover(ring, EXTENTS);
      assertThat(recovery.damaged()).as(when + recovery.detail()).isFalse();
      assertThat(Arrays.stream(recovery.extents()).boxed())
          .as(when)
          .containsAll(Arrays.stream(log.hotExtents()).boxed().toList());
      return recovery;
    }
  }

  private void fill(int from, int count) {
    for (int extent = from; extent < from + count; extent++) {
      log.request(extent);
    }
    log.committed(prepared(0));
  }

  private void touch(int extent, long epoch) {
    log.acquire(extent);
    log.release(extent, epoch);
  }

  private Transaction prepared(long retiredEpoch) {
    return Objects.requireNonNull(log.prepare(retiredEpoch));
  }
}
