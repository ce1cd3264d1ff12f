package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Holds `docs/control-api.yaml` against the routes and the records, both ways: nothing is served
/// that is not documented, and nothing documented is missing.
final class OpenApiTest {
  private static final Path FILE = Path.of("..", "docs", "control-api.yaml");
  private static final Pattern PATH = Pattern.compile("^  (/v1\\S*):$");
  private static final Pattern METHOD = Pattern.compile("^    (get|post|delete|put|patch):$");
  private static final Pattern SCHEMA = Pattern.compile("^    ([A-Z]\\w*):$");
  private static final Pattern PROPERTY = Pattern.compile("^        (\\w+):$");

  @Test
  void pathsAreTheRoutes() throws IOException {
    var documented = new TreeSet<String>();
    String path = "";
    for (String line : Files.readAllLines(FILE)) {
      Matcher atPath = PATH.matcher(line);
      Matcher atMethod = METHOD.matcher(line);
      if (atPath.matches()) {
        path = atPath.group(1);
      } else if (atMethod.matches()) {
        documented.add(atMethod.group(1).toUpperCase(Locale.ROOT) + " " + path);
      }
    }
    var served = new TreeSet<String>();
    Routes.ALL.forEach(route -> served.add(route.method() + " " + route.template()));

    assertThat(documented).isEqualTo(served);
  }

  @Test
  void schemasAreTheRecords() throws IOException {
    Map<String, List<String>> records = new TreeMap<>();
    List.of(
            PairStatus.class,
            MirrorInfo.class,
            ConnectInfo.class,
            Done.class,
            Problem.class,
            Requests.CreateVolume.class,
            Requests.ResizeVolume.class,
            Requests.RenameVolume.class,
            Requests.CreateExport.class,
              Requests.ChangeExport.class,
            Requests.StopNode.class,
            Requests.MirrorCommand.class)
        .forEach(type -> collect(type, records));

    assertThat(documentedSchemas()).isEqualTo(records);
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
    for (RecordComponent component : type.getRecordComponents()) {
      names.add(component.getName());
      collect(component.getType(), records);
      if (component.getGenericType() instanceof ParameterizedType list) {
        for (Type argument : list.getActualTypeArguments()) {
          if (argument instanceof Class<?> element) {
            collect(element, records);
          }
        }
      }
    }
  }
}
