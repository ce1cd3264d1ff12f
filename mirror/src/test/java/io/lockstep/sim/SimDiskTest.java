package io.lockstep.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The simulated disk forgets what it may forget and nothing else.
@Tag("unit")
class SimDiskTest {
  private static final int SIZE = 1 << 20;
  private static final int SECTOR = 512;

  private final VirtualLoop world = new VirtualLoop();
  private SimNode node = new SimNode("node0", world);
  private final List<IoResult> results = new ArrayList<>();

  private SimDisk disk(long seed) {
    return new SimDisk(node, SimDiskOptions.ofSize(SIZE), seed);
  }

  @Test
  void aReadSeesWhatWasWritten() {
    SimDisk disk = disk(1);
    write(disk, 4096, 8192, 7, Durability.WRITE_BACK);
    await();
    disk.writeZeroes(8192, 4096, Durability.WRITE_BACK, results::add);
    ByteBuffer buffer = BufferPool.allocate(8192);
    await();
    disk.read(4096, buffer, results::add);
    await();
    assertThat(buffer.get(0)).isEqualTo((byte) 7);
    assertThat(buffer.get(4096)).isZero();
    assertThat(results).hasSize(3).containsOnly(IoResult.OK);
  }

  @Test
  void whatWasFlushedSurvivesEveryPowerCut() {
    for (int seed = 0; seed < 200; seed++) {
      SimDisk disk = disk(seed);
      write(disk, 0, 4096, 1, Durability.WRITE_BACK);
      await();
      disk.flush(results::add);
      await();
      write(disk, 8192, 4096, 2, Durability.FUA);
      await();
      disk = powerCut(disk);
      assertThat(disk.currentView()[0]).isEqualTo((byte) 1);
      assertThat(disk.currentView()[4095]).isEqualTo((byte) 1);
      assertThat(disk.currentView()[8192]).isEqualTo((byte) 2);
    }
  }

  @Test
  void whatWasNotFlushedSurvivesInPartInEveryWay() {
    var outcomes = new TreeSet<String>();
    for (int seed = 0; seed < 400; seed++) {
      SimDisk disk = disk(seed);
      write(disk, 0, 1024, 1, Durability.WRITE_BACK);
      await();
      write(disk, 4096, SECTOR, 2, Durability.WRITE_BACK);
      await();
      disk = powerCut(disk);
      byte[] view = disk.currentView();
      assertThat(view).isEqualTo(disk.stable());
      outcomes.add("" + view[0] + view[SECTOR] + view[4096]);
    }
    assertThat(outcomes)
        .as("torn, reordered, all and none")
        .containsExactly("000", "002", "010", "012", "100", "102", "110", "112");
  }

  @Test
  void anOlderWriteNeverReplacesANewerOneOnThePlatters() {
    for (int seed = 0; seed < 200; seed++) {
      SimDisk disk = disk(seed);
      write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
      await();
      write(disk, 0, SECTOR, 2, Durability.FUA);
      await();
      assertThat(powerCut(disk).currentView()[0]).isEqualTo((byte) 2);
    }
  }

  @Test
  void aFlushIsForWhatWasDoneWhenItWasCalled() {
    var seen = new TreeSet<Byte>();
    for (int seed = 0; seed < 200; seed++) {
      SimDisk disk = disk(seed);
      disk.flush(results::add);
      write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
      await();
      seen.add(powerCut(disk).currentView()[0]);
    }
    assertThat(seen).containsExactly((byte) 0, (byte) 1);
  }

  @Test
  void operationsInFlightEndInAnyOrderAndACrashLeavesThemOpen() {
    SimDisk disk = disk(3);
    var order = new ArrayList<Integer>();
    for (int index = 0; index < 20; index++) {
      int number = index;
      ByteBuffer source = BufferPool.allocate(SECTOR);
      disk.write(index * 4096L, source, Durability.WRITE_BACK, _ -> order.add(number));
    }
    world.runUntil(() -> order.size() == 10, 1000);
    assertThat(order).isNotEqualTo(order.stream().sorted().toList());
    node.crash();
    disk.crash();
    world.advance(1_000_000_000);
    assertThat(order).hasSize(10);
    assertThat(disk.inFlightCount()).isZero();
  }

