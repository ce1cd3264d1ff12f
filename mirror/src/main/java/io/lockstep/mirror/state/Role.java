package io.lockstep.mirror.state;

import java.util.Optional;

/// Who may write: at most one [#PRIMARY] in a term. Codes are on disk and on the wire: never change
/// or reuse one.
public enum Role {
  /// Keeps its disk identical with the Primary's and serves no I/O.
  SECONDARY(1, "Secondary"),
  /// Serves I/O and orders every write.
  PRIMARY(2, "Primary");

  private final int code;
  private final String label;

  Role(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /// The table of what may follow what, over a disk of that state; each may stay as it is. Only a
  /// node whose data is known to be good begins to serve. It stops whatever its disk has become.
  public boolean mayBecome(Role next, DiskState disk) {
    return next == this
        || switch (next) {
          case SECONDARY -> true;
          case PRIMARY ->
              switch (disk) {
                case UP_TO_DATE -> true;
                case DISKLESS,
                    ATTACHING,
                    FAILED,
                    NEGOTIATING,
                    INCONSISTENT,
                    OUTDATED,
                    DUNKNOWN,
                    CONSISTENT ->
                    false;
              };
        };
  }

  /// The stable number for disk and wire; fits a byte and is never 0.
  public int code() {
    return code;
  }

  /// DRBD's spelling, for people.
  public String label() {
    return label;
  }

  /// The role with `code`; empty for a number that no release has given a meaning known here.
  public static Optional<Role> fromCode(int code) {
    for (Role role : values()) {
      if (role.code == code) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
