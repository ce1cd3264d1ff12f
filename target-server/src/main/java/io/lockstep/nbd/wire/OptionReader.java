package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/// The data of an option, read completely or not at all: what is wrong becomes
/// [Option.Malformed].
///
/// ```
/// INFO, GO                  name length (4) | name | count (2) | count times: what (2)
/// LIST and SET_META_CONTEXT name length (4) | name | count (4) | count times: length (4) | query
/// EXPORT_NAME               name
/// ```
final class OptionReader {
  private static final String WITHOUT_DATA = "this option has no data";

  private final int code;
  private final ByteBuffer data;

  /// A string or a count that is not what it says.
  private static final class BadDataException extends Exception {
    private static final long serialVersionUID = 1L;

    private BadDataException(String why) {
      super(why, null, false, false);
    }

    /// A sentence for the client.
    private String why() {
      return String.valueOf(getMessage());
    }
  }

  private OptionReader(int code, ByteBuffer data) {
    this.code = code;
    this.data = data;
  }

  /// @param data all of it, at most [WireLimits#OPTION_BYTES_MAX]
  static Option read(int code, ByteBuffer data) {
    OptionType type = OptionType.of(code);
    if (type == null) {
      return new Option.Unknown(code);
    }
    try {
      return new OptionReader(code, data).read(type);
    } catch (BadDataException bad) {
      return new Option.Malformed(code, bad.why());
    }
  }

  private Option read(OptionType type) throws BadDataException {
    return switch (type) {
      case EXPORT_NAME -> new Option.ExportName(string(data.remaining()));
      // A client may say why it goes.
      case ABORT -> new Option.Abort();
      case LIST -> withoutData(new Option.ListExports());
      case STARTTLS -> withoutData(new Option.StartTls());
      case STRUCTURED_REPLY -> withoutData(new Option.StructuredReply());
      case INFO -> asked(Option.Info::new);
      case GO -> asked(Option.Go::new);
      case LIST_META_CONTEXT -> queries(Option.ListMetaContext::new);
      case SET_META_CONTEXT -> queries(Option.SetMetaContext::new);
    };
  }

  private Option withoutData(Option option) {
    return data.hasRemaining() ? new Option.Malformed(code, WITHOUT_DATA) : option;
  }

  private Option asked(BiFunction<String, Set<InfoType>, Option> made) throws BadDataException {
    String name = string(number());
    need(Short.BYTES);
    int count = data.getShort() & 0xffff;
    need((long) count * Short.BYTES);
    Set<InfoType> wanted = EnumSet.noneOf(InfoType.class);
    for (int index = 0; index < count; index++) {
      InfoType type = InfoType.of(data.getShort() & 0xffff);
      if (type != null) {
        wanted.add(type);
      }
    }
    return atEnd(made.apply(name, wanted));
  }

  private Option queries(BiFunction<String, List<String>, Option> made) throws BadDataException {
    String name = string(number());
    long count = number();
    if (count > WireLimits.QUERIES_MAX) {
      throw new BadDataException(
          "more than %d queries in one option".formatted(WireLimits.QUERIES_MAX));
    }
    List<String> queries = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      queries.add(string(number()));
    }
    return atEnd(made.apply(name, queries));
  }

  private Option atEnd(Option option) throws BadDataException {
    if (data.hasRemaining()) {
      throw new BadDataException("%d bytes too many".formatted(data.remaining()));
    }
    return option;
  }

  private long number() throws BadDataException {
    need(Integer.BYTES);
    return data.getInt() & 0xffff_ffffL;
  }

  private String string(long length) throws BadDataException {
    if (length > WireLimits.STRING_BYTES_MAX) {
      throw new BadDataException(
          "a string is longer than %d bytes".formatted(WireLimits.STRING_BYTES_MAX));
    }
    need(length);
    ByteBuffer bytes = data.slice(data.position(), (int) length);
    data.position(data.position() + (int) length);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      if (text.indexOf('\0') >= 0) {
        throw new BadDataException("a string has a NUL in it");
      }
      return text;
    } catch (CharacterCodingException notText) {
      throw new BadDataException("a string is not UTF-8");
    }
  }

  private void need(long bytes) throws BadDataException {
    if (bytes > data.remaining()) {
      throw new BadDataException("the data end too early");
    }
  }
}
