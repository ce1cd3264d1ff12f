/// The replicated block device: two disks kept identical, write by write. This is the face of it:
/// the device, its commands, its status; the parts are in the rooms below.
///
/// Everything belongs to one [io.lockstep.block.Loop], the mirror's owner thread, and knows no
/// socket, no clock and no dice: disk, link, time and randomness come in as interfaces, so that the
/// simulation runs these very classes.
///
/// Reading order: [Mirror] (the face), `Rooms` (the parts, and what they tell each other),
/// `write.WritePath` (the life of a write on the Primary), `write.PeerWrites` (the same write on
/// the Secondary), `copy.Metadata` (the order rules on disk), `state.Handshake` and
/// `meeting.Meeting` (what happens when the nodes meet), `resync.ResyncSource` and
/// `resync.ResyncTarget`.
@NullMarked
package io.lockstep.mirror;

import org.jspecify.annotations.NullMarked;
