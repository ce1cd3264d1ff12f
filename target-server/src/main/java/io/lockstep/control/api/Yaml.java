package io.lockstep.control.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/// Reads what a person wrote in YAML, by the rules of [Json#readRequest]: what is unknown is
/// refused, what is missing unless it is `@Nullable`, and all that [BoundCheck] knows is checked.
/// What is wrong is told with its line. Thread-safe.
///
/// Only what JSON has too is read: mappings, lists and scalars. Anchors, aliases, tags and a second
/// document are refused, so that a file says what it seems to say.
public final class Yaml {
  private static final YAMLMapper MAPPER =
      Json.strict(YAMLMapper.builder())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// For the walk, which names both lines of a key that is there twice.
  private static final YAMLMapper WALKED =
      MAPPER.rebuild().disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /// How the parser's own messages name a place; the last one is where it gave up.
  private static final Pattern PLACE = Pattern.compile("line ([0-9]+), column");

  private Yaml() {}

  /// A text that cannot be used.
  public static final class BadYamlException extends Exception {
    private static final long serialVersionUID = 1;

    private final int line;
    private final String key;

    BadYamlException(Place place, String message) {
      super(Json.printable(message));
      this.line = place.line;
      this.key = place.key;
    }

    /// Where, counted from 1; 0 if no line can be named.
    public int line() {
      return line;
    }

    /// The path of the key, such as `mirrors[0].name`; empty if it is none's fault.
    public String key() {
      return key;
    }
  }

  /// A key and its line; either may be unknown.
  record Place(String key, int line) {}

  /// What was read.
  ///
  /// @param lines where each key and each element of a list stands, by its path
  public record Read<T>(T value, Map<String, Integer> lines) {
    /// The line of a key or, where that is not there, of what it would stand in; 0 for the whole.
    public int line(String key) {
      return lineOf(lines, key);
    }
  }

  public static <T> Read<T> read(String text, Class<T> type) throws BadYamlException {
    Map<String, Integer> lines = new Walk().lines(text);
    @Nullable T value;
    try {
      value = MAPPER.readValue(text, type);
    } catch (JacksonException e) {
      String path = Json.path(e);
      if (path.isEmpty()) {
        throw new BadYamlException(new Place("", 0), "it holds no settings such as `key: value`");
      }
      throw new BadYamlException(new Place(path, lineOf(lines, path)), Json.reason(e));
    }
    if (value == null) {
      throw new BadYamlException(new Place("", 0), "it is empty");
    }
    @Nullable String fault = BoundCheck.fault(value).orElse(null);
    if (fault != null) {
      String path = fault.substring(0, fault.indexOf(' '));
      throw new BadYamlException(new Place(path, lineOf(lines, path)), fault);
    }
    return new Read<>(value, Map.copyOf(lines));
  }

  private static int lineOf(Map<String, Integer> lines, String key) {
    @Nullable Integer line = lines.get(key);
    if (line != null) {
      return line;
    }
    int end = Math.max(key.lastIndexOf('.'), key.lastIndexOf('['));
    return end < 0 ? 0 : lineOf(lines, key.substring(0, end));
  }

  /// Goes over a text once, for the places of its keys and for what is refused in any text.
  private static final class Walk {
    private final Map<String, Integer> lines = new HashMap<>();

    Map<String, Integer> lines(String text) throws BadYamlException {
      try (YAMLParser parser = (YAMLParser) WALKED.createParser(text)) {
        if (parser.nextToken() != null) {
          walk(parser, "");
          if (parser.nextToken() != null) {
            throw new BadYamlException(
                new Place("", line(parser)), "a second document begins; one is read");
          }
        }
      } catch (JacksonException e) {
        throw new BadYamlException(
            new Place("", line(e)), "it is no YAML: " + sentences(e.getOriginalMessage()));
      }
      return lines;
    }

    /// Takes the value that the parser stands at.
    private void walk(YAMLParser parser, String path) throws BadYamlException {
      if (parser.isCurrentAlias() || parser.getObjectId() != null || parser.getTypeId() != null) {
        throw new BadYamlException(
            new Place(path, line(parser)), path + " has an anchor, an alias or a tag");
      }
      switch (parser.currentToken()) {
        case START_OBJECT -> walkObject(parser, path);
        case START_ARRAY -> walkArray(parser, path);
        case NOT_AVAILABLE,
            END_OBJECT,
            END_ARRAY,
            PROPERTY_NAME,
            VALUE_EMBEDDED_OBJECT,
            VALUE_STRING,
            VALUE_NUMBER_INT,
            VALUE_NUMBER_FLOAT,
            VALUE_TRUE,
            VALUE_FALSE,
            VALUE_NULL -> {}
      }
    }

    private void walkObject(YAMLParser parser, String path) throws BadYamlException {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String child = (path.isEmpty() ? "" : path + ".") + parser.currentName();
        int line = line(parser);
        @Nullable Integer before = lines.put(child, line);
        if (before != null) {
          throw new BadYamlException(
              new Place(child, line), child + " was set in line " + before + " already");
        }
        parser.nextToken();
        walk(parser, child);
      }
    }

    private void walkArray(YAMLParser parser, String path) throws BadYamlException {
      for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
        String child = path + "[" + index + "]";
        lines.put(child, line(parser));
        walk(parser, child);
      }
    }

    private static int line(YAMLParser parser) {
      return parser.currentTokenLocation().getLineNr();
    }

    private static int line(JacksonException e) {
      List<MatchResult> places = PLACE.matcher(e.getOriginalMessage()).results().toList();
      if (!places.isEmpty()) {
        return Integer.parseInt(places.getLast().group(1));
      }
      return e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr());
    }

    /// The parser's message says what it was doing and what it found, each above a picture.
    private static String sentences(String message) {
      String sentences =
          String.join(
              ", ",
              message.lines().filter(line -> !line.startsWith(" ") && !line.isBlank()).toList());
      return sentences.isEmpty() ? "it cannot be read" : sentences;
    }
  }
}
