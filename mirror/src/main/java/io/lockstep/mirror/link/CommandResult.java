package io.lockstep.mirror.link;

/// How an administrator's command ended.
public sealed interface CommandResult {
  /// Done; `note` is a sentence the administrator should read, or empty.
  record Done(String note) implements CommandResult {}

  /// Nothing was changed.
  ///
  /// @param what what was asked and did not happen
  /// @param why the reason
  /// @param action what to do about it
  record Refused(String what, String why, String action) implements CommandResult {}
}
