/// The life of a write and of a read, on either node.
///
/// Reading order: [WritePath] (a write on the Primary) with `Change` (its legs), `Epochs` (flushes,
/// barriers, what is not yet stable on both disks) and [ReadPath]; [PeerWrites] (the same write on
/// the Secondary) with `PeerBarriers`; [PeerReads] (what the local disk cannot read);
/// [AloneGeneration] (what comes before the first write without the peer). Belongs to the mirror's
/// loop.
@NullMarked
package io.lockstep.mirror.write;

import org.jspecify.annotations.NullMarked;
