package io.lockstep.sim;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.role.Standstill;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a pair keeps under way at once, up to the limit and with one more. Nothing is lost or
/// refused at a limit: it waits, and comes.
@Tag("run-book")
class MirrorLimitsTest {
  private static final int BLOCK = 3000;
  private static final int MEBIBYTE = 1 << 20;
  private static final long SOON_NANOS = 300_000_000;
  private static final MirrorConfig.Limits REAL = MirrorConfig.Limits.DEFAULT;
  private static final MirrorConfig.Limits SMALL = Swarm.usualLimits();

  private final MirrorPair pair = MirrorPair.seeded(1);

  /// The simulation has smaller limits, for speed; these are the ones of a real pair.
  @Test
  void aRealPairHasTheLimitsThatAreStated() {
    assertThat(REAL.writesInFlightMax()).isEqualTo(1024);
    assertThat(REAL.unretiredWritesMax()).isEqualTo(8192);
    assertThat(REAL.resyncChunkBytes()).isEqualTo(256 << 10);
    assertThat(REAL.resyncChunksInFlight()).isEqualTo(8);
    assertThat(REAL.resyncCommitBytes()).isEqualTo(64L << 20);
    assertThat(REAL.pingIntervalNanos()).isEqualTo(1_000_000_000L);
    assertThat(REAL.peerTimeoutNanos()).isEqualTo(4_000_000_000L);
  }