  @Test
  void aProcessCrashKeepsTheCache() {
    SimDisk disk = disk(4);
    write(disk, 0, 4096, 1, Durability.WRITE_BACK);
    await();
    node.crash();
    node = new SimNode("node0", world);
    SimDisk next = disk.reopen(node);
    assertThat(next.currentView()[0]).isEqualTo((byte) 1);
    assertThat(next.media().cachedWrites()).isEqualTo(1);
  }

  @Test
  void whatAKilledProcessHadUnderWayLandsInTimeOrInPartOrLate() {
    var outcomes = new TreeSet<String>();
    for (int seed = 0; seed < 60; seed++) {
      SimDisk disk = disk(seed);
      write(disk, 0, 1024, 1, Durability.WRITE_BACK);
      node.crash();
      disk.kill();
      node = new SimNode("node0", world);
      var free = new ArrayList<Long>();
      long killed = world.nowNanos();
      disk.media().whenFree(() -> free.add(world.nowNanos() - killed));
      world.advance(SimMedia.LANDING_NANOS_MAX + 10_000_000);
      assertThat(free).hasSize(1);
      assertThat(disk.media().isBusy()).isFalse();
      byte[] view = disk.reopen(node).currentView();
      outcomes.add(
          (free.getFirst() == 0 ? "now " : free.getFirst() > 10_000_000 ? "late " : "in time ")
              + view[0]
              + view[SECTOR]);
    }
    assertThat(outcomes)
        .containsExactly("in time 11", "late 11", "now 00", "now 01", "now 10", "now 11");
    assertThat(results).as("nobody is told").isEmpty();
  }

  @Test
  void aDiskIsNotOpenedWhileAnOperationOfTheLifeBeforeIsUnderWay() {
    SimDisk disk = disk(13);
    disk.media().stick();
    write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
    node.crash();
    disk.kill(_ -> 0);
    world.advance(3_600_000_000_000L);
    var next = new SimNode("node0", world);
    assertThatThrownBy(() -> disk.reopen(next)).isInstanceOf(AssertionError.class);
    disk.media().unstick();
    await();
    assertThat(disk.reopen(next).currentView()[0]).isEqualTo((byte) 1);
  }

  @Test
  void aDiskDoesNotWaitForAProcessThatIsPaused() {
    SimDisk disk = disk(14);
    write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
    node.pause(1_000_000_000);
    world.advance(10_000_000);
    assertThat(disk.currentView()[0]).isEqualTo((byte) 1);
    assertThat(results).isEmpty();
    world.advance(1_000_000_000);
    assertThat(results).containsExactly(IoResult.OK);
  }

  @Test
  void aPowerCutTakesJustTheWritesItIsTold() {
    for (int survivor = 0; survivor < 3; survivor++) {
      int kept = survivor;
      SimDisk disk = disk(15);
      write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
      await();
      write(disk, 4096, SECTOR, 2, Durability.WRITE_BACK);
      await();
      write(disk, 8192, SECTOR, 3, Durability.FUA);
      node.crash();
      disk.crash(index -> index == kept);
      node = new SimNode("node0", world);
      byte[] view = disk.reopen(node).currentView();
      assertThat(new byte[] {view[0], view[4096], view[8192]})
          .containsExactly(kept == 0 ? 1 : 0, kept == 1 ? 2 : 0, kept == 2 ? 3 : 0);
    }
  }

