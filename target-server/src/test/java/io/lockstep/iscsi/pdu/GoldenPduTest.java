package io.lockstep.iscsi.pdu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.LogoutRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.SnackRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.TargetPdu.AsyncMessage;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import io.lockstep.iscsi.pdu.TargetPdu.LogoutResponse;
import io.lockstep.iscsi.pdu.TargetPdu.NopIn;
import io.lockstep.iscsi.pdu.TargetPdu.Reject;
import io.lockstep.iscsi.pdu.TargetPdu.TaskManagementResponse;
import io.lockstep.iscsi.pdu.TargetPdu.TextResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of every PDU beside their meaning (RFC 7143 section 11), written by hand from the
/// standard. Each is encoded and compared, then read back and compared.
@Tag("golden")
class GoldenPduTest {
  private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);
  private static final int CMD_SN = 0x00000010;
  private static final int EXP_STAT_SN = 0x00000020;
  private static final int STAT_SN = 0x00000030;
  private static final int EXP_CMD_SN = 0x00000040;
  private static final int MAX_CMD_SN = 0x00000050;

  private final BasicHeader header = new BasicHeader();

  @Test
  void nopOut() {
    NopOut ping = new NopOut(0x0001_0000_0000_0000L, 0xc8d04b81, 0xffffffff, ascii("ping!"));
    // I, NOP-Out; F; 5 bytes of data; LUN 1; tags; CmdSN, ExpStatSN; "ping!" and 3 bytes padding
    String golden =
        """
        40 80 00 00 00 00 00 05  00 01 00 00 00 00 00 00
        c8 d0 4b 81 ff ff ff ff  00 00 00 10 00 00 00 20
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        70 69 6e 67 21 00 00 00""";
    ping.writeTo(header);
    header.immediate(true);
    expectFromInitiator(golden, ping.data());
    assertThat(header.immediate()).isTrue();
    assertThat(NopOut.read(header, ping.data())).isEqualTo(ping);
  }

  @Test
  void scsiCommand() {
    ScsiCommand write = new ScsiCommand();
    write.isFinal = true;
    write.writes = true;
    write.attribute = 1;
    write.lun = 0x0002_0000_0000_0000L;
    write.initiatorTaskTag = 0x11223344;
    write.expectedDataTransferLength = 0x80001000L;
    byte[] cdb = {0x2a, 0, 0, 0, 0x10, 0, 0, 0, 8, 0};
    System.arraycopy(cdb, 0, write.cdb, 0, cdb.length);
    // SCSI Command; F, W, SIMPLE; LUN 2; tag; length; CmdSN, ExpStatSN; CDB
    String golden =
        """
        01 a1 00 00 00 00 00 00  00 02 00 00 00 00 00 00
        11 22 33 44 80 00 10 00  00 00 00 10 00 00 00 20
        2a 00 00 00 10 00 00 00  08 00 00 00 00 00 00 00""";
    write.writeTo(header);
    expectFromInitiator(golden, NO_DATA);
    ScsiCommand back = new ScsiCommand();
    back.read(header);
    assertThat(back).usingRecursiveComparison().isEqualTo(write);
  }

  @Test
  void taskManagementRequest() {
    TaskManagementRequest abort =
        new TaskManagementRequest(
            TaskManagementRequest.ABORT_TASK, 0, 0x11223345, 0x11223344, 0x0f, 0);
    // Task Management; 1, ABORT TASK; tag; referenced tag; RefCmdSN
    String golden =
        """
        02 81 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        11 22 33 45 11 22 33 44  00 00 00 10 00 00 00 20
        00 00 00 0f 00 00 00 00  00 00 00 00 00 00 00 00""";
    abort.writeTo(header);
    expectFromInitiator(golden, NO_DATA);
    assertThat(TaskManagementRequest.read(header)).isEqualTo(abort);
  }

  @Test
  void loginRequest() {
    LoginRequest login =
        new LoginRequest(true, false, 1, 3, 0, 0, 0x4000_0000_0123L, 0, 7, 1, ascii("A=b\0"));
    // I, Login; T, CSG 1, NSG 3; versions; ISID, TSIH 0; tag; CID; CmdSN, ExpStatSN; A=b
    String golden =
        """
        43 87 00 00 00 00 00 04  40 00 00 00 01 23 00 00
        00 00 00 07 00 01 00 00  00 00 00 10 00 00 00 20
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        41 3d 62 00""";
    login.writeTo(header);
    expectFromInitiator(golden, login.data());
    assertThat(LoginRequest.read(header, login.data())).isEqualTo(login);
  }

  @Test
  void textRequest() {
    TextRequest text = new TextRequest(true, false, 0, 9, 0xffffffff, ascii("SendTargets=All\0"));
    // Text; F; tags; CmdSN, ExpStatSN; SendTargets=All
    String golden =
        """
        04 80 00 00 00 00 00 10  00 00 00 00 00 00 00 00
        00 00 00 09 ff ff ff ff  00 00 00 10 00 00 00 20
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        53 65 6e 64 54 61 72 67  65 74 73 3d 41 6c 6c 00""";
    text.writeTo(header);
    expectFromInitiator(golden, text.data());
    assertThat(TextRequest.read(header, text.data())).isEqualTo(text);
  }

  @Test
  void dataOut() {
    DataOut data = new DataOut();
    data.isFinal = true;
    data.lun = 0;
    data.initiatorTaskTag = 0x11223344;
    data.targetTransferTag = 0x55667788;
    data.dataSn = 2;
    data.bufferOffset = 0x2000;
    // Data-Out; F; tags; no CmdSN; ExpStatSN; DataSN; BufferOffset
    String golden =
        """
        05 80 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        11 22 33 44 55 66 77 88  00 00 00 00 00 00 00 20
        00 00 00 00 00 00 00 02  00 00 20 00 00 00 00 00""";
    data.writeTo(header);
    header.initiatorNumbers(0, EXP_STAT_SN);
    expect(golden, NO_DATA);
    DataOut back = new DataOut();
    back.read(header);
    assertThat(back).usingRecursiveComparison().isEqualTo(data);
  }

  @Test
  void logoutRequest() {
    LogoutRequest logout = new LogoutRequest(LogoutRequest.CLOSE_CONNECTION, 0x21, 1);
    // Logout; 1, close the connection; tag; CID
    String golden =
        """
        06 81 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        00 00 00 21 00 01 00 00  00 00 00 10 00 00 00 20
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00""";
    logout.writeTo(header);
    expectFromInitiator(golden, NO_DATA);
    assertThat(LogoutRequest.read(header)).isEqualTo(logout);
  }

  @Test
  void snackRequest() {
    SnackRequest snack = new SnackRequest(1, 0, 0x31, 0xffffffff, 4, 2);
    // SNACK; 1, status; tags; BegRun, RunLength
    String golden =
        """
        10 81 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        00 00 00 31 ff ff ff ff  00 00 00 00 00 00 00 20
        00 00 00 00 00 00 00 00  00 00 00 04 00 00 00 02""";
    snack.writeTo(header);
    header.initiatorNumbers(0, EXP_STAT_SN);
    expect(golden, NO_DATA);
    assertThat(SnackRequest.read(header)).isEqualTo(snack);
  }

  @Test
  void nopIn() {
    NopIn pong = new NopIn(0, 0xc8d04b81, 0xffffffff, ascii("ping"));
    String golden =
        """
        20 80 00 00 00 00 00 04  00 00 00 00 00 00 00 00
        c8 d0 4b 81 ff ff ff ff  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 00  00 00 00 00 00 00 00 00
        70 69 6e 67""";
    pong.writeTo(header);
    expectFromTarget(golden, pong.data());
    assertThat(NopIn.read(header, pong.data())).isEqualTo(pong);
  }

  @Test
  void scsiResponse() {
    ScsiResponse response = new ScsiResponse();
    response.status = 2;
    response.initiatorTaskTag = 0x11223344;
    response.expDataSn = 3;
    response.residual = -512;
    // SCSI Response; 1, U; completed; CHECK CONDITION; tag; ExpDataSN; residual 512; sense
    String golden =
        """
        21 82 00 02 00 00 00 06  00 00 00 00 00 00 00 00
        11 22 33 44 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 03  00 00 00 00 00 00 02 00
        00 04 72 05 21 00 00 00""";
    response.writeTo(header);
    expectFromTarget(golden, ByteBuffer.wrap(new byte[] {0, 4, 0x72, 5, 0x21, 0}));
    ScsiResponse back = new ScsiResponse();
    back.read(header);
    assertThat(back).usingRecursiveComparison().isEqualTo(response);
  }

  @Test
  void taskManagementResponse() {
    TaskManagementResponse response =
        new TaskManagementResponse(TaskManagementResponse.FUNCTION_NOT_SUPPORTED, 0x11223345);
    String golden =
        """
        22 80 05 00 00 00 00 00  00 00 00 00 00 00 00 00
        11 22 33 45 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 00  00 00 00 00 00 00 00 00""";
    response.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    assertThat(TaskManagementResponse.read(header)).isEqualTo(response);
  }

  @Test
  void loginResponse() {
    LoginResponse refusal =
        new LoginResponse(false, false, 1, 0, 0, 0, 0x4000_0000_0123L, 0x0102, 7, 0x0203, NO_DATA);
    // Login Response; CSG 1; versions; ISID, TSIH; tag; numbers; status 02/03: not found
    String golden =
        """
        23 04 00 00 00 00 00 00  40 00 00 00 01 23 01 02
        00 00 00 07 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 02 03 00 00  00 00 00 00 00 00 00 00""";
    refusal.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    assertThat(LoginResponse.read(header, NO_DATA)).isEqualTo(refusal);
  }

  @Test
  void textResponse() {
    TextResponse response = new TextResponse(false, true, 0, 9, 5, ascii("A=b\0"));
    // Text Response; C; tags: more to come; numbers
    String golden =
        """
        24 40 00 00 00 00 00 04  00 00 00 00 00 00 00 00
        00 00 00 09 00 00 00 05  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 00  00 00 00 00 00 00 00 00
        41 3d 62 00""";
    response.writeTo(header);
    expectFromTarget(golden, response.data());
    assertThat(TextResponse.read(header, response.data())).isEqualTo(response);
  }

  @Test
  void dataInWithStatus() {
    DataIn data = new DataIn();
    data.isFinal = true;
    data.hasStatus = true;
    data.status = 0;
    data.initiatorTaskTag = 0x11223344;
    data.dataSn = 1;
    data.bufferOffset = 0x1000;
    data.residual = 7;
    // Data-In; F, O, S; GOOD; tags; numbers; DataSN; BufferOffset; residual 7
    String golden =
        """
        25 85 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        11 22 33 44 ff ff ff ff  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 01  00 00 10 00 00 00 00 07""";
    data.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    DataIn back = new DataIn();
    back.read(header);
    assertThat(back).usingRecursiveComparison().isEqualTo(data);
  }

  @Test
  void logoutResponse() {
    LogoutResponse response = new LogoutResponse(LogoutResponse.CLOSED, 0x21, 2, 20);
    String golden =
        """
        26 80 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        00 00 00 21 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 00  00 02 00 14 00 00 00 00""";
    response.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    assertThat(LogoutResponse.read(header)).isEqualTo(response);
  }

  @Test
  void readyToTransfer() {
    R2t ready = new R2t();
    ready.lun = 0x0001_0000_0000_0000L;
    ready.initiatorTaskTag = 0x11223344;
    ready.targetTransferTag = 0x55667788;
    ready.r2tSn = 1;
    ready.bufferOffset = 0x10000;
    ready.desiredDataTransferLength = 0x40000;
    // R2T; LUN; tags; numbers; R2TSN; BufferOffset; DesiredDataTransferLength
    String golden =
        """
        31 80 00 00 00 00 00 00  00 01 00 00 00 00 00 00
        11 22 33 44 55 66 77 88  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 01  00 01 00 00 00 04 00 00""";
    ready.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    R2t back = new R2t();
    back.read(header);
    assertThat(back).usingRecursiveComparison().isEqualTo(ready);
  }

  @Test
  void asyncMessage() {
    AsyncMessage drop = new AsyncMessage(AsyncMessage.DROP_SESSION, 0, 0, 2, 20);
    // Async Message; no tag; numbers; event 3; parameters 0, 2, 20
    String golden =
        """
        32 80 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        ff ff ff ff 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 03 00 00 00  00 02 00 14 00 00 00 00""";
    drop.writeTo(header);
    expectFromTarget(golden, NO_DATA);
    assertThat(AsyncMessage.read(header)).isEqualTo(drop);
  }

  @Test
  void reject() {
    BasicHeader bad = new BasicHeader();
    bad.start(Opcode.SNACK_REQUEST);
    Reject reject = new Reject(RejectReason.SNACK_REJECT.code(), 0, bad.toBuffer());
    // Reject; reason 3; 48 bytes of the refused header
    String golden =
        """
        3f 80 03 00 00 00 00 30  00 00 00 00 00 00 00 00
        ff ff ff ff 00 00 00 00  00 00 00 30 00 00 00 40
        00 00 00 50 00 00 00 00  00 00 00 00 00 00 00 00
        10 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00""";
    reject.writeTo(header);
    expectFromTarget(golden, reject.data());
    assertThat(Reject.read(header, reject.data())).isEqualTo(reject);
  }

  @Test
  void digestsOfRfc7143() {
    // RFC 7143 A.4: 32 bytes of zeroes have the digest aa 36 91 8a, as they lie on the wire.
    Digest digest = new Digest();
    digest.reset();
    digest.update(new byte[32], 32);
    assertThat(digest.wireValue()).isEqualTo(0xaa36918a);
  }

  private void expectFromInitiator(String golden, ByteBuffer data) {
    header.initiatorNumbers(CMD_SN, EXP_STAT_SN);
    expect(golden, data);
    assertThat(header.cmdSn()).isEqualTo(CMD_SN);
    assertThat(header.expStatSn()).isEqualTo(EXP_STAT_SN);
  }

  private void expectFromTarget(String golden, ByteBuffer data) {
    header.targetNumbers(STAT_SN, EXP_CMD_SN, MAX_CMD_SN);
    expect(golden, data);
    assertThat(header.statSn()).isEqualTo(STAT_SN);
    assertThat(header.expCmdSn()).isEqualTo(EXP_CMD_SN);
    assertThat(header.maxCmdSn()).isEqualTo(MAX_CMD_SN);
  }

  private void expect(String golden, ByteBuffer data) {
    ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
    new PduEncoder().put(header, data, bytes);
    assertThat(Hex.of(bytes.flip())).isEqualTo(Hex.normal(golden));
    Opcode opcode = header.opcode();
    assertThat(opcode).isNotNull();
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
