package io.lockstep.peers;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes messages of the bytes of one line, however they are cut. The first thing that does not add
/// up ends it: nothing behind it can be trusted. Until [#trust] the longest body is that of a
/// greeting, so that a stranger costs no memory. Belongs to the line's loop.
public final class MessageReader {
  private final ByteBuffer header = ByteBuffer.allocate(PeerLimits.HEADER_BYTES);
  private @Nullable MessageType type;
  private ByteBuffer body = ByteBuffer.allocate(0);
  private boolean trusted;
  private boolean closed;
  private String fault = "";

  /// A body that does not say what its type promises.
  private static final class BadBodyException extends Exception {
    private static final long serialVersionUID = 1;

    BadBodyException(String fault) {
      super(fault);
    }
  }

  /// The other side is known: longer messages may come.
  public void trust() {
    trusted = true;
  }

  /// Nothing more is taken.
  public void close() {
    closed = true;
  }

  /// Takes all of `in`.
  ///
  /// @param sink gets every whole message
  /// @return why the line has to end, if it has to
  public Optional<String> feed(ByteBuffer in, Consumer<Message> sink) {
    while (!closed && fault.isEmpty() && in.hasRemaining()) {
      if (type == null) {
        move(in, header);
        if (!header.hasRemaining()) {
          begin();
        }
      } else {
        move(in, body);
      }
      MessageType whole = type;
      if (whole != null && !body.hasRemaining()) {
        deliver(whole, sink);
      }
    }
    in.position(in.limit());
    return fault.isEmpty() ? Optional.empty() : Optional.of(fault);
  }

  private static void move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    to.put(to.position(), from, from.position(), count);
    from.position(from.position() + count);
    to.position(to.position() + count);
  }

  private void begin() {
    fault = headerFault();
    if (fault.isEmpty()) {
      type = MessageType.fromCode(Byte.toUnsignedInt(header.get(MessageWriter.AT_TYPE)));
      body = ByteBuffer.allocate(header.getInt(MessageWriter.AT_LENGTH));
    }
  }

  private String headerFault() {
    int version = Short.toUnsignedInt(header.getShort(MessageWriter.AT_VERSION));
    int length = header.getInt(MessageWriter.AT_LENGTH);
    int code = Byte.toUnsignedInt(header.get(MessageWriter.AT_TYPE));
    MessageType found = MessageType.fromCode(code);
    if (header.getInt(0) != MessageWriter.MAGIC) {
      return "it does not begin as a message of the control connection";
    }
    if (version != PeerLimits.VERSION) {
      return "a message of version " + version;
    }
    if (header.getInt(MessageWriter.AT_CRC)
        != MessageWriter.crc(header.array(), MessageWriter.AT_CRC)) {
      return "the checksum of a header is wrong";
    }
    if (header.get(MessageWriter.AT_RESERVED) != 0
        || header.getInt(MessageWriter.AT_RESERVED_TOO) != 0) {
      return "reserved bytes of a header are not zero";
    }
    if (found == null) {
      return "a message of unknown type " + code;
    }
    int lengthMax =
        trusted ? found.bytesMax() : Math.min(found.bytesMax(), PeerLimits.GREETING_BYTES_MAX);
    return length < 0 || length > lengthMax ? "a %s of %d bytes".formatted(found, length) : "";
  }

  private void deliver(MessageType whole, Consumer<Message> sink) {
    byte[] bytes = body.array();
    if (header.getInt(MessageWriter.AT_BODY_CRC) != MessageWriter.crc(bytes, bytes.length)) {
      fault = "the checksum of a body is wrong";
      return;
    }
    Message message;
    try {
      message = message(whole, body.flip());
    } catch (BadBodyException e) {
      fault = "a %s is wrong: %s".formatted(whole, e.getMessage());
      return;
    }
    type = null;
    header.clear();
    body = ByteBuffer.allocate(0);
    sink.accept(message);
  }

  private static Message message(MessageType type, ByteBuffer in) throws BadBodyException {
    Message message =
        switch (type) {
          case GREETING -> greeting(in);
          case REFUSE -> new Message.Refuse(text(in, PeerLimits.REASON_BYTES_MAX));
          case GOODBYE -> new Message.Goodbye(text(in, PeerLimits.REASON_BYTES_MAX));
          case BEAT -> new Message.Beat(number(in));
          case REQUEST -> new Message.Request(number(in), rest(in));
          case REPLY -> new Message.Reply(number(in), rest(in));
          case REPORT -> new Message.Report(rest(in));
        };
    if (in.hasRemaining()) {
      throw new BadBodyException(in.remaining() + " bytes too many");
    }
    return message;
  }

  private static Message.Greeting greeting(ByteBuffer in) throws BadBodyException {
    needs(in, 2 * Integer.BYTES + 3 * Long.BYTES + 2);
    int versionMin = in.getInt();
    int versionMax = in.getInt();
    long features = in.getLong();
    UUID pairId = new UUID(in.getLong(), in.getLong());
    int nodeId = Byte.toUnsignedInt(in.get());
    int address = Byte.toUnsignedInt(in.get());
    if (versionMin < 1 || versionMax < versionMin) {
      throw new BadBodyException("versions %d to %d".formatted(versionMin, versionMax));
    }
    if (nodeId > 1) {
      throw new BadBodyException("node id " + nodeId);
    }
    if (address >= PeerLimits.ADDRESSES_MAX) {
      throw new BadBodyException("address " + address);
    }
    var sender =
        new PeerIdentity(
            pairId,
            nodeId,
            text(in, PeerLimits.NAME_BYTES_MAX),
            text(in, PeerLimits.NAME_BYTES_MAX),
            text(in, PeerLimits.NAME_BYTES_MAX));
    return new Message.Greeting(versionMin, versionMax, features, sender, address);
  }

  private static long number(ByteBuffer in) throws BadBodyException {
    needs(in, Long.BYTES);
    return in.getLong();
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] bytes = new byte[in.remaining()];
    in.get(bytes);
    return bytes;
  }

  private static String text(ByteBuffer in, int bytesMax) throws BadBodyException {
    needs(in, Short.BYTES);
    int length = Short.toUnsignedInt(in.getShort());
    if (length > bytesMax) {
      throw new BadBodyException("a text of %d bytes".formatted(length));
    }
    needs(in, length);
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new BadBodyException("a text that is not UTF-8");
    }
  }

  private static void needs(ByteBuffer in, int bytes) throws BadBodyException {
    Check.that(bytes >= 0, "a length", bytes, 0);
    if (in.remaining() < bytes) {
      throw new BadBodyException("it ends too early");
    }
  }
}
