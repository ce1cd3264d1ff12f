package io.lockstep.control.client;

/// Text that strangers have a hand in, for a terminal or a page: what would break the line, move
/// the cursor or turn the text around is shown, not done. Pure.
public final class Printable {
  /// More of one text is cut off.
  static final int LENGTH_MAX = 2000;

  private Printable() {}

  /// The same text in one line, with `\n` for a line break and `\u001b` for other such characters.
  public static String text(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints().limit(LENGTH_MAX).forEach(point -> append(shown, point));
    return text.codePointCount(0, text.length()) > LENGTH_MAX ? shown + "..." : shown.toString();
  }

  private static void append(StringBuilder shown, int point) {
    switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          shown.append(
              switch (point) {
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                case '\t' -> "\\t";
                default -> "\\u%04x".formatted(point);
              });
      default -> shown.appendCodePoint(point);
    }
  }
}
