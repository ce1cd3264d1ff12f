package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Makes wrong JSON out of right JSON: values of other types and sizes; keys twice, unknown
/// or gone; pieces moved, bytes changed, the end cut off. One seed, one sequence.
public final class JsonMutator {
  private static final Pattern VALUE =
      Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"(?!\\s*:)|-?\\d+|true|false|null");
  private static final Pattern KEY = Pattern.compile("\"(\\w+)\":");

  private static final String[] VALUES = {
    "null",
    "true",
    "0",
    "-1",
    "1",
    "1.5",
    "1e3",
    "1e999",
    "2147483648",
    "4194304",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999999999",
    "\"\"",
    "\"a\"",
    "\"../x\"",
    "\"vm1\"",
    "\"Upper_Case+1\"",
    "\"4194304\"",
    "\"\\ud800\"",
    "\"\\u0000\\n\\u001b[2J\"",
    "\"\u00e9\u20ac\ud83d\ude00\"",
    "[]",
    "[null]",
    "[[]]",
    "{}",
    "{\"a\":null}",
    "[".repeat(600) + "]".repeat(600)
  };

  private final Random random;

  public JsonMutator(Random random) {
    this.random = random;
  }

  /// `json` with one to three changes.
  public byte[] mutated(String json) {
    String text = json;
    for (int change = random.nextInt(3); change >= 0; change--) {
      text = changed(text);
    }
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length > 0 && random.nextInt(8) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  private String changed(String text) {
    return switch (random.nextInt(10)) {
      case 0 -> text.substring(0, random.nextInt(text.length() + 1));
      case 1 -> keyChanged(text, "");
      case 2 -> keyChanged(text, "\"unheard\":" + value() + ",");
      case 3 -> renamed(text);
      case 4 -> moved(text);
      case 5 -> text + value();
      default -> valueChanged(text);
    };
  }

  private String value() {
    return random.nextInt(40) == 0
        ? "\"" + "x".repeat(random.nextInt(20_000)) + "\""
        : VALUES[random.nextInt(VALUES.length)];
  }

  private String valueChanged(String text) {
    List<MatchResult> all = VALUE.matcher(text).results().toList();
    if (all.isEmpty()) {
      return value();
    }
    MatchResult one = all.get(random.nextInt(all.size()));
    return text.substring(0, one.start()) + value() + text.substring(one.end());
  }

  /// Puts `before` before a key, or, if that is empty, the key and its value a second time.
  private String keyChanged(String text, String before) {
    List<MatchResult> all = KEY.matcher(text).results().toList();
    if (all.isEmpty()) {
      return text;
    }
    MatchResult one = all.get(random.nextInt(all.size()));
    String more = before.isEmpty() ? one.group() + value() + "," : before;
    return text.substring(0, one.start()) + more + text.substring(one.start());
  }

  private String renamed(String text) {
    List<MatchResult> all = KEY.matcher(text).results().toList();
    if (all.isEmpty()) {
      return text;
    }
    MatchResult one = all.get(random.nextInt(all.size()));
    return text.substring(0, one.start()) + "\"other\":" + text.substring(one.end());
  }

  private String moved(String text) {
    if (text.length() < 2) {
      return text;
    }
    int from = random.nextInt(text.length() - 1);
    int end = Math.min(text.length(), from + 1 + random.nextInt(40));
    int to = random.nextInt(text.length());
    return text.substring(0, to) + text.substring(from, end) + text.substring(to);
  }
}
