/// What a mirror keeps on its backing disk beside the data: superblocks, activity log and
/// quick-sync bitmap. Bytes in, values out; every number is big endian. Pure: no socket, thread,
/// clock or dice, and no I/O either: the mirror does the reading and writing.
@NullMarked
package io.lockstep.mirror.meta;

import org.jspecify.annotations.NullMarked;
