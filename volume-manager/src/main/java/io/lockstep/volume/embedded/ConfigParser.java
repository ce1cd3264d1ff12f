package io.lockstep.volume.embedded;

import io.lockstep.volume.embedded.ConfigNode.Assignment;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads LVM's configuration text:
///
/// ```
/// node    = name '{' node* '}' | name '=' value
/// value   = number | '"' (character | '\"' | '\\')* '"' | '[' (value (',' value)*)? ','? ']'
/// comment = '#' up to the end of the line
/// ```
///
/// A zero byte ends the text. Input is a disk: anything wrong is a [DamagedException] that names
/// the line; nesting is bounded by [#DEPTH_MAX].
final class ConfigParser {
  /// Deepest nesting of sections and arrays; LVM's metadata uses 4.
  static final int DEPTH_MAX = 16;

  /// How deep the sections lie that keep their source: group, `logical_volumes`, volume.
  private static final int VOLUME_DEPTH = 3;

  private final String where;
  private final String text;
  private int position;

  private ConfigParser(String where, byte[] bytes) {
    this.where = where;
    String all = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = all.indexOf('\0');
    this.text = end < 0 ? all : all.substring(0, end);
  }

  /// @param where what the text is and where it lies, for messages
  static Section parse(String where, byte[] bytes) throws DamagedException {
    ConfigParser parser = new ConfigParser(where, bytes);
    List<ConfigNode> nodes = new ArrayList<>();
    parser.skipBlanks();
    while (!parser.atEnd()) {
      nodes.add(parser.node(1));
      parser.skipBlanks();
    }
    return new Section("", nodes);
  }

  private ConfigNode node(int depth) throws DamagedException {
    int start = position;
    String name = name();
    skipBlanks();
    char next = take("'{' or '='");
    return switch (next) {
      case '{' -> {
        Section section = section(name, deeper(depth));
        yield depth == VOLUME_DEPTH
            ? new Section(name, section.nodes(), Optional.of(text.substring(start, position)))
            : section;
      }
      case '=' -> {
        skipBlanks();
        yield new Assignment(name, value(depth));
      }
      default -> throw fault("'{' or '=' was due after \"" + name + "\"");
    };
  }

  private Section section(String name, int depth) throws DamagedException {
    List<ConfigNode> nodes = new ArrayList<>();
    skipBlanks();
    while (peek("'}'") != '}') {
      nodes.add(node(depth));
      skipBlanks();
    }
    position++;
    return new Section(name, nodes);
  }

  private ConfigValue value(int depth) throws DamagedException {
    char first = peek("a value");
    if (first == '"') {
      return new ConfigValue.Text(quoted());
    }
    if (first == '[') {
      return array(deeper(depth));
    }
    return number();
  }

  private ConfigValue array(int depth) throws DamagedException {
    position++;
    List<ConfigValue> values = new ArrayList<>();
    skipBlanks();
    while (peek("']'") != ']') {
      values.add(value(depth));
      skipBlanks();
      if (peek("',' or ']'") == ',') {
        position++;
        skipBlanks();
      } else if (text.charAt(position) != ']') {
        throw fault("',' or ']' was due");
      }
    }
    position++;
    return new ConfigValue.Array(values);
  }

  private String quoted() throws DamagedException {
    position++;
    StringBuilder content = new StringBuilder();
    for (char letter = take("'\"'"); letter != '"'; letter = take("'\"'")) {
      char next = letter == '\\' ? peek("the character after '\\'") : letter;
      content.append(letter == '\\' && isEscaped(next) ? take("") : letter);
    }
    return content.toString();
  }

  /// Other characters after a backslash stand for themselves, and so does the backslash.
  private static boolean isEscaped(char letter) {
    return letter == '"' || letter == '\\';
  }

  private ConfigValue number() throws DamagedException {
    int start = position;
    boolean fraction = false;
    while (!atEnd() && isNumberLetter(text.charAt(position))) {
      fraction |= text.charAt(position) == '.';
      position++;
    }
    String written = text.substring(start, position);
    if (fraction && written.matches("[+-]?[0-9]+\\.[0-9]*")) {
      return new ConfigValue.Decimal(written);
    }
    try {
      return new ConfigValue.Whole(Long.parseLong(written));
    } catch (NumberFormatException notWhole) {
      throw fault("a value was due, not \"" + clip(written) + "\"");
    }
  }

  private String name() throws DamagedException {
    int start = position;
    while (!atEnd() && isNameLetter(text.charAt(position))) {
      position++;
    }
    if (start == position) {
      throw fault("a name was due");
    }
    return text.substring(start, position);
  }

  private void skipBlanks() {
    while (!atEnd()) {
      char letter = text.charAt(position);
      if (letter == '#') {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
      } else if (letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r') {
        position++;
      } else {
        return;
      }
    }
  }

  private static boolean isNameLetter(char letter) {
    return (letter >= 'a' && letter <= 'z')
        || (letter >= 'A' && letter <= 'Z')
        || (letter >= '0' && letter <= '9')
        || letter == '_'
        || letter == '-'
        || letter == '.'
        || letter == '+'
        || letter == '/';
  }

  private static boolean isNumberLetter(char letter) {
    return (letter >= '0' && letter <= '9') || letter == '-' || letter == '+' || letter == '.';
  }

  private int deeper(int depth) throws DamagedException {
    if (depth == DEPTH_MAX) {
      throw fault("more than " + DEPTH_MAX + " sections and arrays lie in each other");
    }
    return depth + 1;
  }

  private char take(String due) throws DamagedException {
    char letter = peek(due);
    position++;
    return letter;
  }

  private char peek(String due) throws DamagedException {
    if (atEnd()) {
      throw fault("the text ends where " + due + " was due");
    }
    return text.charAt(position);
  }

  private boolean atEnd() {
    return position == text.length();
  }

  private DamagedException fault(String what) {
    long line = 1 + text.substring(0, position).chars().filter(letter -> letter == '\n').count();
    return new DamagedException(where, "line " + line + ": " + what);
  }

  private static String clip(String written) {
    return written.length() <= 20 ? written : written.substring(0, 20) + "...";
  }
}
