package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.pdu.DataIn;
import io.lockstep.iscsi.pdu.InitiatorPdu;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.pdu.ScsiResponse;
import io.lockstep.iscsi.pdu.TargetPdu;
import io.lockstep.iscsi.portal.FirstMinute.Exchange;
import io.lockstep.iscsi.portal.FirstMinute.Heard;
import io.lockstep.iscsi.portal.FirstMinute.Part;
import io.lockstep.iscsi.portal.FirstMinute.Sent;
import io.lockstep.iscsi.portal.TestInitiator.Received;
import io.lockstep.scsi.Golden;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Says to a portal what a [FirstMinute] says, and tells where the answers are others than that
/// file's. One thing is under way at a time, so every answer belongs to what was sent last.
final class FirstMinuteReplay implements AutoCloseable {
  private static final long ISID = 0x0002_3d00_0001L;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final PortalBench bench;
  private final UnaryOperator<String> names;
  private @Nullable TestInitiator initiator;
  private int tag;

  /// Of the whole login, whatever number of requests it takes (RFC 7143 11.12.9).
  private int loginTag;

  FirstMinuteReplay(PortalBench bench) {
    this.bench = bench;
    this.names =
        text ->
            text.replace("@target", PortalBench.IQN)
                .replace("@portal", "127.0.0.1:" + bench.port());
  }

  /// Everything that came back otherwise: a line each, with its place in the file.
  List<String> differences(FirstMinute script) {
    List<String> differences = new ArrayList<>();
    for (Exchange exchange : script.exchanges()) {
      tag++;
      for (String one : differences(exchange)) {
        differences.add("line " + exchange.line() + ", " + exchange.sent() + ": " + one);
      }
    }
    return differences;
  }

  private List<String> differences(Exchange exchange) {
    Heard wanted = exchange.heard();
    return switch (exchange.sent()) {
      case Sent.Connect _ -> {
        close();
        initiator = new TestInitiator(bench.port());
        loginTag = tag;
        yield List.of();
      }
      case Sent.Login login -> compare(wanted, login(login));
      case Sent.Text text -> compare(wanted, text(text));
      case Sent.Scsi scsi -> scsi(wanted, scsi);
      case Sent.Ping _ -> compare(wanted, ping());
      case Sent.Logout _ -> compare(wanted, logout());
    };
  }

  /// What came back of something that has no data.
  private record Answer(String status, Map<String, String> keys) {}

  private List<String> compare(Heard wanted, Answer answer) {
    Map<String, String> keys = new LinkedHashMap<>();
    wanted.keys().forEach((key, value) -> keys.put(key, names.apply(value)));
    List<String> differences = new ArrayList<>();
    if (!answer.status().equals(wanted.status())) {
      differences.add("wanted " + wanted.status() + ", came " + answer.status());
    }
    if (!answer.keys().equals(keys)) {
      differences.add("wanted " + keys + ", came " + answer.keys());
    }
    return differences;
  }

  // --- without data ---

  private Answer login(Sent.Login login) {
    ByteBuffer data = bytes(login.keys());
    boolean transit = login.stage() != login.next();
    connected()
        .send(
            new InitiatorPdu.LoginRequest(
                transit, false, login.stage(), login.next(), 0, 0, ISID, 0, loginTag, 0, data),
            true,
            data);
    Received received = connected().receive();
    var response = TargetPdu.LoginResponse.read(received.header(), received.data());
    Map<String, String> keys = keys(response.data());
    if (response.transit() && response.nextStage() == 3) {
      connected().digests(isOn(keys, "HeaderDigest"), isOn(keys, "DataDigest"));
    }
    return new Answer("%04X".formatted(response.status()), keys);
  }

  private static boolean isOn(Map<String, String> keys, String digest) {
    return keys.getOrDefault(digest, "None").equals("CRC32C");
  }

  private Answer text(Sent.Text text) {
    ByteBuffer data = bytes(text.keys());
    connected().send(new InitiatorPdu.TextRequest(true, false, 0, tag, -1, data), true, data);
    return new Answer("", keys(received(Opcode.TEXT_RESPONSE).data()));
  }

