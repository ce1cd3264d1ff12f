package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.type.LogicalType;

/// The one way these records become JSON and back. Fields appear in the order of the components,
/// null included, so that scripts always find every name. Thread-safe.
///
/// **What comes in is outside input**, and is checked here, once and completely: JSON that is none,
/// keys that are there twice, values of another type (`1.5` or `"1"` for a whole number too) and,
/// after binding, all that [BoundCheck] knows. Who says it decides what is forgiven:
///
/// - [#readRequest], a person's program: what is unknown is refused, and what is missing unless it
///   is `@Nullable`.
/// - [#read], a partner of an older or newer release: unknown fields are skipped; lists that are
///   missing or null are empty, numbers 0, flags false; the rest must be there unless `@Nullable`.
/// - [#readStored], this program, to a disk: unknown fields are skipped, missing ones refused.
public final class Json {
  private static final int MESSAGE_LENGTH_MAX = 300;

  private static final JsonMapper PLAIN = strict(JsonMapper.builder()).build();

  private static final JsonMapper STORED =
      PLAIN.rebuild().enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES).build();

  private static final JsonMapper REQUEST =
      PLAIN.rebuild().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final JsonMapper PARTNER =
      PLAIN
          .rebuild()
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .withConfigOverride(
              List.class,
              list -> list.setNullHandling(JsonSetter.Value.forValueNulls(Nulls.AS_EMPTY)))
          .build();

  private static final TypeReference<Map<String, @Nullable Object>> FIELDS =
      new TypeReference<>() {};

  private static final JsonMapper PRETTY =
      PLAIN.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /// What is checked of every text, whatever its format.
  static <M extends ObjectMapper, B extends MapperBuilder<M, B>> B strict(B builder) {
    return builder
        .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .withCoercionConfig(
            LogicalType.Textual,
            text ->
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
  }

  /// What is wrong with a text that should have been a message: a clause that names the field,
  /// printable and short, whatever the text held.
  public static final class BadJsonException extends Exception {
    private static final long serialVersionUID = 1;

    public BadJsonException(String message) {
      super(printable(message));
    }

    BadJsonException(String message, RuntimeException cause) {
      super(printable(message), cause);
    }
  }

  public static byte[] bytes(Object value) {
    return PLAIN.writeValueAsBytes(value);
  }

  public static String text(Object value) {
    return PLAIN.writeValueAsString(value);
  }

  /// With line breaks and indentation, for people who look at `-o json`.
  public static String pretty(Object value) {
    return PRETTY.writeValueAsString(value);
  }

  /// The fields of a message as JSON has them, in their order, without those that are null.
  public static Map<String, Object> fields(Object message) {
    return present(PLAIN.convertValue(message, FIELDS));
  }

  /// The fields of a JSON object, whatever they are called.
  public static Map<String, Object> fields(byte[] text) throws BadJsonException {
    try {
      @Nullable Map<String, @Nullable Object> fields = PLAIN.readValue(text, FIELDS);
      return fields == null ? Map.of() : present(fields);
    } catch (JacksonException e) {
      throw new BadJsonException(reason(e), e);
    } catch (RuntimeException e) {
      throw new BadJsonException("it cannot be read: " + e, e);
    }
  }

  private static Map<String, Object> present(Map<String, @Nullable Object> fields) {
    var present = new LinkedHashMap<String, Object>();
    fields.forEach(
        (name, value) -> {
          if (value != null) {
            present.put(name, value);
          }
        });
    return present;
  }

  /// What a partner says, which may be of an older or a newer release: a daemon's answer, the other
  /// node's report.
  public static <T> T read(byte[] text, Class<T> type) throws BadJsonException {
    return read(PARTNER, text, type);
  }

  /// A request: what is not known is a mistake of the caller.
  public static <T> T readRequest(byte[] text, Class<T> type) throws BadJsonException {
    return read(REQUEST, text, type);
  }

  /// What this program wrote to a disk, and what may have become of it: nothing is made up for
  /// what is missing.
  public static <T> T readStored(byte[] text, Class<T> type) throws BadJsonException {
    return read(STORED, text, type);
  }

  /// The same of a form to which fields were added: text without them has these values.
  public static <T> T readStored(byte[] text, Class<T> type, Map<String, Boolean> added)
      throws BadJsonException {
    byte[] whole = text;
    try {
      if (STORED.readTree(text) instanceof ObjectNode object) {
        added.forEach(
            (name, value) -> {
              if (!object.has(name)) {
                object.put(name, value);
              }
            });
        whole = STORED.writeValueAsBytes(object);
      }
    } catch (JacksonException e) {
      throw new BadJsonException(reason(e), e);
    }
    return readStored(whole, type);
  }

  private static <T> T read(JsonMapper mapper, byte[] text, Class<T> type) throws BadJsonException {
    @Nullable Object value;
    try {
      value = mapper.readValue(text, type);
    } catch (JacksonException e) {
      throw new BadJsonException(reason(e), e);
    } catch (RuntimeException e) {
      throw new BadJsonException("it cannot be read: " + e, e);
    }
    if (value == null) {
      throw new BadJsonException("null where a message belongs");
    }
    Optional<String> fault = BoundCheck.fault(value);
    if (fault.isPresent()) {
      throw new BadJsonException(fault.get());
    }
    return type.cast(value);
  }

  // --- what is wrong, for people ---

  static String reason(JacksonException e) {
    String path = path(e);
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          path + " is not known here, only " + known(unknown) + " are";
      case MismatchedInputException mismatch when !path.isEmpty() ->
          path + " must be " + wanted(mismatch.getTargetType());
      default -> (path.isEmpty() ? "" : path + ": ") + e.getOriginalMessage();
    };
  }

  static String path(JacksonException e) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : e.getPath()) {
      if (step.getPropertyName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
      }
    }
    return path.toString();
  }

  private static String known(UnrecognizedPropertyException e) {
    @Nullable Collection<Object> names = e.getKnownPropertyIds();
    return names == null
        ? "other names"
        : names.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static String wanted(@Nullable Class<?> type) {
    if (type == long.class || type == Long.class || type == int.class || type == Integer.class) {
      return "a whole number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a text";
    }
    return type != null && Collection.class.isAssignableFrom(type) ? "a list" : "an object";
  }

  static String printable(String message) {
    String sound = BoundCheck.isSound(message) ? message : message.replaceAll("[^\\p{ASCII}]", "?");
    String clean = sound.replaceAll("\\p{Cntrl}", " ");
    return clean.length() <= MESSAGE_LENGTH_MAX
        ? clean
        : clean.substring(0, MESSAGE_LENGTH_MAX).replaceAll("[^\\p{ASCII}]", "?") + "...";
  }
}
