package io.lockstep.block.record;

/// One change to the set of records. Immutable; the array is never changed by its holder.
sealed interface RecordChange {
  RecordKey key();

  @SuppressWarnings("ArrayRecordComponent")
  record Put(RecordKey key, byte[] value) implements RecordChange {}

  record Delete(RecordKey key) implements RecordChange {}
}
