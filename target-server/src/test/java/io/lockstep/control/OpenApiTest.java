package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.InRange;
import io.lockstep.control.api.MissedEvents;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.volume.VolumeName;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Holds `docs/control-api.yaml` against the routes and the records, both ways: nothing is served
/// that is not documented, and nothing documented is missing.
@Tag("unit")
final class OpenApiTest {
  private static final Path FILE = Path.of("..", "docs", "control-api.yaml");
  private static final Pattern SCHEMA = Pattern.compile("^    ([A-Z]\\w*):$");
  private static final Pattern BOUND =
      Pattern.compile("^          (minimum|maximum|maxLength): (-?\\d+)$");

  /// What the verbs carry and are answered with, what the stream tells, and what a refusal is.
  private static final List<Class<?>> ROOTS =
      Stream.concat(
              Stream.of(Problem.class, EventInfo.class, MissedEvents.class),
              Requests.ALL.stream().flatMap(verb -> Stream.of(verb.body(), verb.answer())))
          .<Class<?>>map(type -> type.isArray() ? type.getComponentType() : type)
          .filter(type -> type != Verb.Nothing.class)
          .distinct()
          .toList();

  private static final Pattern PROPERTY = Pattern.compile("^        (\\w+):$");

  /// The file's paths are written from the table: where a verb is new, what this says is to be put
  /// into the file.
  @Test
  void pathsAreTheVerbs() throws IOException {
    String file = Files.readString(FILE);
    String written = file.substring(file.indexOf("paths:\n"), file.indexOf("components:\n"));

    assertThat(written).isEqualTo(OpenApiPaths.text());
  }

  @Test
  void schemasAreTheRecords() throws IOException {
    Map<String, List<String>> records = new TreeMap<>();
    ROOTS.forEach(type -> collect(type, records));

    assertThat(documentedSchemas()).isEqualTo(records);
  }

  /// What a client may send and will get: the numbers of the file are those of the code.
  @Test
  void boundsAreThoseOfTheRecords() throws IOException {
    var bounds = new TreeMap<String, String>();
    ROOTS.forEach(type -> collectBounds(type, bounds));
    bounds.put("CreateVolume.name", "up to " + VolumeName.LENGTH_MAX);
    bounds.put("RenameVolume.newName", "up to " + VolumeName.LENGTH_MAX);

    assertThat(documentedBounds()).isEqualTo(bounds);
    assertThat(Files.readString(FILE))
        .contains("schema: { type: string, maxLength: %d }".formatted(Caller.ACTOR_LENGTH_MAX));
  }

  private static void collectBounds(Class<?> type, Map<String, String> bounds) {
    for (RecordComponent component : type.getRecordComponents()) {
      InRange range = component.getAnnotation(InRange.class);
      if (range != null) {
        bounds.put(
            type.getSimpleName() + "." + component.getName(), range.min() + " to " + range.max());
      }
      elements(component).filter(Class::isRecord).forEach(part -> collectBounds(part, bounds));
    }
  }

  private static Map<String, String> documentedBounds() throws IOException {
    var bounds = new TreeMap<String, String>();
    boolean inside = false;
    String schema = "";
    String property = "";
    String minimum = "";
    for (String line : Files.readAllLines(FILE)) {
      inside |= line.equals("  schemas:");
      Matcher atSchema = SCHEMA.matcher(line);
      Matcher atProperty = PROPERTY.matcher(line);
      Matcher atBound = BOUND.matcher(line);
      if (inside && atSchema.matches()) {
        schema = atSchema.group(1);
      } else if (inside && atProperty.matches()) {
        property = atProperty.group(1);
      } else if (inside && atBound.matches()) {
        String value = atBound.group(2);
        switch (atBound.group(1)) {
          case "minimum" -> minimum = value;
          case "maximum" -> bounds.put(schema + "." + property, minimum + " to " + value);
          default -> bounds.put(schema + "." + property, "up to " + value);
        }
      }
    }
    return bounds;
  }

  private static Map<String, List<String>> documentedSchemas() throws IOException {
    Map<String, List<String>> schemas = new TreeMap<>();
    List<String> properties = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(FILE)) {
      inside |= line.equals("  schemas:");
      Matcher atSchema = SCHEMA.matcher(line);
      Matcher atProperty = PROPERTY.matcher(line);
      if (inside && atSchema.matches()) {
        properties = new ArrayList<>();
        schemas.put(atSchema.group(1), properties);
      } else if (inside && atProperty.matches()) {
        properties.add(atProperty.group(1));
      }
    }
    return schemas;
  }

  /// The record and all records that it is made of.
  private static void collect(Class<?> type, Map<String, List<String>> records) {
    if (!type.isRecord() || records.containsKey(type.getSimpleName())) {
      return;
    }
    List<String> names = new ArrayList<>();
    records.put(type.getSimpleName(), names);
    collectNames(type, names, records);
  }

  /// The fields of a part that is unwrapped stand among those of the whole.
  private static void collectNames(
      Class<?> type, List<String> names, Map<String, List<String>> records) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
        collectNames(component.getType(), names, records);
      } else {
        names.add(component.getName());
        elements(component).forEach(part -> collect(part, records));
      }
    }
  }

  /// The type of a component, and of the elements of a list.
  private static Stream<Class<?>> elements(RecordComponent component) {
    List<Class<?>> found = new ArrayList<>();
    found.add(component.getType());
    if (component.getGenericType() instanceof ParameterizedType list) {
      for (Type argument : list.getActualTypeArguments()) {
        if (argument instanceof Class<?> element) {
          found.add(element);
        }
      }
    }
    return found.stream();
  }
}
