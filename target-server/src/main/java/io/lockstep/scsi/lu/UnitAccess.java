package io.lockstep.scsi.lu;

import io.lockstep.scsi.Command;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.UnitAttention;
import java.util.Optional;

/// Who may do what with a logical unit: the checks before a command is decoded, in the order in
/// which they count (SAM-5 5.3.3): what the nexus must be told first, whether this node serves the
/// medium, whether another nexus has reserved it. And whether it may be changed at all.
final class UnitAccess {
  private final Attentions attentions;
  private final UnitMedium medium;
  private final UnitModes modes;
  private final Reservations reservations;

  UnitAccess(Attentions attentions, UnitMedium medium, UnitModes modes, Reservations reservations) {
    this.attentions = attentions;
    this.medium = medium;
    this.modes = modes;
    this.reservations = reservations;
  }

  /// Why a command is refused, whatever it asks in detail; a unit attention counts as told then.
  Optional<ScsiResult> refusal(Nexus nexus, Command command, byte[] cdb) {
    if (command.access() != Command.Access.ALWAYS) {
      Optional<UnitAttention> attention = attentions.next(nexus);
      if (attention.isPresent()) {
        return Optional.of(ScsiResult.unitAttention(attention.get()));
      }
    }
    if (command.access() == Command.Access.MEDIUM && !medium.isReady()) {
      return Optional.of(medium.notReady());
    }
    boolean conflict =
        reservations
            .against(nexus)
            .filter(kind -> !command.underReservation().allows(kind, cdb))
            .isPresent();
    return conflict ? Optional.of(new ScsiResult.ReservationConflict()) : Optional.empty();
  }

  /// Whether nobody may change the medium.
  boolean isReadOnly() {
    return modes.pages().isWriteProtected();
  }
}
