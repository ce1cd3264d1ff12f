package io.lockstep.scsi.lu;

import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.UnderReservation;
import java.util.Optional;

/// What is reserved of a logical unit, as the check of access asks it.
interface Reservations {
  /// Nothing ever is.
  Reservations NONE = _ -> Optional.empty();

  /// The kind of the reservation in which `nexus` has no part: neither holds it, nor is one of the
  /// registrants whom it lets in.
  Optional<UnderReservation.Kind> against(Nexus nexus);
}
