package io.lockstep.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.MemoryBudget;
import io.lockstep.block.VirtualLoop;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataIn;
import io.lockstep.iscsi.pdu.DataOut;
import io.lockstep.iscsi.pdu.DecodeFault;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.Pdu;
import io.lockstep.iscsi.pdu.PduDecoder;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.pdu.PduLimits;
import io.lockstep.iscsi.pdu.PduSink;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.ScsiResponse;
import io.lockstep.scsi.Nexus;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A session on virtual time with a [FakeTarget] behind it and a script of PDUs before it. What it
/// sends is encoded and decoded again, so that tests see what an initiator would.
final class SessionBench {
  static final int FIRST_CMD_SN = Integer.MAX_VALUE - 2;
  static final String IQN = "iqn.2026-11.io.lockstep:pair.vm1";

  /// A PDU that the session has sent.
  record Sent(BasicHeader header, ByteBuffer data) {
    DataIn dataIn() {
      DataIn data = new DataIn();
      data.read(header);
      return data;
    }

    R2t readyToTransfer() {
      R2t ready = new R2t();
      ready.read(header);
      return ready;
    }

    ScsiResponse response() {
      ScsiResponse response = new ScsiResponse();
      response.read(header);
      return response;
    }

    ScsiResponse good() {
      assertThat(response().status).isZero();
      return response();
    }
  }

  final VirtualLoop loop;
  final FakeTarget target;
  final ArrayDeque<Sent> sent = new ArrayDeque<>();
  final Session session;
  final PduDecoder toSession;
  private final PduDecoder toInitiator;
  private final PduEncoder encoder = new PduEncoder();
  private final BasicHeader header = new BasicHeader();
  int nextCmdSn = FIRST_CMD_SN;
  boolean writable = true;
  boolean quiet;
  @Nullable String closedWhy;

  SessionBench(SessionParameters parameters, SessionLimits limits) {
    this(parameters, limits, new VirtualLoop());
  }

  private SessionBench(SessionParameters parameters, SessionLimits limits, VirtualLoop loop) {
    this(parameters, limits, loop, new FakeTarget(loop, 4 << 20), budget());
  }

  /// One of several sessions with a target.
  SessionBench(
      SessionParameters parameters,
      SessionLimits limits,
      VirtualLoop loop,
      FakeTarget target,
      MemoryBudget budget) {
    this.loop = loop;
    this.target = target;
    toInitiator = new PduDecoder(new Recorder());
    toInitiator.configure(new PduLimits(1 << 20, 0), false, false);
    Output output = new Output();
    if (parameters.isDiscovery()) {
      session = Session.discovery(parameters, limits, SessionBench::discovered, output, 0);
    } else {
      Nexus nexus = new Nexus(parameters.initiatorName(), parameters.isid(), 1);
      target.nexusOpened(nexus);
      SessionContext context = new SessionContext(parameters, limits, target, nexus, budget);
      session = Session.normal(context, SessionBench::discovered, output, 0);
    }
    toSession = new PduDecoder(session);
    toSession.configure(new PduLimits(parameters.targetDataSegmentBytesMax(), 272), false, false);
  }

  private static MemoryBudget budget() {
    return new MemoryBudget(64 << 20, 16 << 20);
  }

  static SessionBench fresh() {
    return new SessionBench(parameters(), SessionLimits.DEFAULT);
  }

  /// Small limits, so that every edge is near: 4 KiB segments, 16 KiB bursts, 8 KiB unsolicited.
  static SessionParameters parameters() {
    return new SessionParameters(
        "iqn.2026-11.io.lockstep:tester",
        "",
        Optional.of(IQN),
        1,
        42,
        0,
        false,
        false,
        false,
        true,
        4096,
        65536,
        16384,
        8192,
        1,
        2,
        0,
        FIRST_CMD_SN,
        -1);
  }

  /// As real initiators agree on: 1 MiB segments and bursts, 256 KiB unsolicited.
  static SessionParameters roomy(long isid) {
    return new SessionParameters(
        "iqn.2026-11.io.lockstep:tester",
        "",
        Optional.of(IQN),
        isid,
        42,
        0,
        false,
        false,
        false,
        true,
        1 << 20,
        1 << 20,
        1 << 20,
        1 << 18,
        1,
        2,
        0,
        FIRST_CMD_SN,
        -1);
  }

  static SessionParameters discovery() {
    SessionParameters normal = parameters();
    return new SessionParameters(
        normal.initiatorName(),
        "",
        Optional.empty(),
        1,
        42,
        0,
        false,
        false,
        true,
        true,
        512,
        8192,
        16384,
        8192,
        1,
        2,
        0,
        FIRST_CMD_SN,
        -1);
  }

  static SessionParameters askingFirst() {
    SessionParameters normal = parameters();
    return new SessionParameters(
        normal.initiatorName(),
        "",
        normal.targetName(),
        1,
        42,
        0,
        false,
        false,
        true,
        false,
        4096,
        65536,
        16384,
        8192,
        1,
        2,
        0,
        FIRST_CMD_SN,
        -1);
  }

