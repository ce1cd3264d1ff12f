/// One client of the NBD server, after proto.md: the handshake as a state machine, and the
/// transmission phase over a [io.lockstep.block.BlockDevice]. Pure: no socket, no thread, no clock,
/// no dice.
///
/// [io.lockstep.nbd.session.Handshake] asks an [io.lockstep.nbd.session.ExportLookup] and ends in
/// [io.lockstep.nbd.session.Agreed]; with that an [io.lockstep.nbd.session.NbdSession] begins, on
/// the loop of the export.
@NullMarked
package io.lockstep.nbd.session;

import org.jspecify.annotations.NullMarked;
