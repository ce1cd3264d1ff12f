/// How two disks become the same again: the node with the newer data is the source, the other one
/// the target.
///
/// Reading order: [ResyncSource], `ResyncChunk` (one piece of it), [ResyncTarget];
/// [UnreadableBlocks] and [AcceptedLoss] are about what the source cannot read. Belongs to the
/// mirror's loop.
@NullMarked
package io.lockstep.mirror.resync;

import org.jspecify.annotations.NullMarked;
