package io.lockstep.control.api;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The one way these records become JSON and back. Fields appear in the order of the components,
/// null included, so that scripts always find every name. Thread-safe.
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private static final JsonMapper PRETTY =
      MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /// What is wrong with a text that should have been a message.
  public static final class BadJsonException extends Exception {
    private static final long serialVersionUID = 1;

    BadJsonException(String message, @Nullable JacksonException cause) {
      super(message, cause);
    }
  }

  public static byte[] bytes(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  public static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// With line breaks and indentation, for people who look at `-o json`.
  public static String pretty(Object value) {
    return PRETTY.writeValueAsString(value);
  }

  /// An answer: fields that are not known are from a newer release and are skipped.
  public static <T> T read(byte[] text, Class<T> type) throws BadJsonException {
    return read(MAPPER.readerFor(type), text, type);
  }

  /// A request: a field that is not known is a mistake of the caller and is refused.
  public static <T> T readStrictly(byte[] text, Class<T> type) throws BadJsonException {
    ObjectReader strict =
        MAPPER.readerFor(type).with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    return read(strict, text, type);
  }

  private static <T> T read(ObjectReader reader, byte[] text, Class<T> type)
      throws BadJsonException {
    try {
      Object value = reader.readValue(text);
      if (value == null) {
        throw new BadJsonException("null where a message belongs", null);
      }
      return type.cast(value);
    } catch (JacksonException e) {
      throw new BadJsonException(e.getOriginalMessage(), e);
    }
  }
}
