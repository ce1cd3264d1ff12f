package io.lockstep.volume.embedded;

import io.lockstep.volume.embedded.ConfigNode.Assignment;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.nio.charset.StandardCharsets;

/// Writes a configuration tree as text, without indentation, as LVM does on disks: every node on a
/// line, arrays on one line; a section that has its source is written as it was. [ConfigParser]
/// reads back an equal tree.
final class ConfigWriter {
  private final StringBuilder out = new StringBuilder();

  private ConfigWriter() {}

  /// The nodes of `root` in ISO 8859-1 with `comment` behind them and the zero that closes a text.
  static byte[] write(Section root, String comment) {
    ConfigWriter writer = new ConfigWriter();
    root.nodes().forEach(writer::node);
    writer.out.append("# ").append(comment).append("\n\0");
    return writer.out.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private void node(ConfigNode node) {
    switch (node) {
      case Section section when section.source().isPresent() ->
          out.append(section.source().get()).append('\n');
      case Section(String name, var nodes, _) -> {
        out.append(name).append(" {\n");
        nodes.forEach(this::node);
        out.append("}\n");
      }
      case Assignment(String name, ConfigValue value) -> {
        out.append(name).append(" = ");
        value(value);
        out.append('\n');
      }
    }
  }

  private void value(ConfigValue value) {
    switch (value) {
      case ConfigValue.Whole(long number) -> out.append(number);
      case ConfigValue.Decimal(String written) -> out.append(written);
      case ConfigValue.Text(String text) -> text(text);
      case ConfigValue.Array(var values) -> {
        out.append('[');
        for (int index = 0; index < values.size(); index++) {
          if (index > 0) {
            out.append(", ");
          }
          value(values.get(index));
        }
        out.append(']');
      }
    }
  }

  private void text(String text) {
    out.append('"');
    for (int index = 0; index < text.length(); index++) {
      char letter = text.charAt(index);
      if (letter == '"' || letter == '\\') {
        out.append('\\');
      }
      out.append(letter);
    }
    out.append('"');
  }
}
