package io.lockstep.volume.embedded;

import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.ArrayList;
import java.util.List;

/// Takes typed values out of a section; what is missing or of another kind is a
/// [DamagedException] that names the section and the field.
final class SectionReader {
  private final String where;
  private final Section section;

  SectionReader(String where, Section section) {
    this.where = where;
    this.section = section;
  }

  String where() {
    return where;
  }

  Section section() {
    return section;
  }

  SectionReader child(String name) throws DamagedException {
    Section child =
        section
            .section(name)
            .orElseThrow(() -> new DamagedException(where, "section " + name + " is missing"));
    return child(child);
  }

  SectionReader child(Section child) {
    return new SectionReader(where + ", " + child.name(), child);
  }

  boolean has(String field) {
    return section.value(field).isPresent();
  }

  String text(String field) throws DamagedException {
    if (value(field) instanceof ConfigValue.Text(String text)) {
      return text;
    }
    throw fault(field, "is not a string");
  }

  String textOr(String field, String otherwise) throws DamagedException {
    return has(field) ? text(field) : otherwise;
  }

  /// @param min smallest allowed
  /// @param max largest allowed
  long number(String field, long min, long max) throws DamagedException {
    if (value(field) instanceof ConfigValue.Whole(long number)) {
      if (number < min || number > max) {
        throw fault(field, "is " + number + ", allowed are " + min + " to " + max);
      }
      return number;
    }
    throw fault(field, "is not a number");
  }

  String uuid(String field) throws DamagedException {
    String text = text(field);
    if (!LvmUuid.isValid(text)) {
      throw fault(field, "is not an LVM identifier");
    }
    return text;
  }

  /// The strings of an array; none if the field is missing. LVM writes a single string without
  /// brackets, too.
  List<String> texts(String field) throws DamagedException {
    List<String> texts = new ArrayList<>();
    if (!has(field)) {
      return texts;
    }
    ConfigValue value = value(field);
    List<ConfigValue> values =
        value instanceof ConfigValue.Array(var items) ? items : List.of(value);
    for (ConfigValue item : values) {
      if (!(item instanceof ConfigValue.Text(String text))) {
        throw fault(field, "holds something that is not a string");
      }
      texts.add(text);
    }
    return texts;
  }

  List<ConfigValue> array(String field) throws DamagedException {
    if (value(field) instanceof ConfigValue.Array(var values)) {
      return values;
    }
    throw fault(field, "is not an array");
  }

  DamagedException fault(String field, String what) {
    return new DamagedException(where, field + " " + what);
  }

  private ConfigValue value(String field) throws DamagedException {
    return section.value(field).orElseThrow(() -> fault(field, "is missing"));
  }
}
