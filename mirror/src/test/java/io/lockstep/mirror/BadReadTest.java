package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A block that the Primary's disk cannot read and the other one can.
@Tag("run-book")
class BadReadTest {
  private static final int BLOCK = 3000;

  /// The host got a medium error although the other node had the block, and nobody heard of it.
  @Test
  void theBlockComesFromTheOtherNodeAndIsWrittenBack() {
    var pair = pairOf(1);
    spoil(pair, A, BLOCK + 1);
    assertThat(pair.read(A, BLOCK + 1)).isEqualTo(5);
    assertThat(pair.status(A).blocksReadFromPeer()).isEqualTo(1);
    assertThat(pair.noted(A))
        .containsExactly(
            "read-from-peer 1: the last at byte %d of the mirror".formatted((BLOCK + 1) * 4096L));
    pair.cutLink();
    assertThat(pair.read(A, BLOCK + 1)).as("from the own disk").isEqualTo(5);
    assertThat(pair.status(A).blocksReadFromPeer()).isEqualTo(1);
  }

  @Test
  void aLongReadOfWhichSomeBlocksAreBadIsPutTogether() {
    var pair = pairOf(2);
    spoil(pair, A, BLOCK + 1);
    spoil(pair, A, BLOCK + 5);
    pair.write(A, BLOCK + 2, 6);
    ByteBuffer content = BufferPool.allocate(8 * 4096);
    assertThat(pair.read(A, BLOCK * 4096L + 512, content).isOk()).isTrue();
    for (int at = 0; at < content.limit(); at++) {
      int block = (at + 512) / 4096;
      assertThat(content.get(at)).as("byte %d", at).isEqualTo((byte) (block == 2 ? 6 : 5));
    }
    assertThat(pair.status(A).blocksReadFromPeer()).isEqualTo(2);
    assertThat(pair.noted(A)).last().asString().startsWith("read-from-peer 2");
  }

  @Test
  void aReadOfSomeSectorsMendsTheWholeBlock() {
    var pair = pairOf(3);
    spoil(pair, A, BLOCK);
    ByteBuffer sector = BufferPool.allocate(512);
    assertThat(pair.read(A, BLOCK * 4096L + 512, sector).isOk()).isTrue();
    assertThat(sector.get(0)).isEqualTo((byte) 5);
    pair.cutLink();
    assertThat(pair.read(A, BLOCK)).isEqualTo(5);
  }

  @Test
  void whatNeitherCanReadIsAMediumErrorAndNoFailedDisk() {
    var pair = pairOf(4);
    spoil(pair, A, BLOCK);
    spoil(pair, B, BLOCK);
    assertThat(pair.read(A, BLOCK * 4096L, BufferPool.allocate(4096)).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(pair.inSync(A)).isTrue();
    assertThat(pair.write(A, BLOCK, 7).isOk()).isTrue();
    assertThat(pair.read(A, BLOCK)).isEqualTo(7);
  }

  @Test
  void withoutTheOtherNodeItIsAMediumError() {
    var pair = pairOf(5);
    spoil(pair, A, BLOCK);
    pair.cutLink();
    assertThat(pair.read(A, BLOCK * 4096L, BufferPool.allocate(4096)).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.UP_TO_DATE);
  }

  @Test
  void anInconsistentDiskIsNotAsked() {
    var pair = UnreadableSourceTest.paused(6, BLOCK + 3);
    assertThat(pair.read(A, (BLOCK + 3) * 4096L, BufferPool.allocate(4096)).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(pair.status(A).blocksReadFromPeer()).isZero();
  }

  @Test
  void aReadWhoseLinkIsLostMeanwhileIsAnswered() {
    for (int turns = 0; turns < 40; turns++) {
      var pair = pairOf(7);
      spoil(pair, A, BLOCK);
      var read = pair.reading(A, BLOCK);
      pair.turns(turns).breakLink();
      pair.runUntil("answered", read::isDone);
      assertThat(read.join()).isIn(5, -1);
      pair.runUntilWhole();
      assertThat(pair.read(A, BLOCK)).isEqualTo(5);
    }
  }

  @Test
  void aReadIsAnsweredThoughTheOtherDiskStandsStill() {
    var pair = pairOf(11);
    spoil(pair, A, BLOCK);
    pair.stickDisk(B);
    var read = pair.reading(A, BLOCK);
    pair.runFor(6_000_000_000L);
    assertThat(read).isDone();
    assertThat(read.join()).isEqualTo(-1);
    pair.releaseDisk(B).runUntilWhole();
    assertThat(pair.read(A, BLOCK)).isEqualTo(5);
  }

  /// The range is locked, so what is written back is never older than a write.
  @Test
  void aWriteThatComesMeanwhileIsNotOverwritten() {
    for (int turns = 0; turns < 40; turns++) {
      var pair = pairOf(8);
      spoil(pair, A, BLOCK);
      var read = pair.reading(A, BLOCK);
      var write = pair.turns(turns).writing(A, BLOCK, 9);
      pair.runUntil("both are answered", () -> read.isDone() && write.isDone());
      assertThat(write.join().isOk()).isTrue();
      assertThat(read.join()).isIn(5, 9);
      assertThat(pair.read(A, BLOCK)).isEqualTo(9);
      pair.assertIdentical();
    }
  }

  @Test
  void manyBadReadsAtOnceAreAllAnswered() {
    var pair = pairOf(9);
    var reads = new ArrayList<CompletableFuture<Integer>>();
    for (int block = BLOCK; block < BLOCK + 64; block++) {
      spoil(pair, A, block);
      reads.add(pair.reading(A, block));
    }
    pair.runUntil("all are answered", () -> reads.stream().allMatch(read -> read.isDone()));
    assertThat(reads).allSatisfy(read -> assertThat(read.join()).isEqualTo(5));
    assertThat(pair.status(A).blocksReadFromPeer()).isEqualTo(64);
  }

  @Test
  void aDiskThatRefusesToBeWrittenBackHasFailed() {
    var pair = pairOf(10);
    spoil(pair, A, BLOCK);
    long at = pair.status(A).replicatedOffset() + BLOCK * 4096L;
    pair.failDisk(A, Operation.WRITE, at, 4096);
    pair.reading(A, BLOCK);
    pair.runUntil("failed", () -> pair.status(A).diskState() == DiskState.FAILED);
  }

  private static MirrorPair pairOf(long seed) {
    var pair = MirrorPair.seeded(seed);
    for (int block = BLOCK; block < BLOCK + 64; block++) {
      pair.write(A, block, 5);
    }
    return pair;
  }

  private static void spoil(MirrorPair pair, int node, int block) {
    long at = pair.status(node).replicatedOffset() + block * 4096L;
    pair.makeUnreadable(node, at + 512, 512);
  }
}
