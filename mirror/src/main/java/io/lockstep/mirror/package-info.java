/// The replicated block device: two disks kept identical, write by write, over a [PeerLink].
///
/// Everything here belongs to one [io.lockstep.block.Loop], the mirror's owner thread, and knows no
/// socket, no clock and no dice: disk, link, time and randomness come in as interfaces, so that the
/// simulation runs these very classes.
///
/// Reading order: [Mirror] (the face), `WritePath` (the life of a write on the Primary),
/// `PeerWrites` (the same write on the Secondary), `copy.Metadata` (the order rules on disk),
/// `Handshake` (what happens when the nodes meet), `ResyncSource` and `ResyncTarget`.
@NullMarked
package io.lockstep.mirror;

import org.jspecify.annotations.NullMarked;