  @Test
  void scriptedAndSeededErrorsAreToldAndNotHidden() {
    SimDisk disk = disk(5);
    disk.media().failNext(Operation.WRITE, 4096, 1, 1);
    write(disk, 0, 4096, 1, Durability.WRITE_BACK);
    write(disk, 4096, 4096, 1, Durability.WRITE_BACK);
    await();
    write(disk, 4096, 4096, 1, Durability.WRITE_BACK);
    await();
    assertThat(results).filteredOn(IoResult::isOk).hasSize(2);
    disk.media().fail(true);
    disk.flush(results::add);
    await();
    assertThat(results.getLast().reason()).isEqualTo(IoResult.Reason.MEDIUM_ERROR);

    results.clear();
    SimDisk often = disk(6);
    often.media().faults(SimDiskFaults.errors(300_000, 300_000, 300_000));
    for (int index = 0; index < 100; index++) {
      write(often, 0, SECTOR, 1, Durability.WRITE_BACK);
      often.flush(results::add);
      often.read(0, BufferPool.allocate(SECTOR), results::add);
      await();
    }
    assertThat(results).filteredOn(result -> !result.isOk()).hasSizeBetween(50, 150);
  }

  @Test
  void aFailingRangeFailsUntilItIsHealed() {
    SimDisk disk = disk(9);
    disk.media().fail(Operation.READ, 4096, 4096);
    for (int round = 0; round < 3; round++) {
      disk.read(0, BufferPool.allocate(8192), results::add);
      await();
      assertThat(results.getLast().reason()).isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    }
    disk.read(0, BufferPool.allocate(4096), results::add);
    write(disk, 4096, 4096, 1, Durability.FUA);
    await();
    disk.media().heal();
    disk.read(0, BufferPool.allocate(8192), results::add);
    await();
    assertThat(results.subList(3, 6)).containsOnly(IoResult.OK);
  }

  @Test
  void aFullDiskStillReadsAndFlushes() {
    SimDisk disk = disk(10);
    disk.media().full(true);
    write(disk, 0, 4096, 1, Durability.WRITE_BACK);
    await();
    assertThat(results.getLast().reason()).isEqualTo(IoResult.Reason.NO_SPACE);
    disk.read(0, BufferPool.allocate(4096), results::add);
    disk.flush(results::add);
    await();
    disk.media().full(false);
    write(disk, 0, 4096, 1, Durability.WRITE_BACK);
    await();
    assertThat(results.subList(1, 4)).containsOnly(IoResult.OK);
  }

  @Test
  void aStuckDiskEndsNothingUntilItMovesAgain() {
    SimDisk disk = disk(11);
    write(disk, 0, 4096, 1, Durability.WRITE_BACK);
    disk.media().stick(Operation.WRITE);
    write(disk, 4096, 4096, 2, Durability.WRITE_BACK);
    disk.flush(results::add);
    world.advance(3_600_000_000_000L);
    assertThat(results).as("the flush").hasSize(1);
    assertThat(disk.currentView()[0]).isZero();
    disk.media().stick();
    disk.read(0, BufferPool.allocate(4096), results::add);
    await();
    assertThat(disk.inFlightCount()).isEqualTo(3);
    disk.media().unstick();
    assertThat(results).as("not in this turn").hasSize(1);
    await();
    assertThat(results).hasSize(4).containsOnly(IoResult.OK);
    assertThat(disk.currentView()[4096]).isEqualTo((byte) 2);
  }

  @Test
  void aSlowDiskTakesTheTimeItIsTold() {
    SimDisk disk = disk(12);
    disk.media().slow(1_000_000_000, 2_000_000_000);
    disk.flush(results::add);
    world.advance(999_999_999);
    assertThat(results).isEmpty();
    world.advance(20_000_000_000L);
    assertThat(results).hasSize(1);
    disk.media().heal();
    disk.flush(results::add);
    await();
    assertThat(results).hasSize(2);
  }

