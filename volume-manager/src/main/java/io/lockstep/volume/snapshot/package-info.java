/// Snapshots in the on-disk format of the kernel's dm-snapshot (persistent store, version 1): what
/// a volume held at one moment, kept by copying each chunk before its first change.
@NullMarked
package io.lockstep.volume.snapshot;

import org.jspecify.annotations.NullMarked;
