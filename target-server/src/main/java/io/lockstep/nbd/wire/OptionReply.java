package io.lockstep.nbd.wire;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;

/// An answer to an option (proto.md, "Option reply types"):
///
/// ```
/// magic (8) | option (4) | reply type (4) | length (4) | data
/// ```
///
/// An option can have several answers; the last of them is ACK or an error.
public sealed interface OptionReply {
  /// What comes before the data.
  int HEADER_BYTES = 20;

  /// The option is accepted, or its list has ended.
  record Ack() implements OptionReply {}

  /// An export, in a list.
  ///
  /// @param description for people; empty for none
  record Server(String name, String description) implements OptionReply {}

  /// `NBD_INFO_EXPORT`: the size of an export, and its transmission flags.
  record InfoExport(long sizeBytes, int transmissionFlags) implements OptionReply {}

  /// `NBD_INFO_NAME`.
  record InfoName(String name) implements OptionReply {}

  /// `NBD_INFO_DESCRIPTION`.
  record InfoDescription(String description) implements OptionReply {}

  /// `NBD_INFO_BLOCK_SIZE`.
  record InfoBlockSize(BlockSizes sizes) implements OptionReply {}

  /// A meta context.
  ///
  /// @param id what BLOCK_STATUS calls it; 0 in a list
  record MetaContext(int id, String name) implements OptionReply {}

  /// The option is refused.
  ///
  /// @param message for people; empty for none
  record Refused(OptionError error, String message) implements OptionReply {}

  /// The numbers of the answers that are no errors.
  int ACK = 1;
  int SERVER = 2;
  int INFO = 3;
  int META_CONTEXT = 4;

  /// Its bytes, from position to limit.
  ///
  /// @param optionCode which option it answers
  default ByteBuffer bytes(int optionCode) {
    ByteBuffer bytes =
        switch (this) {
          case Ack() -> begin(optionCode, ACK, 0);
          case Server(String name, String description) -> {
            byte[] first = Text.bytes(name, WireLimits.STRING_BYTES_MAX);
            byte[] second = Text.bytes(description, WireLimits.STRING_BYTES_MAX);
            yield begin(optionCode, SERVER, Integer.BYTES + first.length + second.length)
                .putInt(first.length)
                .put(first)
                .put(second);
          }
          case InfoExport(long sizeBytes, int flags) ->
              info(optionCode, InfoType.EXPORT, Long.BYTES + Short.BYTES)
                  .putLong(sizeBytes)
                  .putShort((short) flags);
          case InfoName(String name) -> info(optionCode, InfoType.NAME, name);
          case InfoDescription(String description) ->
              info(optionCode, InfoType.DESCRIPTION, description);
          case InfoBlockSize(BlockSizes sizes) ->
              info(optionCode, InfoType.BLOCK_SIZE, 3 * Integer.BYTES)
                  .putInt(sizes.minimum())
                  .putInt(sizes.preferred())
                  .putInt(sizes.maximum());
          case MetaContext(int id, String name) -> {
            byte[] text = Text.bytes(name, WireLimits.STRING_BYTES_MAX);
            yield begin(optionCode, META_CONTEXT, Integer.BYTES + text.length).putInt(id).put(text);
          }
          case Refused(OptionError error, String message) -> {
            byte[] text = Text.bytes(message, WireLimits.MESSAGE_BYTES_MAX);
            yield begin(optionCode, error.code(), text.length).put(text);
          }
        };
    return bytes.flip();
  }

  private static ByteBuffer info(int optionCode, InfoType type, String text) {
    byte[] bytes = Text.bytes(text, WireLimits.STRING_BYTES_MAX);
    return info(optionCode, type, bytes.length).put(bytes);
  }

  private static ByteBuffer info(int optionCode, InfoType type, int length) {
    return begin(optionCode, INFO, Short.BYTES + length).putShort((short) type.code());
  }

  private static ByteBuffer begin(int optionCode, int type, int length) {
    Check.that(length >= 0, "a length", length, 0);
    return ByteBuffer.allocate(HEADER_BYTES + length)
        .putLong(Magic.OPTION_REPLY)
        .putInt(optionCode)
        .putInt(type)
        .putInt(length);
  }
}
