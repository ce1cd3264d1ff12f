/// Small records in a region of a block device that survive crashes: what the nodes must remember
/// beside the data. Pure: everything goes through a [io.lockstep.block.BlockDevice].
@NullMarked
package io.lockstep.block.record;

import org.jspecify.annotations.NullMarked;
