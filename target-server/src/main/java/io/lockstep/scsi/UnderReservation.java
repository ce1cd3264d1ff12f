package io.lockstep.scsi;

/// What a persistent reservation leaves to a command of a nexus that has no part in it (SPC-4 and
/// SBC-3, the tables "commands that are allowed in the presence of various reservations"; for a
/// registered nexus and a reservation of the registrants' types everything is allowed).
public enum UnderReservation {
  /// Whatever is reserved.
  ALLOWED,
  /// It reads the medium or what belongs to it: in conflict with Exclusive Access alone.
  READS,
  /// In conflict with every reservation.
  CONFLICT,
  /// START STOP UNIT: allowed with START and no POWER CONDITION, else in conflict.
  CONFLICT_TO_STOP,
  /// PREVENT ALLOW MEDIUM REMOVAL: allowed with a PREVENT of zero, else in conflict.
  CONFLICT_TO_PREVENT;

  /// What a reservation keeps from the others; its scope is the logical unit.
  public enum Kind {
    /// Write Exclusive, also of the registrants' types.
    WRITE_EXCLUSIVE,
    /// Exclusive Access, likewise.
    EXCLUSIVE_ACCESS
  }

  /// Whether a command of this row may be carried out.
  public boolean allows(Kind reserved, byte[] cdb) {
    return switch (this) {
      case ALLOWED -> true;
      case READS -> reserved == Kind.WRITE_EXCLUSIVE;
      case CONFLICT -> false;
      case CONFLICT_TO_STOP -> (cdb[4] & 0xF1) == 0x01;
      case CONFLICT_TO_PREVENT -> (cdb[4] & 0x03) == 0;
    };
  }
}
