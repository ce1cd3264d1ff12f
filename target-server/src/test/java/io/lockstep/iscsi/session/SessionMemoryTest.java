package io.lockstep.iscsi.session;

import static io.lockstep.iscsi.session.SessionBench.bytes;
import static io.lockstep.iscsi.session.SessionBench.dataOut;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryBudget;
import io.lockstep.block.VirtualLoop;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.session.SessionBench.Sent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The memory that sessions take together is bounded, everything ends all the same, and nobody is
/// passed over. After every test all memory is given back.
@Tag("unit")
class SessionMemoryTest {
  private static final int MEBIBYTE = 1 << 20;
  private static final int WRITE_BYTES = 4 * MEBIBYTE;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int TASK_SET_FULL = 0x28;
  private static final int BUSY = 0x08;
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final ByteBuffer DATA = bytes(MEBIBYTE, 7);

  /// A write of 4 MiB needs this much.
  private static final long WRITE_MEMORY = BufferPool.memoryBytes(WRITE_BYTES);

  private final VirtualLoop loop = new VirtualLoop();
  private final FakeTarget target = new FakeTarget(loop, WRITE_BYTES);
  private final List<SessionBench> sessions = new ArrayList<>();
  private MemoryBudget budget = new MemoryBudget(0, 0);

  /// Tags of the writes that came to their end, as `session * 1000 + tag`.
  private final List<Integer> ended = new ArrayList<>();

  private int refusedCount;
  private long borrowedMost;

  @AfterEach
  void allMemoryIsGivenBack() {
    target.holds = false;
    sessions.forEach(bench -> bench.session.connectionLost(() -> {}));
    while (!target.held.isEmpty()) {
      target.releaseOne();
    }
    settle();
    assertThat(target.pool().borrowedBytes()).isZero();
    assertThat(budget.heldBytes()).isZero();
    assertThat(budget.waiterCount()).isZero();
  }

  private void open(int sessionCount, long grantedBytesMax, long unaskedBytesMax) {
    budget = new MemoryBudget(grantedBytesMax, unaskedBytesMax);
    for (int index = 0; index < sessionCount; index++) {
      sessions.add(
          new SessionBench(
              SessionBench.roomy(index + 1), SessionLimits.DEFAULT, loop, target, budget));
    }
  }

  private void settle() {
    while (loop.turn()) {}
  }

  /// A write whose first `immediateBytes` come with it.
  private void write(int session, int tag, int lengthBytes, int immediateBytes) {
    SessionBench bench = sessions.get(session);
    bench.send(bench.write(tag, 0, lengthBytes / 512, lengthBytes), false, data(immediateBytes));
    borrowedMost = Math.max(borrowedMost, target.pool().borrowedBytes());
  }

  private static ByteBuffer data(int lengthBytes) {
    return DATA.slice(0, lengthBytes);
  }

  /// Plays the initiators until none has anything to do: sends what is asked for, tries again what
  /// was refused.
  private void play(int lengthBytes, int immediateBytes) {
    boolean busy = true;
    while (busy) {
      busy = false;
      for (int session = 0; session < sessions.size(); session++) {
        Sent sent = sessions.get(session).sent.pollFirst();
        if (sent != null) {
          busy = true;
          answer(session, sent, lengthBytes, immediateBytes);
        }
      }
      settle();
      busy |= sessions.stream().anyMatch(bench -> !bench.sent.isEmpty());
    }
  }

  private void answer(int session, Sent sent, int lengthBytes, int immediateBytes) {
    SessionBench bench = sessions.get(session);
    borrowedMost = Math.max(borrowedMost, target.pool().borrowedBytes());
    if (sent.header().opcode() == Opcode.R2T) {
      R2t ready = sent.readyToTransfer();
      int length = ready.desiredDataTransferLength;
      bench.sendDataOut(
          dataOut(ready.initiatorTaskTag, ready.targetTransferTag, 0, ready.bufferOffset, true),
          data(length));
    } else if (sent.response().status == TASK_SET_FULL || sent.response().status == BUSY) {
      refusedCount++;
      write(session, sent.response().initiatorTaskTag, lengthBytes, immediateBytes);
    } else {
      sent.good();
      ended.add(session * 1000 + sent.response().initiatorTaskTag);
    }
  }

