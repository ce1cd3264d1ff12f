package io.lockstep.nbd.session;

import io.lockstep.nbd.wire.OptionType;
import java.util.EnumSet;
import java.util.Set;

/// When an option may come: one line for each (proto.md, "Option types", "FORCEDTLS mode").
enum OptionRule {
  /// Also from a client that does not know the fixed newstyle.
  BEFORE_FIXED,
  /// Also before TLS, where that is forced.
  BEFORE_TLS,
  /// Not before structured replies are agreed on.
  AFTER_STRUCTURED;

  static Set<OptionRule> of(OptionType type) {
    return switch (type) {
      case EXPORT_NAME -> EnumSet.of(BEFORE_FIXED);
      case ABORT -> EnumSet.of(BEFORE_TLS);
      case LIST -> EnumSet.noneOf(OptionRule.class);
      case STARTTLS -> EnumSet.of(BEFORE_TLS);
      case INFO -> EnumSet.noneOf(OptionRule.class);
      case GO -> EnumSet.noneOf(OptionRule.class);
      case STRUCTURED_REPLY -> EnumSet.noneOf(OptionRule.class);
      case LIST_META_CONTEXT -> EnumSet.of(AFTER_STRUCTURED);
      case SET_META_CONTEXT -> EnumSet.of(AFTER_STRUCTURED);
    };
  }
}
