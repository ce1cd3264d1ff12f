package io.lockstep.iscsi.session;

import static io.lockstep.iscsi.session.SessionBench.bytes;
import static io.lockstep.iscsi.session.SessionBench.dataOut;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataIn;
import io.lockstep.iscsi.pdu.InitiatorPdu.LogoutRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.SnackRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.ScsiResponse;
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
import org.junit.jupiter.api.Test;

/// The full feature phase, PDU by PDU: numbers, data transfer, task management, text, the end.
/// Every test leaves the pool as it found it.
class SessionTest {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private SessionBench bench = SessionBench.fresh();

  @AfterEach
  void everyBufferIsGivenBack() {
    bench.session.connectionLost(() -> bench.quiet = true);
    while (!bench.target.held.isEmpty()) {
      bench.target.releaseOne();
    }
    bench.settle();
    assertThat(bench.target.pool().borrowedBytes()).isZero();
    assertThat(bench.target.nexuses).isEmpty();
    assertThat(bench.quiet).isTrue();
  }

  @Test
  void readsWithTheStatusInTheLastDataIn() {
    bench.target.put(512 * 3, (byte) 0x5a);
    bench.send(bench.read(1, 3, 2, 1024), false, NONE);
    bench.settle();
    DataIn data = dataIn(next(Opcode.DATA_IN));
    assertThat(data.hasStatus).isTrue();
    assertThat(data.isFinal).isTrue();
    assertThat(data.residual).isZero();
    assertThat(bench.sent).isEmpty();
  }

  @Test
  void cutsALongReadAtTheSegmentAndTheBurst() {
    for (int block = 0; block < 80; block++) {
      bench.target.put(block * 512, (byte) block);
    }
    bench.send(bench.read(1, 0, 80, 40960), false, NONE);
    bench.settle();
    int offset = 0;
    for (int dataSn = 0; dataSn < 10; dataSn++) {
      Sent sent = next(Opcode.DATA_IN);
      DataIn data = dataIn(sent);
      assertThat(data.dataSn).isEqualTo(dataSn);
      assertThat(data.bufferOffset).isEqualTo(offset);
      assertThat(sent.data().get(0)).isEqualTo((byte) (offset / 512));
      offset += sent.data().remaining();
      assertThat(data.isFinal).isEqualTo(offset % 16384 == 0 || offset == 40960);
      assertThat(data.hasStatus).isEqualTo(offset == 40960);
    }
    assertThat(offset).isEqualTo(40960);
  }