  private Answer ping() {
    connected().send(new InitiatorPdu.NopOut(0, tag, -1, NOTHING), true, NOTHING);
    received(Opcode.NOP_IN);
    return new Answer("pong", Map.of());
  }

  private Answer logout() {
    connected().send(new InitiatorPdu.LogoutRequest(0, tag, 0), true, NOTHING);
    Received received = received(Opcode.LOGOUT_RESPONSE);
    return new Answer(String.valueOf(received.header().toBuffer().get(2)), Map.of());
  }

  private Received received(Opcode opcode) {
    Received received = connected().receive();
    if (received.opcode() != opcode) {
      throw new AssertionError("wanted " + opcode + ", came " + received.opcode());
    }
    return received;
  }

  private ByteBuffer bytes(Map<String, String> keys) {
    StringBuilder text = new StringBuilder();
    keys.forEach((key, value) -> KeyText.append(text, key, names.apply(value)));
    return KeyText.bytes(text);
  }

  private static Map<String, String> keys(ByteBuffer data) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (KeyText.Pair pair : KeyText.parse(data).orElseThrow()) {
      keys.put(pair.key(), pair.value());
    }
    return keys;
  }

  // --- commands ---

  private List<String> scsi(Heard wanted, Sent.Scsi scsi) {
    ByteBuffer out = ByteBuffer.wrap(Golden.bytes(scsi.dataHex()));
    ScsiCommand command = new ScsiCommand();
    command.isFinal = true;
    command.reads = scsi.reads() > 0;
    command.writes = out.hasRemaining();
    command.attribute = 1;
    command.initiatorTaskTag = tag;
    command.expectedDataTransferLength = command.writes ? out.remaining() : scsi.reads();
    ByteBuffer.wrap(command.cdb).put(Golden.bytes(scsi.cdbHex()));
    connected().send(command, false, out);

    ByteArrayOutputStream read = new ByteArrayOutputStream();
    Optional<String> status = Optional.empty();
    while (status.isEmpty()) {
      status = takeIn(connected().receive(), read);
    }
    return compare(wanted, status.get(), read.toByteArray());
  }

  /// Takes in one PDU of an answer.
  ///
  /// @return the status, once it is there
  private static Optional<String> takeIn(Received received, ByteArrayOutputStream read) {
    if (received.opcode() == Opcode.DATA_IN) {
      DataIn in = new DataIn();
      in.read(received.header());
      Check.that(in.bufferOffset == read.size(), "data comes in order");
      byte[] piece = new byte[received.data().remaining()];
      received.data().get(piece);
      read.writeBytes(piece);
      Check.that(!in.hasStatus || in.status == 0, "a bad status comes in a response");
      return in.hasStatus ? Optional.of("GOOD") : Optional.empty();
    }
    Check.that(received.opcode() == Opcode.SCSI_RESPONSE, "this ends a command");
    ScsiResponse response = new ScsiResponse();
    response.read(received.header());
    return Optional.of(
        switch (response.status) {
          case 0 -> "GOOD";
          case 2 -> received.sense().replaceAll("(..)(?!$)", "$1/");
          default -> "status " + response.status;
        });
  }

  private static List<String> compare(Heard wanted, String status, byte[] read) {
    List<String> differences = new ArrayList<>();
    if (!status.equals(wanted.status())) {
      differences.add("wanted " + wanted.status() + ", came " + status);
    }
    if (wanted.byteCount() >= 0 && wanted.byteCount() != read.length) {
      differences.add("wanted " + wanted.byteCount() + " bytes, came " + read.length);
    }
    String all = Golden.hex(read);
    for (Part part : wanted.parts()) {
      int from = Math.min(2 * part.offset(), all.length());
      String there = all.substring(from, Math.min(from + part.hex().length(), all.length()));
      if (!there.equals(part.hex())) {
        differences.add("at " + part.offset() + " wanted " + part.hex() + ", came " + there);
      }
    }
    return differences;
  }

  private TestInitiator connected() {
    return Check.present(initiator, "a connection");
  }

  @Override
  public void close() {
    if (initiator != null) {
      initiator.close();
    }
  }
}
