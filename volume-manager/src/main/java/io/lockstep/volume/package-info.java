/// Volumes in LVM's words: group, logical volume, segment, extent; the model both engines share,
/// and the [io.lockstep.volume.VolumeDevice] that maps a volume onto the block device below. Knows
/// `io.lockstep.block` only.
@NullMarked
package io.lockstep.volume;

import org.jspecify.annotations.NullMarked;