  private static List<DiscoveredTarget> discovered(String value) {
    List<DiscoveredTarget> all =
        List.of(
            new DiscoveredTarget(IQN, List.of("192.0.2.1:3260,1")),
            new DiscoveredTarget("iqn.other", List.of("[2001:db8::1]:3260,1")));
    return value.equals("All")
        ? all
        : all.stream().filter(found -> found.name().equals(value)).toList();
  }

  /// Sends a PDU with the next CmdSN, or as an immediate one.
  void send(Pdu pdu, boolean immediate, ByteBuffer data) {
    int cmdSn = immediate ? nextCmdSn : nextCmdSn++;
    sendNumbered(pdu, immediate, cmdSn, data);
  }

  void sendNumbered(Pdu pdu, boolean immediate, int cmdSn, ByteBuffer data) {
    pdu.writeTo(header);
    header.immediate(immediate).initiatorNumbers(cmdSn, 0);
    deliver(data);
  }

  void sendDataOut(DataOut pdu, ByteBuffer data) {
    pdu.writeTo(header);
    header.initiatorNumbers(0, 0);
    deliver(data);
  }

  private void deliver(ByteBuffer data) {
    ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
    encoder.put(header, data, bytes);
    toSession.feed(bytes.flip());
  }

  /// The next PDU from the session, which must be of this kind.
  Sent next(Opcode opcode) {
    Sent next = sent.removeFirst();
    assertThat(next.header().opcode()).isEqualTo(opcode);
    return next;
  }

  /// Ends the session and checks that it left nothing behind.
  void endAndCheck() {
    session.connectionLost(() -> quiet = true);
    while (!target.held.isEmpty()) {
      target.releaseOne();
    }
    settle();
    assertThat(target.pool().borrowedBytes()).isZero();
    assertThat(target.nexuses).isEmpty();
    assertThat(quiet).isTrue();
  }

  /// Runs the loop until nothing is ready any more.
  void settle() {
    while (loop.turn()) {}
  }

  ScsiCommand read(int tag, int lba, int blocks, long expectedBytes) {
    ScsiCommand command = command(tag, 0x28, lba, blocks);
    command.reads = true;
    command.expectedDataTransferLength = expectedBytes;
    return command;
  }

  ScsiCommand write(int tag, int lba, int blocks, long expectedBytes) {
    ScsiCommand command = command(tag, 0x2a, lba, blocks);
    command.writes = true;
    command.expectedDataTransferLength = expectedBytes;
    return command;
  }

  ScsiCommand command(int tag, int operation, int lba, int blocks) {
    ScsiCommand command = new ScsiCommand();
    command.isFinal = true;
    command.attribute = 1;
    command.initiatorTaskTag = tag;
    ByteBuffer.wrap(command.cdb)
        .put(0, (byte) operation)
        .putInt(2, lba)
        .putShort(7, (short) blocks);
    return command;
  }

  static DataOut dataOut(int tag, int transferTag, int dataSn, long offset, boolean last) {
    DataOut data = new DataOut();
    data.initiatorTaskTag = tag;
    data.targetTransferTag = transferTag;
    data.dataSn = dataSn;
    data.bufferOffset = offset;
    data.isFinal = last;
    return data;
  }

  static ByteBuffer bytes(int length, int value) {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (int index = 0; index < length; index++) {
      bytes.put(index, (byte) value);
    }
    return bytes;
  }

  private final class Output implements SessionOutput {
    @Override
    public void send(BasicHeader pdu, ByteBuffer data) {
      ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
      new PduEncoder().put(pdu, data, bytes);
      toInitiator.feed(bytes.flip());
    }

    @Override
    public void sendPayload(BasicHeader pdu, ByteBuffer payload, @Nullable Runnable done) {
      send(pdu, payload);
      if (done != null) {
        loop.execute(done);
      }
    }

    @Override
    public boolean isWritable() {
      return writable;
    }

    @Override
    public void faulted(String what, RuntimeException cause) {
      throw cause;
    }

    @Override
    public void close(String why) {
      closedWhy = why;
      loop.execute(() -> session.connectionLost(() -> quiet = true));
    }
  }

  private final class Recorder implements PduSink {
    @Override
    public ByteBuffer dataTarget(BasicHeader pdu, AdditionalHeaders additional) {
      return ByteBuffer.allocate(pdu.dataSegmentLength());
    }

    @Override
    public boolean received(
        BasicHeader pdu, AdditionalHeaders additional, @Nullable ByteBuffer data, boolean intact) {
      sent.addLast(
          new Sent(new BasicHeader().copyOf(pdu), data == null ? ByteBuffer.allocate(0) : data));
      return true;
    }

    @Override
    public void broken(DecodeFault fault) {
      throw new AssertionError("the session sent garbage: " + fault);
    }
  }
}
