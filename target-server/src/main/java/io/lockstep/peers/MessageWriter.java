package io.lockstep.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Messages as bytes. Numbers are big endian.
///
/// ```
///  0   4  LSTC
///  4   2  protocol version
///  6   1  type
///  7   1  reserved, zero
///  8   4  length of the body
/// 12   4  checksum of the body
/// 16   4  reserved, zero
/// 20   4  checksum of bytes 0 to 19
/// 24      body
/// ```
///
/// A *text* in a body is a length of 2 bytes and UTF-8. Bodies:
///
/// - GREETING: versions 4 + 4, features 8, pair 16, node id 1, address 1, names of node, pair and
///   release as texts;
/// - REFUSE, GOODBYE: the reason as a text; BEAT: its number 8;
/// - REQUEST, REPLY: id 8, then JSON; REPORT: JSON.
public final class MessageWriter {
  static final int MAGIC = 0x4C53_5443;
  static final int AT_VERSION = 4;
  static final int AT_TYPE = 6;
  static final int AT_RESERVED = 7;
  static final int AT_LENGTH = 8;
  static final int AT_BODY_CRC = 12;
  static final int AT_RESERVED_TOO = 16;
  static final int AT_CRC = 20;

  private MessageWriter() {}

  /// The whole message.
  public static byte[] encode(Message message) {
    return switch (message) {
      case Message.Greeting greeting -> whole(MessageType.GREETING, body(greeting));
      case Message.Refuse(String reason) -> whole(MessageType.REFUSE, reason(reason));
      case Message.Goodbye(String reason) -> whole(MessageType.GOODBYE, reason(reason));
      case Message.Beat(long number) -> whole(MessageType.BEAT, numbered(number, new byte[0]));
      case Message.Request(long id, byte[] body) -> whole(MessageType.REQUEST, numbered(id, body));
      case Message.Reply(long id, byte[] body) -> whole(MessageType.REPLY, numbered(id, body));
      case Message.Report(byte[] body) -> whole(MessageType.REPORT, body);
    };
  }

  private static byte[] whole(MessageType type, byte[] body) {
    Check.that(body.length <= type.bytesMax(), "a body's length", body.length, type.bytesMax());
    ByteBuffer out = ByteBuffer.allocate(PeerLimits.HEADER_BYTES + body.length);
    out.putInt(MAGIC).putShort((short) PeerLimits.VERSION).put((byte) type.code());
    out.putInt(AT_LENGTH, body.length).putInt(AT_BODY_CRC, crc(body, body.length));
    out.putInt(AT_CRC, crc(out.array(), AT_CRC)).put(PeerLimits.HEADER_BYTES, body);
    return out.array();
  }

  static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static byte[] body(Message.Greeting greeting) {
    ByteBuffer out = ByteBuffer.allocate(PeerLimits.GREETING_BYTES_MAX);
    out.putInt(greeting.versionMin()).putInt(greeting.versionMax()).putLong(greeting.features());
    PeerIdentity sender = greeting.sender();
    out.putLong(sender.pairId().getMostSignificantBits());
    out.putLong(sender.pairId().getLeastSignificantBits());
    out.put((byte) sender.nodeId()).put((byte) greeting.address());
    text(sender.nodeName(), PeerLimits.NAME_BYTES_MAX, out);
    text(sender.pairName(), PeerLimits.NAME_BYTES_MAX, out);
    text(sender.release(), PeerLimits.NAME_BYTES_MAX, out);
    return written(out);
  }

  private static byte[] reason(String reason) {
    ByteBuffer out = ByteBuffer.allocate(Short.BYTES + PeerLimits.REASON_BYTES_MAX);
    text(reason, PeerLimits.REASON_BYTES_MAX, out);
    return written(out);
  }

  private static byte[] numbered(long number, byte[] rest) {
    return ByteBuffer.allocate(Long.BYTES + rest.length).putLong(number).put(rest).array();
  }

  private static byte[] written(ByteBuffer out) {
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }

  private static void text(String text, int bytesMax, ByteBuffer out) {
    byte[] bytes = text.getBytes(UTF_8);
    int length = Math.min(bytes.length, bytesMax);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
      length--; // Never half a character.
    }
    out.putShort((short) length).put(bytes, 0, length);
  }
}