  @Test
  void numbersStatusesAndMovesTheWindowAcrossTheWrap() {
    int statSn = -1;
    for (int count = 0; count < 6; count++) {
      bench.send(bench.command(count, 0x00, 0, 0), false, NONE);
      bench.settle();
      BasicHeader header = next(Opcode.SCSI_RESPONSE).header();
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
    assertGood(next(Opcode.SCSI_RESPONSE));
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
    BasicHeader header = next(Opcode.SCSI_RESPONSE).header();
    assertThat(header.maxCmdSn()).isEqualTo(header.expCmdSn());
  }

  @Test
  void writesImmediateData() {
    bench.send(bench.write(1, 2, 8, 4096), false, bytes(4096, 9));
    bench.settle();
    assertGood(next(Opcode.SCSI_RESPONSE));
    assertThat(bench.target.byteAt(1024)).isEqualTo((byte) 9);
    assertThat(bench.target.byteAt(1024 + 4095)).isEqualTo((byte) 9);
  }

  @Test
  void asksForWhatDidNotComeUnasked() {
    // 40 KiB: 4 KiB immediate, 4 KiB unsolicited, then R2Ts of 16 KiB
    ScsiCommand write = bench.write(1, 0, 80, 40960);
    write.isFinal = false;
    bench.send(write, false, bytes(4096, 1));
    bench.sendDataOut(dataOut(1, BasicHeader.NO_TAG, 0, 4096, true), bytes(4096, 2));
    int offset = 8192;
    for (int r2tSn = 0; r2tSn < 2; r2tSn++) {
      R2t ready = r2t(next(Opcode.R2T));
      assertThat(ready.r2tSn).isEqualTo(r2tSn);
      assertThat(ready.bufferOffset).isEqualTo(offset);
      assertThat(ready.desiredDataTransferLength).isEqualTo(16384);
      int tag = ready.targetTransferTag;
      bench.sendDataOut(dataOut(1, tag, 0, offset, false), bytes(8192, 3 + r2tSn));
      assertThat(bench.sent).isEmpty();
      bench.sendDataOut(dataOut(1, tag, 1, offset + 8192, true), bytes(8192, 3 + r2tSn));
      offset += 16384;
    }
    bench.settle();
    ScsiResponse response = assertGood(next(Opcode.SCSI_RESPONSE));
    assertThat(response.expDataSn).isEqualTo(2);
    assertThat(bench.target.byteAt(0)).isEqualTo((byte) 1);
    assertThat(bench.target.byteAt(4096)).isEqualTo((byte) 2);
    assertThat(bench.target.byteAt(8192)).isEqualTo((byte) 3);
    assertThat(bench.target.byteAt(40959)).isEqualTo((byte) 4);
  }

  @Test
  void refusesDataThatWasNotAgreed() {
    bench = new SessionBench(SessionBench.askingFirst(), SessionLimits.DEFAULT);
    bench.send(bench.write(1, 0, 1, 512), false, bytes(512, 1));
    assertBroken(next(Opcode.SCSI_RESPONSE), 0x0c);
    ScsiCommand write = bench.write(2, 0, 1, 512);
    write.isFinal = false;
    bench.send(write, false, NONE);
    assertBroken(next(Opcode.SCSI_RESPONSE), 0x0c);
    bench.settle();
    assertThat(bench.target.executedCount).isZero();
    assertThat(bench.target.forgottenCount).isEqualTo(2);
  }

  @Test
  void refusesWrongDataOut() {
    int[][] wrong = {{1, 0, 512}, {0, 512, 512}, {0, 0, 1024}};
    int tag = 1;
    for (int[] each : wrong) {
      bench.send(bench.write(tag, 0, 1, 512), false, NONE);
      int transferTag = r2t(next(Opcode.R2T)).targetTransferTag;
      bench.sendDataOut(dataOut(tag, transferTag, each[0], each[1], true), bytes(each[2], 1));
      assertBroken(next(Opcode.SCSI_RESPONSE), 0x0d);
      tag++;
    }
    bench.send(bench.write(tag, 0, 1, 512), false, NONE);
    int transferTag = r2t(next(Opcode.R2T)).targetTransferTag;
    bench.sendDataOut(dataOut(tag, transferTag, 0, 0, true), bytes(256, 1));
    assertBroken(next(Opcode.SCSI_RESPONSE), 0x0d);
    bench.settle();
    assertThat(bench.target.executedCount).isZero();
  }

  @Test
  void dropsStragglersAndForeignTags() {
    bench.send(bench.write(1, 0, 1, 512), false, NONE);
    int transferTag = r2t(next(Opcode.R2T)).targetTransferTag;
    bench.sendDataOut(dataOut(1, transferTag + 1, 0, 0, true), bytes(512, 1));
    bench.sendDataOut(dataOut(99, transferTag, 0, 0, true), bytes(512, 1));
    bench.settle();
    assertThat(bench.sent).isEmpty();
    bench.sendDataOut(dataOut(1, transferTag, 0, 0, true), bytes(512, 5));
    bench.settle();
    assertGood(next(Opcode.SCSI_RESPONSE));
  }

  @Test
  void tellsResiduals() {
    bench.send(bench.read(1, 0, 1, 1024), false, NONE);
    bench.settle();
    assertThat(dataIn(next(Opcode.DATA_IN)).residual).isEqualTo(-512);
    bench.send(bench.read(2, 0, 2, 512), false, NONE);
    bench.settle();
    Sent cut = next(Opcode.DATA_IN);
    assertThat(cut.data().remaining()).isEqualTo(512);
    assertThat(dataIn(cut).residual).isEqualTo(512);
    bench.send(bench.write(3, 0, 1, 1024), false, bytes(1024, 1));
    bench.settle();
    assertThat(assertGood(next(Opcode.SCSI_RESPONSE)).residual).isEqualTo(-512);
    bench.send(bench.write(4, 0, 2, 512), false, bytes(512, 1));
    bench.settle();
    ScsiResponse tooLittle = response(next(Opcode.SCSI_RESPONSE));
    assertThat(tooLittle.status).isEqualTo(2);
    assertThat(tooLittle.residual).isEqualTo(512);
  }

  @Test
  void sendsSenseDataWithARefusal() {
    bench.send(bench.command(1, 0xfe, 0, 0), false, NONE);
    bench.settle();
    Sent sent = next(Opcode.SCSI_RESPONSE);
    assertThat(response(sent).status).isEqualTo(2);
    assertThat(sent.data().getShort(0)).isEqualTo((short) 18);
    assertThat(sent.data().get(2 + 12)).isEqualTo((byte) 0x20);
  }

  @Test
  void rejectsATagInUse() {
    bench.target.holds = true;
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    bench.send(bench.command(1, 0x00, 0, 0), false, NONE);
    Sent sent = next(Opcode.REJECT);
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
    Sent sent = next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x06);
  }