  /// Each of them in turn, while a write of its own session holds all memory and reads wait for it.
  @Test
  void whatAsksAboutThePathPassesAllThatWaitForMemory() {
    open(1, WRITE_MEMORY, MEBIBYTE);
    target.holds = true;
    target.letsPathPass = true;
    SessionBench bench = sessions.getFirst();
    write(0, 1, WRITE_BYTES, 0);
    settle();
    bench.next(Opcode.R2T);
    for (int tag = 2; tag < 100; tag++) {
      bench.send(bench.read(tag, 0, 8, 4096), false, NONE);
    }
    settle();
    assertThat(bench.sent).isEmpty();
    for (int tag = 100; tag < 107; tag++) {
      ScsiCommand asks = bench.command(tag, tag % 2 == 0 ? 0x12 : 0xa0, 0x2400, 0);
      asks.reads = true;
      asks.expectedDataTransferLength = 36;
      bench.send(asks, false, NONE);
    }
    settle();
    for (int tag = 100; tag < 107; tag++) {
      assertThat(bench.next(Opcode.DATA_IN).header().initiatorTaskTag()).isEqualTo(tag);
    }
    assertThat(bench.sent).isEmpty();
    assertThat(target.pool().borrowedBytes()).isEqualTo(WRITE_BYTES);
  }

  @Test
  void writesWithImmediateDataOfOneSessionTakeNoMoreThanItsShare() {
    open(1, 192L << 20, 64L << 20);
    for (int tag = 1; tag <= 128; tag++) {
      write(0, tag, WRITE_BYTES, 65536);
    }
    long shares = SessionLimits.DEFAULT.bytesInFlightMax() + (64 << 20);
    assertThat(budget.heldBytes()).isLessThan(shares);
    play(WRITE_BYTES, 65536);
    assertThat(ended).hasSize(128).doesNotHaveDuplicates();
    assertThat(refusedCount).isZero();
    assertThat(borrowedMost).isLessThanOrEqualTo(budget.peakBytes()).isLessThan(shares);
    assertThat(target.byteAt(0)).isEqualTo((byte) 7);
    assertThat(target.byteAt(WRITE_BYTES - 1)).isEqualTo((byte) 7);
  }

  @Test
  void manySessionsTogetherStayInTheBudgetAndAllComesToItsEnd() {
    open(40, 32 << 20, 8 << 20);
    for (int tag = 1; tag <= 4; tag++) {
      for (int session = 0; session < 40; session++) {
        write(session, tag, MEBIBYTE, 65536);
      }
    }
    play(MEBIBYTE, 65536);
    assertThat(ended).hasSize(160).doesNotHaveDuplicates();
    assertThat(budget.peakBytes()).isLessThanOrEqualTo(40 << 20).isGreaterThan(32 << 20);
    assertThat(borrowedMost).isLessThanOrEqualTo(budget.peakBytes());
  }

  @Test
  void unaskedDataThatFindsNoRoomIsRefusedAndTriedAgain() {
    open(4, WRITE_MEMORY, 1 << 20);
    for (int tag = 1; tag <= 8; tag++) {
      for (int session = 0; session < 4; session++) {
        write(session, tag, WRITE_BYTES, 1 << 18);
      }
    }
    play(WRITE_BYTES, 1 << 18);
    assertThat(refusedCount).isPositive();
    assertThat(ended).hasSize(32).doesNotHaveDuplicates();
    assertThat(budget.peakBytes()).isLessThanOrEqualTo(WRITE_MEMORY + (1 << 20));
  }

  @Test
  void dataOutOfARefusedWriteIsDropped() {
    open(2, WRITE_MEMORY, 1 << 18);
    target.holds = true;
    write(0, 1, WRITE_BYTES, 4096);
    write(0, 2, WRITE_BYTES, 4096);
    SessionBench bench = sessions.get(1);
    ScsiCommand write = bench.write(1, 0, 8192, WRITE_BYTES);
    write.isFinal = false;
    bench.send(write, false, data(4096));
    assertThat(bench.sent.removeFirst().response().status)
        .as("it has no other task whose end it could wait for")
        .isEqualTo(BUSY);
    bench.sendDataOut(dataOut(1, -1, 0, 4096, true), data(4096));
    assertThat(bench.sent).isEmpty();
    assertThat(bench.session.commandsInFlight()).isZero();
  }

  @Test
  void oneTaskAloneMayExceedEveryLimit() {
    open(3, 4096, 4096);
    write(0, 1, WRITE_BYTES, 65536);
    write(1, 1, WRITE_BYTES, 0);
    sessions.get(2).send(sessions.get(2).read(1, 0, 8192, WRITE_BYTES), false, NONE);
    assertThat(budget.waiterCount()).isEqualTo(2);
    SessionBench reader = sessions.removeLast();
    play(WRITE_BYTES, 65536);
    assertThat(ended).containsExactly(1, 1001);
    assertThat(budget.peakBytes()).isEqualTo(WRITE_MEMORY);
    assertThat(reader.sent).hasSize(4);
  }

  @Test
  void sessionsTakeTurnsThoughOneHasManyTasks() {
    open(3, WRITE_MEMORY, 16 << 20);
    for (int tag = 1; tag <= 4; tag++) {
      write(0, tag, WRITE_BYTES, 0);
    }
    write(1, 1, WRITE_BYTES, 0);
    write(1, 2, WRITE_BYTES, 0);
    write(2, 1, WRITE_BYTES, 4096);
    play(WRITE_BYTES, 4096);
    assertThat(ended).containsExactly(1, 2, 1001, 2001, 3, 1002, 4);
  }

