package io.lockstep.scsi;

import io.lockstep.block.Check;

/// The relation of an initiator port with a target port (SAM-5 4.7, I_T nexus). Reservations and
/// unit attentions belong to it; two sessions with the same name and ISID are the same nexus.
///
/// @param initiatorName iSCSI name of the initiator node
/// @param isid initiator part of the session identifier, 48 bits (RFC 7143 11.12.5)
/// @param relativeTargetPort number of the target port, 1 to 65535
public record Nexus(String initiatorName, long isid, int relativeTargetPort) {
  public Nexus {
    Check.that(isid >>> 48 == 0, "ISID has 48 bits", isid, 48);
    Check.that(relativeTargetPort > 0 && relativeTargetPort < 65536, "relative target port");
  }
}
