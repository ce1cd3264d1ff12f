package io.lockstep.volume.embedded;

import java.util.random.RandomGenerator;

/// LVM's identifier: 32 characters, written in texts as groups of 6-4-4-4-4-4-6.
final class LvmUuid {
  static final int LENGTH = 32;

  private static final String ALPHABET =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final int[] GROUP_LENGTHS = {6, 4, 4, 4, 4, 4, 6};

  private LvmUuid() {}

  /// A new identifier with hyphens.
  static String random(RandomGenerator random) {
    StringBuilder plain = new StringBuilder(LENGTH);
    for (int index = 0; index < LENGTH; index++) {
      plain.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return withHyphens(plain.toString());
  }

  static String withHyphens(String plain) {
    StringBuilder grouped = new StringBuilder(LENGTH + GROUP_LENGTHS.length - 1);
    int start = 0;
    for (int length : GROUP_LENGTHS) {
      if (start > 0) {
        grouped.append('-');
      }
      grouped.append(plain, start, start + length);
      start += length;
    }
    return grouped.toString();
  }

  static String plain(String grouped) {
    return grouped.replace("-", "");
  }

  /// Whether `text` is an identifier with hyphens in the right places. LVM also allows `!` and `#`.
  static boolean isValid(String text) {
    String plain = plain(text);
    return plain.length() == LENGTH
        && plain.chars().allMatch(c -> ALPHABET.indexOf(c) >= 0 || c == '!' || c == '#')
        && withHyphens(plain).equals(text);
  }
}
