/// One node's copy of the replicated space: the disk, its records, and how good both are.
///
/// Reading order: [LocalCopy] (the copy while the mirror runs), `Attaching` (how it comes to be),
/// `Metadata` (the records and the order in which they reach the disk), `SuperblockWriter`,
/// `LostRecords`. Knows nothing of a peer, a role or a link. Belongs to the mirror's loop.
@NullMarked
package io.lockstep.mirror.copy;

import org.jspecify.annotations.NullMarked;
