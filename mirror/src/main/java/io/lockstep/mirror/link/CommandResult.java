package io.lockstep.mirror.link;

import io.lockstep.block.Refusal;

/// How an administrator's command ended.
public sealed interface CommandResult {
  /// Done; `note` is a sentence the administrator should read, or empty.
  record Done(String note) implements CommandResult {}

  /// Nothing was changed.
  record Refused(Refusal refusal) implements CommandResult {
    /// See [Refusal].
    public Refused(String what, String why, String action) {
      this(new Refusal(what, why, action));
    }
  }
}
