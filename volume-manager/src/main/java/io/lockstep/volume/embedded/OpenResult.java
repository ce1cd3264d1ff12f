package io.lockstep.volume.embedded;

import io.lockstep.volume.VolumeEngine;

/// How [EmbeddedEngine#open] ended.
public sealed interface OpenResult {
  /// The group is open; [VolumeEngine#group] says whether it is read-only.
  record Ready(VolumeEngine engine) implements OpenResult {}

  /// The space was not opened and not changed.
  ///
  /// @param what what was found, and where
  /// @param action what a person can do
  record Refused(String what, String action) implements OpenResult {
    /// Both parts as one line.
    public String sentence() {
      return what + "; " + action + ".";
    }
  }
}