  @Test
  void soManyWritesAreUnderWayAndTheNextOnesWait() {
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, Operation.WRITE);
    var writes = new ArrayList<CompletableFuture<IoResult>>();
    for (int more = 0; more < SMALL.writesInFlightMax() + 3; more++) {
      writes.add(pair.writing(A, BLOCK + more, 2));
    }
    pair.runFor(SOON_NANOS);
    assertThat(pair.hosts[A].disk().media().pendingCount()).isEqualTo(SMALL.writesInFlightMax());
    pair.releaseDisk(A);
    awaitAll(writes);
    pair.runUntilWhole().assertIdentical();
  }

  /// 64 writes of 1 MiB have the places of all bytes, whether or not their turn has come.
  @Test
  void soManyBytesAreUnderWayAndTheNextOneWaits() {
    pair.hosts[A].limits(REAL);
    pair.kill(A).restart(A).runUntilWhole();
    if (!pair.isServing(A)) {
      pair.promote(A);
    }
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, Operation.WRITE);
    var writes = new ArrayList<CompletableFuture<IoResult>>();
    for (int large = 0; large < 63; large++) {
      writes.add(writingAMebibyte());
    }
    writes.add(pair.writing(A, BLOCK, 2));
    pair.runFor(SOON_NANOS);
    int before = pair.hosts[A].disk().media().pendingCount();
    writes.add(writingAMebibyte());
    writes.add(pair.writing(A, BLOCK + 1, 2));
    pair.runFor(SOON_NANOS);
    assertThat(pair.hosts[A].disk().media().pendingCount())
        .as("63 MiB and 4 KiB, and no room for another one")
        .isEqualTo(before);
    pair.releaseDisk(A);
    awaitAll(writes);
    assertThat(pair.read(A, BLOCK + 1)).isEqualTo(2);
  }

  private CompletableFuture<IoResult> writingAMebibyte() {
    ByteBuffer content = BufferPool.allocate(MEBIBYTE);
    var answer = new CompletableFuture<IoResult>();
    long at = 8L << 20;
    pair.hosts[A]
        .mirror()
        .device()
        .write(at, content, Durability.WRITE_BACK, result -> answer.complete(result));
    return answer;
  }

  private void awaitAll(List<CompletableFuture<IoResult>> writes) {
    pair.runUntil("all written", () -> writes.stream().allMatch(CompletableFuture::isDone));
    assertThat(writes).allMatch(write -> write.join().isOk());
  }

  /// The other node's disk flushes nothing: what it has is not known to be stable.
  @Test
  void soManyWritesAreNotYetStableOnBothAndTheNextOneWaits() {
    pair.flush(A);
    pair.runFor(1_000_000_000L);
    pair.stickDisk(B, Operation.FLUSH);
    for (int count = 0; count < SMALL.unretiredWritesMax(); count++) {
      assertThat(pair.write(A, BLOCK + count, 3).isOk()).isTrue();
    }
    var next = pair.writing(A, BLOCK, 4);
    pair.runFor(SOON_NANOS);
    assertThat(next).isNotDone();
    pair.releaseDisk(B).runUntil("written", next::isDone);
    assertThat(next.join().isOk()).isTrue();
    pair.runUntilWhole().assertIdentical();
  }

  @Test
  void aResyncReadsSoMuchAtOnceAndFlushesAfterSoMuch() {
    pair.cutLink();
    int blocks = 3 * MEBIBYTE / 4096;
    for (int block = BLOCK; block < BLOCK + blocks; block += 16) {
      pair.writeBytes(A, block * 4096L, 16 * 4096, 1);
    }
    var seen = new Resync();
    pair.network.tap(seen);
    pair.healLink().runUntilWhole().assertIdentical();
    assertThat(seen.largest).isEqualTo(SMALL.resyncChunkBytes());
    assertThat(seen.atOnceMax).isEqualTo(SMALL.resyncChunksInFlight());
    assertThat(seen.perFlush).hasSizeGreaterThanOrEqualTo(2);
    assertThat(seen.perFlush.subList(0, seen.perFlush.size() - 1))
        .allMatch(bytes -> bytes >= SMALL.resyncCommitBytes());
    assertThat(seen.perFlush)
        .allMatch(bytes -> bytes <= SMALL.resyncCommitBytes() + 3L * seen.largest);
  }

  /// What a resync has on the wire.
  private static final class Resync implements SimNetwork.Tap {
    private int largest;
    private int atOnce;
    private int atOnceMax;
    private long unflushed;
    private final List<Long> perFlush = new ArrayList<>();

    @Override
    public SimNetwork.Verdict sending(int fromSide, long term, Frame frame) {
      if (frame instanceof Frame.ResyncData data) {
        largest = Math.max(largest, data.payload().remaining());
        unflushed += data.payload().remaining();
        atOnceMax = Math.max(atOnceMax, ++atOnce);
      } else if (frame instanceof Frame.ResyncAck) {
        atOnce--;
      } else if (frame instanceof Frame.ResyncCommit) {
        perFlush.add(unflushed);
        unflushed = 0;
      }
      return SimNetwork.Verdict.PASS;
    }
  }

  /// The cause of the stop is A's failed disk, which may be another one when A comes again.
  @Test
  void nodesThatHaveStoppedForAWhileMeetAgainAfterAPause() {
    pair.kill(B);
    pair.write(A, BLOCK, 2);
    pair.flush(A);
    long superblocks = 1 << 20;
    pair.failDisk(A, Operation.WRITE, superblocks, 25 << 20);
    pair.write(A, BLOCK + 1, 3);
    pair.runFor(1_000_000_000L).kill(A).healDisk(A).runFor(11_000_000_000L).restart(A).restart(B);
    var meetings = new ArrayList<Long>();
    pair.network.tap(
        (side, _, frame) -> {
          if (side == A && frame instanceof Frame.ReportParams) {
            meetings.add(pair.loop.nowNanos());
          }
          return SimNetwork.Verdict.PASS;
        });
    pair.runUntil("three meetings", () -> meetings.size() == 3);
    for (int next = 1; next < meetings.size(); next++) {
      assertThat(meetings.get(next) - meetings.get(next - 1))
          .isBetween(Standstill.RETRY_NANOS, Standstill.RETRY_NANOS + 2_000_000_000L);
    }
  }
}
