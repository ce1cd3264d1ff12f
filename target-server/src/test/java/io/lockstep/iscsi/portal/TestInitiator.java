package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DecodeFault;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.Pdu;
import io.lockstep.iscsi.pdu.PduDecoder;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.pdu.PduLimits;
import io.lockstep.iscsi.pdu.PduSink;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An initiator on a plain blocking socket, as well- or ill-behaved as a test wants it.
public final class TestInitiator implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final PduLimits LIMITS = new PduLimits(1 << 20, 0);

  /// A PDU from the target.
  public record Received(BasicHeader header, ByteBuffer data) {
    public Opcode opcode() {
      Opcode opcode = header.opcode();
      if (opcode == null) {
        throw new AssertionError("no such opcode");
      }
      return opcode;
    }

    /// Sense key, ASC and ASCQ of a SCSI Response with fixed-format sense data; empty if it has
    /// none.
    public String sense() {
      if (data.remaining() < 16) {
        return "";
      }
      byte[] three = {data.get(2 + 2), data.get(2 + 12), data.get(2 + 13)};
      return HexFormat.of().withUpperCase().formatHex(three);
    }
  }

  private final Socket socket;
  private final PduEncoder encoder = new PduEncoder();
  private final BasicHeader header = new BasicHeader();
  private final ArrayDeque<Received> arrived = new ArrayDeque<>();
  private final PduDecoder decoder = new PduDecoder(new Collector());
  private final byte[] piece = new byte[64 << 10];
  int nextCmdSn = 1;

  public TestInitiator(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    decoder.configure(LIMITS, false, false);
  }

  /// Logs in with one request.
  public LoginResponse login(String initiatorName, long isid, String iqn) {
    return login(
        isid,
        "InitiatorName="
            + initiatorName
            + "\0TargetName="
            + iqn
            + "\0MaxRecvDataSegmentLength=65536\0InitialR2T=No\0");
  }

  /// Header and data digests in both directions, from the next PDU on.
  void digests(boolean header, boolean data) {
    encoder.configure(header, data);
    decoder.configure(LIMITS, header, data);
  }

  /// Begins a discovery session.
  LoginResponse discover(String initiatorName) {
    return login(1, "InitiatorName=" + initiatorName + "\0SessionType=Discovery\0");
  }

  /// The targets that a portal names, in a discovery session.
  public List<String> targets(String initiatorName) {
    int status = discover(initiatorName).status();
    if (status != 0) {
      throw new AssertionError("the discovery session is refused: %04x".formatted(status));
    }
    ByteBuffer all = KeyText.bytes("SendTargets=All\0");
    send(new TextRequest(true, false, 0, 1, BasicHeader.NO_TAG, all), true, all);
    return StandardCharsets.UTF_8
        .decode(receive().data())
        .toString()
        .transform(text -> Stream.of(text.split("\0", -1)))
        .filter(pair -> pair.startsWith("TargetName="))
        .map(pair -> pair.substring("TargetName=".length()))
        .toList();
  }

  private LoginResponse login(long isid, String text) {
    ByteBuffer data = KeyText.bytes(text);
    send(new LoginRequest(true, false, 1, 3, 0, 0, isid, 0, 0, 0, data), true, data);
    Received answer = receive();
    return LoginResponse.read(answer.header(), answer.data());
  }

  void send(Pdu pdu, boolean immediate, ByteBuffer data) {
    pdu.writeTo(header);
    header.immediate(immediate).initiatorNumbers(immediate ? nextCmdSn : nextCmdSn++, 0);
    ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
    encoder.put(header, data, bytes);
    sendBytes(bytes.array(), bytes.position());
  }

  void sendBytes(byte[] bytes, int length) {
    try {
      socket.getOutputStream().write(bytes, 0, length);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// A command of ten bytes that reads up to `bytes`; what answers it, Data-In with status or not.
  public Received ask(int tag, String cdbHex, int bytes) {
    ScsiCommand command = new ScsiCommand();
    command.isFinal = true;
    command.reads = bytes > 0;
    command.initiatorTaskTag = tag;
    command.expectedDataTransferLength = bytes;
    ByteBuffer.wrap(command.cdb).put(HexFormat.of().parseHex(cdbHex));
    send(command, false, NONE);
    return receive();
  }

  /// READ(10) or WRITE(10).
  void command(int tag, boolean writes, int lba, int blocks, ByteBuffer data) {
    ScsiCommand command = new ScsiCommand();
    command.isFinal = true;
    command.reads = !writes;
    command.writes = writes;
    command.attribute = 1;
    command.initiatorTaskTag = tag;
    command.expectedDataTransferLength = blocks * 512L;
    ByteBuffer.wrap(command.cdb)
        .put(0, (byte) (writes ? 0x2a : 0x28))
        .putInt(2, lba)
        .putShort(7, (short) blocks);
    send(command, false, data);
  }

  void read(int tag, int lba, int blocks) {
    command(tag, false, lba, blocks, NONE);
  }

  /// TEST UNIT READY until the unit attentions of a fresh session are through.
  void testUnitReady() {
    for (int status = 2, tag = 1000; status != 0; tag++) {
      ScsiCommand command = new ScsiCommand();
      command.isFinal = true;
      command.initiatorTaskTag = tag;
      send(command, false, NONE);
      Received answer = receive();
      status = answer.header().toBuffer().get(3);
    }
  }

  /// The next PDU; dies if the target closes the connection first, or keeps silent.
  public Received receive() {
    while (arrived.isEmpty()) {
      if (!readMore()) {
        throw new AssertionError("the target closed the connection");
      }
    }
    return arrived.removeFirst();
  }

  /// Reads PDUs until the target closes the connection.
  public void awaitClose() {
    while (readMore()) {
      arrived.clear();
    }
  }

  private boolean readMore() {
    try {
      int length = socket.getInputStream().read(piece);
      if (length > 0) {
        decoder.feed(ByteBuffer.wrap(piece, 0, length));
      }
      return length > 0;
    } catch (java.net.SocketTimeoutException silent) {
      throw new AssertionError("the target keeps silent", silent);
    } catch (IOException reset) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private final class Collector implements PduSink {
    @Override
    public ByteBuffer dataTarget(BasicHeader pdu, AdditionalHeaders additional) {
      return ByteBuffer.allocate(pdu.dataSegmentLength());
    }

    @Override
    public boolean received(
        BasicHeader pdu, AdditionalHeaders additional, @Nullable ByteBuffer data, boolean intact) {
      arrived.addLast(new Received(new BasicHeader().copyOf(pdu), data == null ? NONE : data));
      return true;
    }

    @Override
    public void broken(DecodeFault fault) {
      throw new AssertionError("the target sent garbage: " + fault);
    }
  }
}
