/// The PDUs of RFC 7143 section 11 and their bytes: what a header says, how a stream of bytes falls
/// into PDUs, and back. Knows nothing of sessions. Pure: no socket, no thread, no clock, no dice.
///
/// [io.lockstep.iscsi.pdu.BasicHeader] is the 48 bytes; [io.lockstep.iscsi.pdu.Pdu] what they mean;
/// [io.lockstep.iscsi.pdu.PduDecoder] and [io.lockstep.iscsi.pdu.PduEncoder] the way in and out.
@NullMarked
package io.lockstep.iscsi.pdu;

import org.jspecify.annotations.NullMarked;
