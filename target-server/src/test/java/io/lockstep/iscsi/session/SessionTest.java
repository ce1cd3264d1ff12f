package io.lockstep.iscsi.session;

import static io.lockstep.iscsi.session.SessionBench.bytes;
import static io.lockstep.iscsi.session.SessionBench.dataOut;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.InitiatorPdu.LogoutRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.SnackRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.TargetPdu.AsyncMessage;
import io.lockstep.iscsi.pdu.TargetPdu.LogoutResponse;
import io.lockstep.iscsi.pdu.TargetPdu.NopIn;
import io.lockstep.iscsi.pdu.TargetPdu.Reject;
import io.lockstep.iscsi.pdu.TargetPdu.TaskManagementResponse;
import io.lockstep.iscsi.pdu.TargetPdu.TextResponse;
import io.lockstep.iscsi.session.SessionBench.Sent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The full feature phase beside data: numbers, task management, text, pings, the end, garbage.
/// Every test leaves the pool as it found it.
@Tag("unit")
class SessionTest {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private SessionBench bench = SessionBench.fresh();

  @AfterEach
  void everyBufferIsGivenBack() {
    bench.endAndCheck();
  }

  @Test
  void numbersStatusesAndMovesTheWindowAcrossTheWrap() {
    int statSn = -1;
    for (int count = 0; count < 6; count++) {
      bench.send(bench.command(count, 0x00, 0, 0), false, NONE);
      bench.settle();
      BasicHeader header = bench.next(Opcode.SCSI_RESPONSE).header();
      assertThat(header.statSn()).isEqualTo(statSn++);
      assertThat(header.expCmdSn()).isEqualTo(SessionBench.FIRST_CMD_SN + count + 1);
      assertThat(header.maxCmdSn()).isEqualTo(SessionBench.FIRST_CMD_SN + count + 128);
    }
  }

  @Test
  void ignoresACommandOutsideTheWindowWithItsData() {
    ScsiCommand early = bench.write(1, 0, 1, 512);
    bench.sendNumbered(early, false, SessionBench.FIRST_CMD_SN - 1, bytes(512, 1));
    ScsiCommand late = bench.write(2, 0, 1, 512);
    bench.sendNumbered(late, false, bench.nextCmdSn + 128, bytes(512, 1));
    bench.settle();
    assertThat(bench.sent).isEmpty();
    assertThat(bench.target.executedCount).isZero();
    bench.send(bench.write(3, 0, 1, 512), false, bytes(512, 7));
    bench.settle();
    bench.next(Opcode.SCSI_RESPONSE).good();
    assertThat(bench.target.byteAt(0)).isEqualTo((byte) 7);
  }

  @Test
  void endsTheConnectionAtAGap() {
    bench.sendNumbered(bench.command(1, 0x00, 0, 0), false, SessionBench.FIRST_CMD_SN + 1, NONE);
    assertThat(bench.closedWhy).contains("missing");
  }

  @Test
  void theWindowShrinksWithCommandsInFlight() {
    bench.target.holds = true;
    for (int tag = 0; tag < 128; tag++) {
      bench.send(bench.command(tag, 0x00, 0, 0), false, NONE);
    }
    bench.send(bench.command(128, 0x00, 0, 0), false, NONE);
    assertThat(bench.target.executedCount).isEqualTo(128);
    bench.target.releaseOne();
    BasicHeader header = bench.next(Opcode.SCSI_RESPONSE).header();
    assertThat(header.maxCmdSn()).isEqualTo(header.expCmdSn());
  }

