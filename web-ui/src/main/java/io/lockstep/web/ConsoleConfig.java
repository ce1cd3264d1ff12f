package io.lockstep.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The console's configuration file: `key = value` lines, `#` for comments. Immutable.
///
/// @param host address to listen on; loopback unless told otherwise
/// @param port TCP port, 0 for any
/// @param database H2 file, without its ending
/// @param sockets control sockets of the daemons, asked in this order
/// @param firstPasswordFile holds the password of the first user `admin`; written, readable by its
///     owner only, if it is not there
/// @param logFile where its log is written; empty: to standard output
public record ConsoleConfig(
    String host,
    int port,
    Path database,
    List<Path> sockets,
    Path firstPasswordFile,
    Optional<Path> logFile) {
  private static final Set<String> KEYS =
      Set.of(
          "listen.host",
          "listen.port",
          "database.path",
          "control.sockets",
          "first.password.file",
          "log.file");

  private static final Set<String> OPTIONAL = Set.of("listen.host", "log.file");

  /// What is wrong with a configuration, as one sentence.
  public static final class BadConfigException extends Exception {
    private static final long serialVersionUID = 1;

    BadConfigException(String sentence) {
      super(sentence);
    }
  }

  public static ConsoleConfig read(Path file) throws BadConfigException {
    Map<String, String> values;
    try {
      values = parse(file, Files.readAllLines(file));
    } catch (IOException e) {
      throw new BadConfigException(
          "The configuration %s cannot be read (%s); name a readable file with --config."
              .formatted(file, e.getMessage()));
    }
    for (String key : KEYS) {
      if (!OPTIONAL.contains(key) && !values.containsKey(key)) {
        throw new BadConfigException(
            "%s has no line `%s = ...`; add it (docs/configuration.md)".formatted(file, key));
      }
    }
    return new ConsoleConfig(
        values.getOrDefault("listen.host", "127.0.0.1"),
        port(file, values.getOrDefault("listen.port", "")),
        Path.of(values.getOrDefault("database.path", "")),
        Arrays.stream(values.getOrDefault("control.sockets", "").split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(Path::of)
            .toList(),
        Path.of(values.getOrDefault("first.password.file", "")),
        Optional.ofNullable(values.get("log.file")).map(Path::of));
  }

  private static Map<String, String> parse(Path file, List<String> lines)
      throws BadConfigException {
    var values = new LinkedHashMap<String, String>();
    for (int index = 0; index < lines.size(); index++) {
      String line = lines.get(index).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String key = equals < 0 ? line : line.substring(0, equals).strip();
      if (equals < 0 || !KEYS.contains(key)) {
        throw new BadConfigException(
            "%s, line %d: `%s` is not a known setting; see docs/configuration.md."
                .formatted(file, index + 1, key));
      }
      if (values.put(key, line.substring(equals + 1).strip()) != null) {
        throw new BadConfigException(
            "%s, line %d: `%s` is set twice; remove one.".formatted(file, index + 1, key));
      }
    }
    return values;
  }

  private static int port(Path file, String text) throws BadConfigException {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new BadConfigException(
          "%s: listen.port is `%s`; it must be a number from 0 to 65535.".formatted(file, text));
    }
    return Integer.parseInt(text);
  }
}
