package io.lockstep.block.record;

/// One change to the set of records. Immutable; the array is never changed by its holder.
sealed interface RecordChange {
  RecordStore.Key key();

  @SuppressWarnings("ArrayRecordComponent")
  record Put(RecordStore.Key key, byte[] value) implements RecordChange {}

  record Delete(RecordStore.Key key) implements RecordChange {}
}