  @Test
  void aFailedFlushMayHaveLostWhatReadsStillSeeOrDoNot() {
    int lost = 0;
    int seen = 0;
    for (int seed = 0; seed < 100; seed++) {
      SimDisk disk = disk(seed);
      disk.media().failNext(Operation.FLUSH, 0, SIZE, 1);
      write(disk, 0, SECTOR, 1, Durability.WRITE_BACK);
      await();
      disk.flush(results::add);
      await();
      disk.flush(results::add);
      await();
      assertThat(results.getLast()).isEqualTo(IoResult.OK);
      seen += disk.currentView()[0];
      lost += powerCut(disk).currentView()[0] == 0 ? 1 : 0;
    }
    assertThat(lost).isBetween(10, 90);
    assertThat(100 - seen).as("lost and not even seen").isBetween(5, lost - 5);
  }

  @Test
  void aLyingDiskForgetsWhatItPromised() {
    int lost = 0;
    for (int seed = 0; seed < 50; seed++) {
      SimDisk disk = disk(seed);
      disk.media().lieAboutFlushes(true);
      write(disk, 0, SECTOR, 1, Durability.FUA);
      await();
      disk.flush(results::add);
      await();
      lost += powerCut(disk).currentView()[0] == 0 ? 1 : 0;
    }
    assertThat(results).containsOnly(IoResult.OK);
    assertThat(lost).isGreaterThan(10);
  }

  @Test
  void aCallerThatTouchesItsBufferTooEarlyIsCaught() {
    SimDisk disk = disk(7);
    ByteBuffer source = BufferPool.allocate(SECTOR);
    disk.write(0, source, Durability.WRITE_BACK, results::add);
    source.put(0, (byte) 1);
    assertThatThrownBy(this::await).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> disk.read(0, ByteBuffer.allocate(SECTOR), results::add))
        .as("not aligned")
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void closeWaitsForWhatIsInFlight() {
    SimDisk disk = disk(8);
    var ends = new ArrayList<String>();
    disk.write(0, BufferPool.allocate(SECTOR), Durability.FUA, _ -> ends.add("write"));
    disk.close(_ -> ends.add("close"));
    assertThatThrownBy(() -> disk.flush(results::add)).isInstanceOf(AssertionError.class);
    await();
    assertThat(ends).containsExactly("write", "close");
  }

  @Test
  void aPausedNodeDoesNothingAndThenEverythingInOrder() {
    var order = new ArrayList<Integer>();
    node.pause(1000);
    for (int number = 0; number < 5; number++) {
      int own = number;
      node.schedule(() -> order.add(own), number * 100L);
    }
    node.schedule(() -> order.add(99), 1000);
    world.advance(999);
    assertThat(order).isEmpty();
    world.advance(1);
    assertThat(order).containsExactly(0, 1, 2, 3, 4, 99);
    node.schedule(() -> order.add(7), 10).cancel();
    node.crash();
    node.execute(() -> order.add(8));
    world.advance(1000);
    assertThat(order).hasSize(6);
  }

  @Test
  void theSameSeedGivesTheSameDisk() {
    assertThat(Arrays.hashCode(storm(1))).isEqualTo(Arrays.hashCode(storm(1)));
    assertThat(Arrays.hashCode(storm(1))).isNotEqualTo(Arrays.hashCode(storm(2)));
  }

  private byte[] storm(long seed) {
    SimDisk disk = disk(seed);
    for (int index = 1; index < 100; index++) {
      write(disk, index % 17 * 4096L, 4096, index, Durability.WRITE_BACK);
      if (index % 10 == 0) {
        disk.flush(results::add);
      }
      world.advance(50_000);
    }
    return powerCut(disk).currentView();
  }

  private SimDisk powerCut(SimDisk disk) {
    node.crash();
    disk.crash();
    node = new SimNode("node0", world);
    return disk.reopen(node);
  }

  private void write(SimDisk disk, long offset, int length, int content, Durability durability) {
    ByteBuffer source = BufferPool.allocate(length);
    for (int at = 0; at < length; at++) {
      source.put(at, (byte) content);
    }
    disk.write(offset, source, durability, results::add);
  }

  private void await() {
    world.advance(10_000_000);
  }
}