  @Test
  void aSmallWriteWithAllItsDataDoesNotWaitForOthers() {
    open(2, WRITE_MEMORY, 16 << 20);
    write(0, 1, WRITE_BYTES, 0);
    write(0, 2, WRITE_BYTES, 0);
    assertThat(budget.waiterCount()).isEqualTo(1);
    write(1, 1, 65536, 65536);
    settle();
    sessions.get(1).next(Opcode.SCSI_RESPONSE).good();
  }

  @Test
  void aSmallReadDoesNotPassThoseThatWait() {
    open(2, WRITE_MEMORY + 65536, 16 << 20);
    write(0, 1, WRITE_BYTES, 0);
    write(0, 2, WRITE_BYTES, 0);
    sessions.get(1).send(sessions.get(1).read(1, 0, 1, 512), false, NONE);
    settle();
    assertThat(sessions.get(1).sent).isEmpty();
    SessionBench other = sessions.removeLast();
    play(WRITE_BYTES, 0);
    other.next(Opcode.DATA_IN);
  }

  @Test
  void aSessionThatEndsLeavesTheQueueAndGivesBackWhatItHeld() {
    open(3, WRITE_MEMORY, 16 << 20);
    for (int session = 0; session < 3; session++) {
      write(session, 1, WRITE_BYTES, 65536);
    }
    assertThat(budget.waiterCount()).isEqualTo(2);
    sessions.get(1).session.connectionLost(() -> {});
    assertThat(budget.waiterCount()).isEqualTo(1);
    sessions.get(0).session.connectionLost(() -> {});
    settle();
    assertThat(budget.waiterCount()).isZero();
    assertThat(budget.heldBytes()).isEqualTo(WRITE_MEMORY);
    play(WRITE_BYTES, 65536);
    assertThat(ended).containsExactly(2001);
  }

  @Test
  void whatExecutesWhenItsSessionEndsKeepsItsMemoryUntilThen() {
    open(2, WRITE_MEMORY, 16 << 20);
    target.holds = true;
    sessions.get(0).send(sessions.get(0).read(1, 0, 8192, WRITE_BYTES), false, NONE);
    sessions.get(1).send(sessions.get(1).read(1, 0, 8192, WRITE_BYTES), false, NONE);
    sessions.get(0).session.connectionLost(() -> {});
    settle();
    assertThat(target.executedCount).isEqualTo(1);
    target.releaseOne();
    settle();
    assertThat(target.executedCount).isEqualTo(2);
  }

  @Test
  void aSessionThatKeepsItsDataBackEndsThoughItIsNotSilent() {
    open(2, WRITE_MEMORY, 16 << 20);
    write(0, 1, WRITE_BYTES, 0);
    write(1, 1, WRITE_BYTES, 0);
    SessionBench stuck = sessions.get(0);
    for (int seconds = 0; seconds <= 20; seconds += 5) {
      stuck.session.tick(seconds * SECOND_NANOS);
      stuck.send(stuck.command(100 + seconds, 0x00, 0, 0), false, NONE);
      settle();
    }
    assertThat(stuck.closedWhy).isNull();
    assertThat(sessions.get(1).sent).isEmpty();
    stuck.session.tick(25 * SECOND_NANOS);
    settle();
    assertThat(stuck.closedWhy).contains("does not come");
    sessions.get(1).next(Opcode.R2T);
  }

  @Test
  void aSessionWhoseDataComesSlowlyGoesOn() {
    open(1, WRITE_MEMORY, 16 << 20);
    write(0, 1, WRITE_BYTES, 0);
    SessionBench slow = sessions.get(0);
    for (int piece = 0; piece < 4; piece++) {
      slow.session.tick(20L * piece * SECOND_NANOS);
      int tag = slow.next(Opcode.R2T).readyToTransfer().targetTransferTag;
      slow.sendDataOut(dataOut(1, tag, 0, (long) piece * MEBIBYTE, true), data(MEBIBYTE));
    }
    settle();
    slow.next(Opcode.SCSI_RESPONSE).good();
    slow.session.tick(100 * SECOND_NANOS);
    slow.send(slow.command(2, 0x00, 0, 0), false, NONE);
    slow.session.tick(101 * SECOND_NANOS);
    assertThat(String.valueOf(slow.closedWhy)).doesNotContain("does not come");
  }

  @Test
  void countsTheMemoryThatAnOddLengthReallyTakes() {
    open(1, 64 << 20, 64 << 20);
    target.holds = true;
    sessions.get(0).send(sessions.get(0).read(1, 0, 1025, 1025 * 512), false, NONE);
    assertThat(budget.heldBytes()).isEqualTo(MEBIBYTE + BufferPool.ALIGNMENT_BYTES);
  }
}
