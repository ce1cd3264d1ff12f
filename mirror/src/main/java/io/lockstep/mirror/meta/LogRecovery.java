package io.lockstep.mirror.meta;

/// What a ring says.
///
/// @param damaged the ring cannot be trusted: take every block for out of sync
/// @param detail what is wrong with it, for the log; empty unless damaged
/// @param extents the hot extents of the newest intact transaction, ascending
/// @param lastTransaction the highest number seen in any intact sector, see
///     [ActivityLog#startAfter]
@SuppressWarnings("ArrayRecordComponent")
public record LogRecovery(boolean damaged, String detail, int[] extents, long lastTransaction) {}
