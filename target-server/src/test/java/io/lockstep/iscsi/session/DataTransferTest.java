package io.lockstep.iscsi.session;

import static io.lockstep.iscsi.session.SessionBench.bytes;
import static io.lockstep.iscsi.session.SessionBench.dataOut;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataIn;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.ScsiResponse;
import io.lockstep.iscsi.session.SessionBench.Sent;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How data moves between initiator and task: Data-In, immediate and unsolicited data, R2T and
/// Data-Out, residuals, memory. Every test leaves the pool as it found it.
@Tag("unit")
class DataTransferTest {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private SessionBench bench = SessionBench.fresh();

  @AfterEach
  void everyBufferIsGivenBack() {
    bench.endAndCheck();
  }

  @Test
  void readsWithTheStatusInTheLastDataIn() {
    bench.target.put(512 * 3, (byte) 0x5a);
    bench.send(bench.read(1, 3, 2, 1024), false, NONE);
    bench.settle();
    DataIn data = bench.next(Opcode.DATA_IN).dataIn();
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
      Sent sent = bench.next(Opcode.DATA_IN);
      DataIn data = sent.dataIn();
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
  void writesImmediateData() {
    bench.send(bench.write(1, 2, 8, 4096), false, bytes(4096, 9));
    bench.settle();
    bench.next(Opcode.SCSI_RESPONSE).good();
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
      R2t ready = bench.next(Opcode.R2T).readyToTransfer();
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
    ScsiResponse response = bench.next(Opcode.SCSI_RESPONSE).good();
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
    assertBroken(bench.next(Opcode.SCSI_RESPONSE), 0x0c);
    ScsiCommand write = bench.write(2, 0, 1, 512);
    write.isFinal = false;
    bench.send(write, false, NONE);
    assertBroken(bench.next(Opcode.SCSI_RESPONSE), 0x0c);
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
      int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
      bench.sendDataOut(dataOut(tag, transferTag, each[0], each[1], true), bytes(each[2], 1));
      assertBroken(bench.next(Opcode.SCSI_RESPONSE), 0x0d);
      tag++;
    }
    bench.send(bench.write(tag, 0, 1, 512), false, NONE);
    int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.sendDataOut(dataOut(tag, transferTag, 0, 0, true), bytes(256, 1));
    assertBroken(bench.next(Opcode.SCSI_RESPONSE), 0x0d);
    bench.settle();
    assertThat(bench.target.executedCount).isZero();
  }

  @Test
  void dropsStragglersAndForeignTags() {
    bench.send(bench.write(1, 0, 1, 512), false, NONE);
    int transferTag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.sendDataOut(dataOut(1, transferTag + 1, 0, 0, true), bytes(512, 1));
    bench.sendDataOut(dataOut(99, transferTag, 0, 0, true), bytes(512, 1));
    bench.settle();
    assertThat(bench.sent).isEmpty();
    bench.sendDataOut(dataOut(1, transferTag, 0, 0, true), bytes(512, 5));
    bench.settle();
    bench.next(Opcode.SCSI_RESPONSE).good();
  }

  @Test
  void tellsResiduals() {
    bench.send(bench.read(1, 0, 1, 1024), false, NONE);
    bench.settle();
    assertThat(bench.next(Opcode.DATA_IN).dataIn().residual).isEqualTo(-512);
    bench.send(bench.read(2, 0, 2, 512), false, NONE);
    bench.settle();
    Sent cut = bench.next(Opcode.DATA_IN);
    assertThat(cut.data().remaining()).isEqualTo(512);
    assertThat(cut.dataIn().residual).isEqualTo(512);
    bench.send(bench.write(3, 0, 1, 1024), false, bytes(1024, 1));
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).good().residual).isEqualTo(-512);
    bench.send(bench.write(4, 0, 2, 512), false, bytes(512, 1));
    bench.settle();
    ScsiResponse tooLittle = bench.next(Opcode.SCSI_RESPONSE).response();
    assertThat(tooLittle.status).isEqualTo(2);
    assertThat(tooLittle.residual).isEqualTo(512);
  }

  /// See docs/decisions/short-transfer.md.
  @Test
  void aWriteThatAnnouncesTooLittleWritesNothing() {
    bench.send(bench.write(1, 0, 2, 512), false, bytes(512, 7));
    bench.settle();
    Sent refusal = bench.next(Opcode.SCSI_RESPONSE);
    assertThat(refusal.response().status).isEqualTo(2);
    assertThat(refusal.data().get(2 + 2)).as("ILLEGAL REQUEST").isEqualTo((byte) 0x05);
    assertThat(refusal.data().getShort(2 + 12)).isEqualTo((short) 0x0E03);
    assertThat(bench.target.executedCount).isZero();
    assertThat(bench.target.byteAt(0)).isZero();
    bench.send(bench.write(2, 0, 2, 512), false, NONE);
    int tag = bench.next(Opcode.R2T).readyToTransfer().targetTransferTag;
    bench.sendDataOut(dataOut(2, tag, 0, 0, true), bytes(512, 7));
    bench.settle();
    assertThat(bench.next(Opcode.SCSI_RESPONSE).response().status).isEqualTo(2);
    assertThat(bench.target.byteAt(0)).isZero();
  }

  @Test
  void sendsSenseDataWithARefusal() {
    bench.send(bench.command(1, 0xfe, 0, 0), false, NONE);
    bench.settle();
    Sent sent = bench.next(Opcode.SCSI_RESPONSE);
    assertThat(sent.response().status).isEqualTo(2);
    assertThat(sent.data().getShort(0)).isEqualTo((short) 18);
    assertThat(sent.data().get(2 + 12)).isEqualTo((byte) 0x20);
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
  void countsWhatAReadBorrowsThoughTheInitiatorExpectsLess() {
    SessionLimits small = new SessionLimits(128, 8, 65536, 15, 10, 60);
    bench = new SessionBench(SessionBench.parameters(), small);
    bench.target.holds = true;
    for (int tag = 1; tag <= 2; tag++) {
      bench.send(bench.read(tag, 0, 100, 512), false, NONE);
    }
    assertThat(bench.target.executedCount).isEqualTo(1);
    bench.target.releaseOne();
    bench.settle();
    assertThat(bench.target.executedCount).isEqualTo(2);
    bench.target.releaseOne();
    bench.settle();
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

  private static void assertBroken(Sent sent, int ascq) {
    assertThat(sent.response().status).isEqualTo(2);
    assertThat(sent.data().get(2 + 2)).isEqualTo((byte) 0x0b);
    assertThat(sent.data().get(2 + 12)).isEqualTo((byte) 0x0c);
    assertThat(sent.data().get(2 + 13)).isEqualTo((byte) ascq);
  }
}