  @Test
  void rejectsATagInUse() {
    bench.target.holds = true;
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    Sent sent = bench.next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x07);
  }

  @Test
  void boundsImmediateCommands() {
    bench.target.holds = true;
    for (int tag = 0; tag < 8; tag++) {
      bench.send(bench.command(tag, 0x00, 0, 0), true, NONE);
    }
    assertThat(bench.sent).isEmpty();
    bench.send(bench.command(8, 0x00, 0, 0), true, NONE);
    Sent sent = bench.next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x06);
  }

  @Test
  void sendsNothingForAnAbortedTask() {
    bench.target.holds = true;
    bench.send(bench.read(1, 0, 1, 512), false, NONE);
    bench.send(abort(2, 1), true, NONE);
    bench.settle();
    assertThat(bench.sent).isEmpty();
    bench.target.releaseOne();
    bench.settle();
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isZero();
    assertThat(bench.sent).isEmpty();
    assertThat(bench.target.managed).containsExactly("ABORT_TASK of one");
  }

  @Test
  void abortsATaskThatGathersData() {
    bench.send(bench.write(1, 0, 1, 512), false, NONE);
    int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.send(abort(2, 1), true, NONE);
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isZero();
    bench.sendDataOut(dataOut(1, transferTag, 0, 0, true), bytes(512, 1));
    bench.settle();
    assertThat(bench.sent).isEmpty();
    assertThat(bench.target.executedCount).isZero();
    assertThat(bench.target.forgottenCount).isEqualTo(1);
  }

  @Test
  void abortsATaskSetAndOnlyThat() {
    bench.target.holds = true;
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.send(bench.write(2, 0, 1, 512), false, NONE);
    int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    ScsiCommand elsewhere = bench.command(3, 0x00, 0, 0);
    elsewhere.lun = 0x0001_0000_0000_0000L;
    bench.send(elsewhere, false, NONE);
    bench.send(
        new TaskManagementRequest(TaskManagementRequest.ABORT_TASK_SET, 0, 4, -1, 0, 0),
        true,
        NONE);
    bench.target.releaseOne();
    bench.target.releaseOne();
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).response().initiatorTaskTag).isEqualTo(3);
    bench.sendDataOut(dataOut(2, transferTag, 0, 0, true), bytes(512, 1));
    bench.next(Opcode.TASK_MANAGEMENT_RESPONSE);
    assertThat(bench.sent).isEmpty();
  }

  /// RFC 7143 11.6.1 b: it was lost on the way, and will not come.
  @Test
  void abortsACommandThatNeverCame() {
    int lost = bench.nextCmdSn++;
    bench.send(new TaskManagementRequest(1, 0, 9, 77, lost, 0), true, NONE);
    Sent answer = bench.next(Opcode.TASK_MANAGEMENT_RESPONSE);
    assertThat(managementResponse(answer).response()).isZero();
    assertThat(answer.header().expCmdSn()).isEqualTo(lost + 1);
    bench.sendNumbered(bench.command(77, 0x00, 0, 0), false, lost, NONE);
    bench.settle();
    assertThat(bench.sent).as("it came late after all").isEmpty();
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).response().initiatorTaskTag).isEqualTo(1);
    assertThat(bench.closedWhy).isNull();
  }

  @Test
  void abortedNumbersCountWhateverTheirOrder() {
    int first = bench.nextCmdSn;
    bench.nextCmdSn += 3;
    bench.send(new TaskManagementRequest(1, 0, 9, 71, first + 1, 0), true, NONE);
    bench.send(new TaskManagementRequest(1, 0, 8, 72, first, 0), true, NONE);
    bench.next(Opcode.TASK_MANAGEMENT_RESPONSE);
    assertThat(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE).header().expCmdSn())
        .isEqualTo(first + 2);
    bench.sendNumbered(bench.command(5, 0x00, 0, 0), false, first + 2, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).response().initiatorTaskTag).isEqualTo(5);
  }

  /// 11.6.1 c: only what may still come, and from before the request.
  @Test
  void aNumberOutsideTheWindowIsNoCommandThatNeverCame() {
    int next = bench.nextCmdSn;
    for (int number : new int[] {next - 1, next, next + 1, next + 500, next + (1 << 31)}) {
      bench.send(new TaskManagementRequest(1, 0, 9, 77, number, 0), true, NONE);
      assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response())
          .as("%d", number)
          .isEqualTo(1);
    }
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).header().expCmdSn()).isEqualTo(next + 1);
  }

  /// RFC 7143 4.2.3.3 a: the initiator may be sending; its tag must stay valid until it has.
  @Test
  void aResetWaitsForTheDataThatWasAskedFor() {
    bench.send(bench.write(1, 0, 1, 512), false, NONE);
    int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.send(bench.write(2, 8, 1, 512), false, NONE);
    int otherTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.send(
        new TaskManagementRequest(TaskManagementRequest.LOGICAL_UNIT_RESET, 0, 4, -1, 0, 0),
        true,
        NONE);
    bench.send(bench.command(5, 0x00, 0, 0), false, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).response().initiatorTaskTag)
        .as("what comes after the reset is not touched by it")
        .isEqualTo(5);
    assertThat(bench.sent).isEmpty();
    bench.sendDataOut(dataOut(1, transferTag, 0, 0, true), bytes(512, 1));
    bench.settle();
    assertThat(bench.sent).isEmpty();
    bench.sendDataOut(dataOut(2, otherTag, 0, 0, true), bytes(512, 1));
    bench.settle();
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isZero();
    assertThat(bench.sent).isEmpty();
    assertThat(bench.target.executedCount).as("the TEST UNIT READY only").isEqualTo(1);
    assertThat(bench.target.byteAt(0)).isZero();
  }

  @Test
  void answersTaskManagementThatCannotBe() {
    bench.send(abort(2, 77), true, NONE);
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response())
        .isEqualTo(1);
    bench.send(new TaskManagementRequest(8, 0, 3, -1, 0, 0), true, NONE);
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response())
        .isEqualTo(4);
    bench.send(new TaskManagementRequest(99, 0, 4, -1, 0, 0), false, NONE);
    assertThat(managementResponse(bench.next(Opcode.TASK_MANAGEMENT_RESPONSE)).response())
        .isEqualTo(5);
  }

  @Test
  void answersAPing() {
    bench.send(new NopOut(0, 5, BasicHeader.NO_TAG, NONE), true, bytes(5, 'p'));
    Sent sent = bench.next(Opcode.NOP_IN);
    assertThat(NopIn.read(sent.header(), sent.data()).initiatorTaskTag()).isEqualTo(5);
    assertThat(sent.data().remaining()).isEqualTo(5);
    bench.send(new NopOut(0, BasicHeader.NO_TAG, 9, NONE), true, NONE);
    assertThat(bench.sent).isEmpty();
  }

  @Test
  void pingsASilentInitiatorAndGivesItUp() {
    long second = 1_000_000_000L;
    bench.session.tick(15 * second);
    Sent ping = bench.next(Opcode.NOP_IN);
    assertThat(ping.header().initiatorTaskTag()).isEqualTo(BasicHeader.NO_TAG);
    assertThat(ping.header().targetTransferTag()).isNotEqualTo(BasicHeader.NO_TAG);
    bench.session.tick(25 * second - 1);
    assertThat(bench.closedWhy).isNull();
    bench.session.tick(25 * second);
    assertThat(bench.closedWhy).contains("does not answer");
  }

  @Test
  void listsItsOwnTargetOnly() {
    assertThat(sendTargets("")).contains(SessionBench.IQN).doesNotContain("iqn.other");
    assertThat(sendTargets(SessionBench.IQN)).contains("192.0.2.1:3260,1");
    assertThat(sendTargets("All")).as("appendix C").isEqualTo("SendTargets=Reject\0");
    assertThat(sendTargets("iqn.other")).isEmpty();
  }

  @Test
  void listsAllTargetsToADiscoverySessionAndTakesNoCommand() {
    bench = new SessionBench(SessionBench.discovery(), SessionLimits.DEFAULT);
    assertThat(sendTargets("All"))
        .isEqualTo(
            "TargetName="
                + SessionBench.IQN
                + "\0TargetAddress=192.0.2.1:3260,1\0"
                + "TargetName=iqn.other\0TargetAddress=[2001:db8::1]:3260,1\0");
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    Sent sent = bench.next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x05);
    bench.session.tick(1_000_000_000L);
    bench.session.tick(61_000_000_000L);
    assertThat(bench.closedWhy).contains("idle");
  }

  @Test
  void takesANewLimitForDataSegments() {
    ByteBuffer text = KeyText.bytes("MaxRecvDataSegmentLength=1024\0X-unknown=1\0");
    bench.send(new TextRequest(true, false, 0, 1, BasicHeader.NO_TAG, text), true, text);
    Sent answer = bench.next(Opcode.TEXT_RESPONSE);
    assertThat(text(answer)).isEqualTo("X-unknown=NotUnderstood\0");
    bench.send(bench.read(2, 0, 4, 2048), false, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.DATA_IN).data().remaining()).isEqualTo(1024);
    assertThat(bench.next(Opcode.DATA_IN).data().remaining()).isEqualTo(1024);
  }

  @Test
  void logsOut() {
    bench.target.holds = true;
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.send(new LogoutRequest(LogoutRequest.REMOVE_FOR_RECOVERY, 2, 0), true, NONE);
    assertThat(logoutResponse().response()).isEqualTo(LogoutResponse.RECOVERY_NOT_SUPPORTED);
    bench.send(new LogoutRequest(LogoutRequest.CLOSE_CONNECTION, 3, 9), true, NONE);
    assertThat(logoutResponse().response()).isEqualTo(LogoutResponse.CID_NOT_FOUND);
    bench.send(new LogoutRequest(LogoutRequest.CLOSE_SESSION, 4, 0), true, NONE);
    assertThat(logoutResponse().response()).isEqualTo(LogoutResponse.CLOSED);
    assertThat(bench.closedWhy).isEqualTo("logout");
    bench.settle();
    assertThat(bench.quiet).isFalse();
    bench.target.releaseOne();
    bench.settle();
    assertThat(bench.quiet).isTrue();
    assertThat(bench.sent).isEmpty();
  }

  @Test
  void announcesItsEnd() {
    bench.session.shutDown("maintenance");
    Sent sent = bench.next(Opcode.ASYNC_MESSAGE);
    assertThat(AsyncMessage.read(sent.header()).event()).isEqualTo(AsyncMessage.DROP_SESSION);
    assertThat(bench.closedWhy).isEqualTo("maintenance");
  }

  @Test
  void rejectsWhatItDoesNotDo() {
    bench.send(new SnackRequest(1, 0, 1, BasicHeader.NO_TAG, 0, 0), true, NONE);
    Sent sent = bench.next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x03);
    assertThat(sent.data().remaining()).isEqualTo(48);
    assertThat(bench.closedWhy).isNull();
  }

  @Test
  void survivesGarbageInAnyOrder() {
    SplittableRandom random = new SplittableRandom(42);
    int[] opcodes = {0, 1, 1, 1, 2, 4, 5, 5, 5, 6, 0x10, 0x1f, 0x3f, 3};
    byte[] operations = {0x00, 0x12, 0x25, 0x28, 0x2a, 0x2a, 0x77};
    for (int round = 0; round < 1_000; round++) {
      bench = SessionBench.fresh();
      bench.target.holds = random.nextBoolean();
      for (int count = 0; count < 100 && bench.closedWhy == null; count++) {
        byte[] noise = new byte[48 + random.nextInt(3) * 256];
        random.nextBytes(noise);
        ByteBuffer pdu = ByteBuffer.wrap(noise);
        int opcode = opcodes[random.nextInt(opcodes.length)];
        pdu.put(0, (byte) (opcode | random.nextInt(2) << 6));
        pdu.putInt(4, noise.length - 48);
        pdu.putInt(16, random.nextInt(6)).putInt(20, random.nextInt(8) - 1);
        pdu.putInt(24, bench.nextCmdSn);
        if (opcode == 1) {
          pdu.putInt(20, random.nextInt(20_000));
          pdu.put(32, operations[random.nextInt(operations.length)]);
          pdu.putInt(34, random.nextInt(8)).putShort(39, (short) random.nextInt(40));
        }
        if (opcode == 5) {
          pdu.putInt(36, random.nextInt(3)).putInt(40, random.nextInt(3) * 256);
        }
        bench.toSession.feed(pdu);
        if (!bench.sent.isEmpty()) {
          bench.nextCmdSn = bench.sent.getLast().header().expCmdSn();
          bench.sent.clear();
        }
        if (random.nextInt(3) == 0 && !bench.target.held.isEmpty()) {
          bench.target.releaseOne();
        }
        bench.settle();
      }
      everyBufferIsGivenBack();
    }
  }

  private String sendTargets(String value) {
    ByteBuffer text = KeyText.bytes("SendTargets=" + value + "\0");
    bench.send(new TextRequest(true, false, 0, 70, BasicHeader.NO_TAG, text), true, text);
    return text(bench.next(Opcode.TEXT_RESPONSE));
  }

  private static String text(Sent sent) {
    TextResponse response = TextResponse.read(sent.header(), sent.data());
    assertThat(response.isFinal()).isTrue();
    return StandardCharsets.UTF_8.decode(response.data().duplicate()).toString();
  }

  private LogoutResponse logoutResponse() {
    return LogoutResponse.read(bench.next(Opcode.LOGOUT_RESPONSE).header());
  }

  private static TaskManagementRequest abort(int tag, int referencedTag) {
    return new TaskManagementRequest(TaskManagementRequest.ABORT_TASK, 0, tag, referencedTag, 0, 0);
  }

  private static TaskManagementResponse managementResponse(Sent sent) {
    return TaskManagementResponse.read(sent.header());
  }
}
