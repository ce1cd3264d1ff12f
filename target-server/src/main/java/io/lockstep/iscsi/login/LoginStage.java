package io.lockstep.iscsi.login;

import java.util.Optional;

/// The stages of a connection (RFC 7143 11.12.3) with their numbers in CSG and NSG.
///
/// ```
///  SECURITY ──► OPERATIONAL ──► FULL_FEATURE
///      └──────────────────────────►┘
/// ```
public enum LoginStage {
  SECURITY(0, 'S'),
  OPERATIONAL(1, 'O'),
  FULL_FEATURE(3, 'F');

  private final int code;
  private final char letter;

  LoginStage(int code, char letter) {
    this.code = code;
    this.letter = letter;
  }

  public int code() {
    return code;
  }

  /// How [TextKey]'s table says it.
  char letter() {
    return letter;
  }

  static Optional<LoginStage> of(int code) {
    return switch (code) {
      case 0 -> Optional.of(SECURITY);
      case 1 -> Optional.of(OPERATIONAL);
      case 3 -> Optional.of(FULL_FEATURE);
      default -> Optional.empty();
    };
  }
}
