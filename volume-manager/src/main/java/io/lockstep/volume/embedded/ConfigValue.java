package io.lockstep.volume.embedded;

import java.util.List;

/// What is assigned in a configuration text. Immutable.
sealed interface ConfigValue {
  /// A string, its escapes taken away; each character is one byte of the text (ISO 8859-1), so that
  /// whatever stands there comes out as it went in.
  record Text(String text) implements ConfigValue {}

  record Whole(long number) implements ConfigValue {}

  /// A number with a fraction, kept as it was written; the metadata uses none.
  record Decimal(String written) implements ConfigValue {}

  record Array(List<ConfigValue> values) implements ConfigValue {
    public Array {
      values = List.copyOf(values);
    }
  }
}
