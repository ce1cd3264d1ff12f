package io.lockstep.block.record;

/// How far the changes of a region have come: two readers that found the same position in copies of
/// one region have read the same records.
///
/// @param generation of the log in force; 0: nothing was ever written
/// @param batches of changes in it
public record RecordPosition(long generation, long batches) {}
