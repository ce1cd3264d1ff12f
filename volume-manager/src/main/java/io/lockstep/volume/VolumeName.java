package io.lockstep.volume;

import java.util.Optional;

/// The rule for volume names, which is narrower than LVM's: a name is also part of an IQN and of a
/// path, so `[a-z0-9][a-z0-9.-]*`, at most 63 characters, and none that LVM keeps for itself.
public final class VolumeName {
  /// Longest name.
  public static final int LENGTH_MAX = 63;

  /// The kernel's limit for the name of a mapped device, without its closing zero.
  private static final int DEVICE_NAME_LENGTH_MAX = 127;

  private VolumeName() {}

  /// What is wrong with `name` as the name of a volume of `group`, as a clause for a sentence;
  /// empty if nothing is.
  public static Optional<String> fault(String group, String name) {
    if (name.isEmpty()) {
      return Optional.of("the name is empty");
    }
    if (name.length() > LENGTH_MAX) {
      return Optional.of(
          "the name has %d characters, %d are allowed".formatted(name.length(), LENGTH_MAX));
    }
    if (name.equals(".") || name.equals("..")) {
      return Optional.of("\"" + name + "\" means a directory");
    }
    for (int index = 0; index < name.length(); index++) {
      char letter = name.charAt(index);
      if (!isLetterOrDigit(letter) && letter != '.' && letter != '-') {
        return Optional.of(wrongCharacter(letter, index));
      }
    }
    if (!isLetterOrDigit(name.charAt(0))) {
      return Optional.of(
          "a name begins with a letter or a digit, not with '" + name.charAt(0) + "'");
    }
    return reservedPrefix(name).or(() -> deviceNameTooLong(group, name));
  }

  /// A name as it stands in messages: whatever was typed, but short and printable.
  public static String shown(String name) {
    String clipped = name.length() <= LENGTH_MAX ? name : name.substring(0, LENGTH_MAX) + "...";
    return clipped.isEmpty() ? "\"\"" : clipped.replaceAll("\\p{Cntrl}", "?");
  }

  private static String wrongCharacter(char letter, int index) {
    String shown =
        letter > ' ' && letter < 0x7f ? "'" + letter + "'" : "U+%04X".formatted((int) letter);
    return "%s at position %d is not allowed, only a-z, 0-9, '.' and '-' are"
        .formatted(shown, index + 1);
  }

  /// LVM refuses these for volumes of people; its other reserved words hold an underscore.
  private static Optional<String> reservedPrefix(String name) {
    for (String prefix : new String[] {"snapshot", "pvmove"}) {
      if (name.startsWith(prefix)) {
        return Optional.of("LVM keeps names that begin with \"" + prefix + "\" for itself");
      }
    }
    return Optional.empty();
  }

  /// The kernel calls the volume `group-name` with every hyphen of the two doubled.
  private static Optional<String> deviceNameTooLong(String group, String name) {
    int length = doubledLength(group) + 1 + doubledLength(name);
    return length <= DEVICE_NAME_LENGTH_MAX
        ? Optional.empty()
        : Optional.of(
            "with the group's name \"%s\" and doubled hyphens the kernel's name for it would"
                    .formatted(group)
                + " have %d characters, %d are allowed".formatted(length, DEVICE_NAME_LENGTH_MAX));
  }

  private static int doubledLength(String name) {
    return name.length() + (int) name.chars().filter(letter -> letter == '-').count();
  }

  private static boolean isLetterOrDigit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  }
}