  @Test
  void waitsForMemoryAndGoesOnWhenThereIsSome() {
    SessionLimits small = new SessionLimits(128, 8, 65536, 15, 10, 60);
    bench = new SessionBench(SessionBench.parameters(), small);
    bench.target.holds = true;
    for (int tag = 1; tag <= 3; tag++) {
      bench.send(bench.read(tag, 0, 100, 51200), false, NONE);
    }
    assertThat(bench.target.executedCount).isEqualTo(1);
    bench.target.releaseOne();
    bench.settle();
    assertThat(bench.target.executedCount).isEqualTo(2);
    bench.target.releaseOne();
    bench.settle();
    assertThat(bench.target.executedCount).isEqualTo(3);
  }

  @Test
  void pausesWhileTheInitiatorDoesNotRead() {
    bench.writable = false;
    ByteBuffer two = ByteBuffer.allocate(96);
    BasicHeader header = new BasicHeader();
    for (int tag = 0; tag < 2; tag++) {
      bench.command(tag, 0x00, 0, 0).writeTo(header);
      header.initiatorNumbers(SessionBench.FIRST_CMD_SN + tag, 0);
      two.put(header.toBuffer());
    }
    assertThat(bench.toSession.feed(two.flip())).isFalse();
    assertThat(two.remaining()).isEqualTo(48);
    assertThat(bench.target.executedCount).isEqualTo(1);
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
    assertThat(managementResponse(next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isZero();
    assertThat(bench.sent).isEmpty();
    assertThat(bench.target.managed).containsExactly("ABORT_TASK of one");
  }

  @Test
  void abortsATaskThatGathersData() {
    bench.send(bench.write(1, 0, 1, 512), false, NONE);
    int transferTag = r2t(next(Opcode.R2T)).targetTransferTag;
    bench.send(abort(2, 1), true, NONE);
    assertThat(managementResponse(next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isZero();
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
    next(Opcode.R2T);
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
    assertThat(response(next(Opcode.SCSI_RESPONSE)).initiatorTaskTag).isEqualTo(3);
    next(Opcode.TASK_MANAGEMENT_RESPONSE);
    assertThat(bench.sent).isEmpty();
  }

  @Test
  void answersTaskManagementThatCannotBe() {
    bench.send(abort(2, 77), true, NONE);
    assertThat(managementResponse(next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isEqualTo(1);
    bench.send(new TaskManagementRequest(8, 0, 3, -1, 0, 0), true, NONE);
    assertThat(managementResponse(next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isEqualTo(4);
    bench.send(new TaskManagementRequest(99, 0, 4, -1, 0, 0), false, NONE);
    assertThat(managementResponse(next(Opcode.TASK_MANAGEMENT_RESPONSE)).response()).isEqualTo(5);
  }

  @Test
  void answersAPing() {
    bench.send(new NopOut(0, 5, BasicHeader.NO_TAG, NONE), true, bytes(5, 'p'));
    Sent sent = next(Opcode.NOP_IN);
    assertThat(NopIn.read(sent.header(), sent.data()).initiatorTaskTag()).isEqualTo(5);
    assertThat(sent.data().remaining()).isEqualTo(5);
    bench.send(new NopOut(0, BasicHeader.NO_TAG, 9, NONE), true, NONE);
    assertThat(bench.sent).isEmpty();
  }

  @Test
  void pingsASilentInitiatorAndGivesItUp() {
    long second = 1_000_000_000L;
    bench.session.tick(15 * second);
    Sent ping = next(Opcode.NOP_IN);
    assertThat(ping.header().initiatorTaskTag()).isEqualTo(BasicHeader.NO_TAG);
    assertThat(ping.header().targetTransferTag()).isNotEqualTo(BasicHeader.NO_TAG);
    bench.session.tick(26 * second);
    assertThat(bench.closedWhy).contains("does not answer");
  }

  @Test
  void listsItsOwnTargetOnly() {
    assertThat(sendTargets("")).contains(SessionBench.IQN).doesNotContain("iqn.other");
    assertThat(sendTargets(SessionBench.IQN)).contains("192.0.2.1:3260,1");
    assertThat(sendTargets("All")).isEmpty();
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
    Sent sent = next(Opcode.REJECT);
    assertThat(Reject.read(sent.header(), sent.data()).reason()).isEqualTo(0x05);
    bench.session.tick(1_000_000_000L);
    bench.session.tick(61_000_000_000L);
    assertThat(bench.closedWhy).contains("idle");
  }

  @Test
  void takesANewLimitForDataSegments() {
    ByteBuffer text = KeyText.bytes("MaxRecvDataSegmentLength=1024\0X-unknown=1\0");
    bench.send(new TextRequest(true, false, 0, 1, BasicHeader.NO_TAG, text), true, text);
    Sent answer = next(Opcode.TEXT_RESPONSE);
    assertThat(text(answer)).isEqualTo("X-unknown=NotUnderstood\0");
    bench.send(bench.read(2, 0, 4, 2048), false, NONE);
    bench.settle();
    assertThat(next(Opcode.DATA_IN).data().remaining()).isEqualTo(1024);
    assertThat(next(Opcode.DATA_IN).data().remaining()).isEqualTo(1024);
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
    Sent sent = next(Opcode.ASYNC_MESSAGE);
    assertThat(AsyncMessage.read(sent.header()).event()).isEqualTo(AsyncMessage.DROP_SESSION);
    assertThat(bench.closedWhy).isEqualTo("maintenance");
  }

  @Test
  void rejectsWhatItDoesNotDo() {
    bench.send(new SnackRequest(1, 0, 1, BasicHeader.NO_TAG, 0, 0), true, NONE);
    Sent sent = next(Opcode.REJECT);
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

  private Sent next(Opcode opcode) {
    Sent sent = bench.sent.removeFirst();
    assertThat(sent.header().opcode()).isEqualTo(opcode);
    return sent;
  }

  private String sendTargets(String value) {
    ByteBuffer text = KeyText.bytes("SendTargets=" + value + "\0");
    bench.send(new TextRequest(true, false, 0, 70, BasicHeader.NO_TAG, text), true, text);
    return text(next(Opcode.TEXT_RESPONSE));
  }

  private static String text(Sent sent) {
    TextResponse response = TextResponse.read(sent.header(), sent.data());
    assertThat(response.isFinal()).isTrue();
    return StandardCharsets.UTF_8.decode(response.data().duplicate()).toString();
  }

  private LogoutResponse logoutResponse() {
    return LogoutResponse.read(next(Opcode.LOGOUT_RESPONSE).header());
  }

  private static TaskManagementRequest abort(int tag, int referencedTag) {
    return new TaskManagementRequest(TaskManagementRequest.ABORT_TASK, 0, tag, referencedTag, 0, 0);
  }

  private static TaskManagementResponse managementResponse(Sent sent) {
    return TaskManagementResponse.read(sent.header());
  }

  private static DataIn dataIn(Sent sent) {
    DataIn data = new DataIn();
    data.read(sent.header());
    return data;
  }

  private static R2t r2t(Sent sent) {
    R2t ready = new R2t();
    ready.read(sent.header());
    return ready;
  }

  private static ScsiResponse response(Sent sent) {
    ScsiResponse response = new ScsiResponse();
    response.read(sent.header());
    return response;
  }

  private static ScsiResponse assertGood(Sent sent) {
    ScsiResponse response = response(sent);
    assertThat(response.status).isZero();
    return response;
  }

  /// ABORTED COMMAND 0Ch with this qualifier.
  private static void assertBroken(Sent sent, int ascq) {
    assertThat(response(sent).status).isEqualTo(2);
    assertThat(sent.data().get(2 + 2)).isEqualTo((byte) 0x0b);
    assertThat(sent.data().get(2 + 12)).isEqualTo((byte) 0x0c);
    assertThat(sent.data().get(2 + 13)).isEqualTo((byte) ascq);
  }
}
