package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Requests;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// In how many files a verb of the control API lives: those that name its line in [Requests] or the
/// client's method for it. docs/design.md names the five there may be.
@Tag("rules")
class VerbPlacesTest {
  private static final int FILES_MAX = 5;

  /// These are asked by everything that shows the state of the pair.
  private static final List<String> ASKED_EVERYWHERE = List.of("STATUS", "EVENTS");

  @Test
  void aVerbLivesInFiveFilesAtMost() throws IOException {
    var places = new TreeMap<String, TreeSet<String>>();
    for (Field field : Requests.class.getFields()) {
      if (field.getType().getSimpleName().equals("Verb")) {
        places.put(field.getName(), new TreeSet<>(List.of("Requests.java")));
      }
    }
    assertThat(places).hasSize(Requests.ALL.size());
    for (Path file : mainFiles()) {
      String text = Files.readString(file);
      places.forEach(
          (verb, files) -> {
            if (names(verb).matcher(text).find()) {
              files.add(file.getFileName().toString());
            }
          });
    }
    ASKED_EVERYWHERE.forEach(places::remove);
    assertThat(places)
        .allSatisfy((verb, files) -> assertThat(files).as(verb).hasSizeBetween(2, FILES_MAX));
  }

  /// The line of the table, or a call of the client's method of the same words.
  private static Pattern names(String verb) {
    StringBuilder method = new StringBuilder();
    for (String word : verb.toLowerCase(Locale.ROOT).split("_")) {
      method.append(
          method.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return Pattern.compile(
        "\\bRequests\\.%s\\b|(client\\.|ControlClient::)%s\\b".formatted(verb, method));
  }

  private static List<Path> mainFiles() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : List.of("target-server", "web-ui")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
      }
    }
    assertThat(found).hasSizeGreaterThan(100);
    return found;
  }
}
