package io.lockstep.block.record;

import io.lockstep.block.Check;

/// What a record is called.
///
/// @param type what kind of thing, `export` for example
/// @param name which one; both `[a-z0-9][a-z0-9.-]*`, at most 63
public record RecordKey(String type, String name) implements Comparable<RecordKey> {
  private static final int NAME_LENGTH_MAX = 63;

  public RecordKey {
    Check.that(isName(type) && isName(name), "names in their alphabet");
  }

  /// Whether `text` can be a type or a name.
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > NAME_LENGTH_MAX) {
      return false;
    }
    return isLetterOrDigit(text.charAt(0))
        && text.chars().allMatch(c -> isLetterOrDigit(c) || c == '.' || c == '-');
  }

  private static boolean isLetterOrDigit(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  @Override
  public int compareTo(RecordKey other) {
    int byType = type.compareTo(other.type);
    return byType != 0 ? byType : name.compareTo(other.name);
  }
}
