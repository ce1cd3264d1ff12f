package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Holds a message that was bound from JSON against what its records promise, all the way down:
/// what is not `@Nullable` is there, lists hold no nulls, numbers are [InRange], texts are sound
/// Unicode. So whoever gets the message can rely on its types. Pure.
final class BoundCheck {
  private static final ClassValue<List<Part>> PARTS =
      new ClassValue<>() {
        @Override
        protected List<Part> computeValue(Class<?> type) {
          return partsOf(type);
        }
      };

  private BoundCheck() {}

  /// A component of a record, as far as it is checked.
  ///
  /// @param name of the field; empty of a part whose fields stand in the whole
  private record Part(
      String name,
      Method accessor,
      boolean nullable,
      boolean nullableElements,
      Optional<InRange> range) {}

  /// The first thing that is wrong with `message`, beginning with the field's path: "initiators[0]
  /// is null"; empty if nothing is.
  static Optional<String> fault(Object message) {
    return valueFault("", message);
  }

  private static Optional<String> valueFault(String path, Object value) {
    return switch (value) {
      case String text -> isSound(text) ? Optional.empty() : wrong(path, "is no sound Unicode");
      case List<?> list -> elementFault(path, list, false);
      case Object[] array -> elementFault(path, List.of(array), false);
      case Record record -> recordFault(path, record);
      default -> Optional.empty();
    };
  }

  private static Optional<String> recordFault(String path, Record record) {
    for (Part part : PARTS.get(record.getClass())) {
      Optional<String> fault = partFault(path + part.name, part, valueOf(record, part));
      if (fault.isPresent()) {
        return fault;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> partFault(String path, Part part, @Nullable Object value) {
    if (value == null) {
      return part.nullable ? Optional.empty() : wrong(path, "is missing or null");
    }
    if (value instanceof List<?> list) {
      return elementFault(path, list, part.nullableElements);
    }
    if (value instanceof Number number && part.range.isPresent()) {
      InRange range = part.range.get();
      boolean inside = number.longValue() >= range.min() && number.longValue() <= range.max();
      return inside
          ? Optional.empty()
          : wrong(path, "is %s, not within %d and %d".formatted(number, range.min(), range.max()));
    }
    boolean nested = value instanceof Record && !part.name.isEmpty();
    return valueFault(nested ? path + "." : path, value);
  }

  private static Optional<String> elementFault(String path, List<?> list, boolean nullable) {
    int index = 0;
    for (@Nullable Object element : list) {
      String at = path + "[" + index + "]";
      if (element == null && !nullable) {
        return wrong(at, "is null");
      }
      Optional<String> fault =
          element == null
              ? Optional.empty()
              : valueFault(element instanceof Record ? at + "." : at, element);
      if (fault.isPresent()) {
        return fault;
      }
      index++;
    }
    return Optional.empty();
  }

  private static Optional<String> wrong(String path, String why) {
    return Optional.of((path.isEmpty() ? "the message" : path) + " " + why);
  }

  /// Whether every surrogate has its other half: what has not cannot be written as UTF-8.
  static boolean isSound(String text) {
    return text.codePoints()
        .noneMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
  }

  private static List<Part> partsOf(Class<?> type) {
    List<Part> parts = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      AnnotatedType declared = component.getAnnotatedType();
      boolean nullableElements =
          declared instanceof AnnotatedParameterizedType parameterized
              && isNullable(parameterized.getAnnotatedActualTypeArguments()[0]);
      parts.add(
          new Part(
              accessor.isAnnotationPresent(JsonUnwrapped.class) ? "" : component.getName(),
              accessor,
              isNullable(declared),
              nullableElements,
              Optional.ofNullable(component.getAnnotation(InRange.class))));
    }
    return List.copyOf(parts);
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private static @Nullable Object valueOf(Record record, Part part) {
    try {
      return part.accessor.invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new LinkageError("a record has an accessor that can be called", e);
    }
  }
}
