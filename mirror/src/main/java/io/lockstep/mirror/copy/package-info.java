/// One node's copy of the replicated space, which may be absent: the disk, its records, and how
/// good both are. And the ledger: what the node knows of the mirror's history.
///
/// Reading order: [LocalCopy] (the copy while the mirror runs), `Attaching` (how it comes to be),
/// `Metadata` (the records and the order in which they reach the disk), `SuperblockWriter`,
/// `LostRecords`; then [Ledger]. Knows nothing of a peer, a role or a link. Belongs to the mirror's
/// loop.
@NullMarked
package io.lockstep.mirror.copy;

import org.jspecify.annotations.NullMarked;
