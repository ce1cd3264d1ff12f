package io.lockstep.iscsi.login;

import java.util.List;
import java.util.Optional;

/// How a text key gets its value (RFC 7143 6.2 and 13): what the other side may say, what we answer
/// and so what holds. A value outside its type's range is answered with `Reject` and leaves the
/// default in force.
sealed interface KeyRule {
  /// The constant that refuses a value (RFC 7143 6.2).
  String REJECT = "Reject";

  /// The value that holds after `offer`, which is also our answer; empty: the answer is `Reject`.
  Optional<String> result(String offer);

  /// Whether the key is only said, not answered.
  default boolean isDeclarative() {
    return false;
  }

  /// The first of the offered values that we support.
  record FirstOf(List<String> supported) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      for (String value : offer.split(",", -1)) {
        if (supported.contains(value)) {
          return Optional.of(value);
        }
      }
      return Optional.empty();
    }
  }

  /// The smaller of both numbers.
  record Minimum(int low, int high, int ours) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return number(offer, low, high).map(value -> Integer.toString(Math.min(value, ours)));
    }
  }

  /// The larger of both numbers.
  record Maximum(int low, int high, int ours) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return number(offer, low, high).map(value -> Integer.toString(Math.max(value, ours)));
    }
  }

  /// Yes if both say Yes.
  record And(boolean ours) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return bool(offer).map(value -> text(value && ours));
    }
  }

  /// Yes if one says Yes.
  record Or(boolean ours) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return bool(offer).map(value -> text(value || ours));
    }
  }

  /// A number that one side tells the other.
  record DeclaredNumber(int low, int high) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return number(offer, low, high).map(value -> Integer.toString(value));
    }

    @Override
    public boolean isDeclarative() {
      return true;
    }
  }

  /// A text that one side tells the other.
  record DeclaredText(int bytesMin, int bytesMax) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      boolean fits = offer.length() >= bytesMin && offer.length() <= bytesMax;
      return fits ? Optional.of(offer) : Optional.empty();
    }

    @Override
    public boolean isDeclarative() {
      return true;
    }
  }

  /// A key that only targets may say, or that has its own place (SendTargets).
  record NotNegotiated() implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return Optional.empty();
    }
  }

  /// An obsolete key: the same answer whatever is offered (RFC 7143 13.25).
  record Always(String answer) implements KeyRule {
    @Override
    public Optional<String> result(String offer) {
      return answer.equals(REJECT) ? Optional.empty() : Optional.of(answer);
    }
  }

  /// Reads a numerical value, decimal or with 0x (RFC 7143 6.1).
  static Optional<Integer> number(String text, int low, int high) {
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    String digits = hexadecimal ? text.substring(2) : text;
    if (digits.isEmpty() || digits.length() > 9 || Character.digit(digits.charAt(0), 16) < 0) {
      return Optional.empty();
    }
    try {
      long value = Long.parseLong(digits, hexadecimal ? 16 : 10);
      return value < low || value > high ? Optional.empty() : Optional.of((int) value);
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> bool(String text) {
    return switch (text) {
      case "Yes" -> Optional.of(true);
      case "No" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static String text(boolean value) {
    return value ? "Yes" : "No";
  }
}
