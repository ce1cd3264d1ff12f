package io.lockstep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Which tests there are among the sources of the tree, so that a page can name them. What builds
/// and other tests write meanwhile is not looked at: it comes and goes. Immutable.
final class TestIndex {
  private final Map<String, String> textByClass = new HashMap<>();

  TestIndex(Path root) throws IOException {
    try (Stream<Path> modules = Files.list(root)) {
      for (Path tests : modules.map(it -> it.resolve("src/test")).filter(Files::exists).toList()) {
        readAll(tests);
      }
    }
  }

  private void readAll(Path tests) throws IOException {
    try (Stream<Path> files = Files.walk(tests)) {
      List<Path> classes = files.filter(file -> file.toString().endsWith("Test.java")).toList();
      for (Path file : classes) {
        String name = String.valueOf(file.getFileName());
        textByClass.merge(name.replace(".java", ""), Files.readString(file), String::concat);
      }
    }
  }

  /// Whether a `ClassTest`, or a `ClassTest.method`, is there.
  boolean has(String name) {
    int dot = name.indexOf('.');
    String text = textByClass.get(dot < 0 ? name : name.substring(0, dot));
    return text != null && (dot < 0 || text.contains("void " + name.substring(dot + 1) + "("));
  }
}
