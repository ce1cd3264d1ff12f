package io.lockstep.block.record;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the two copies of a log hold, read batch by batch.
///
/// A batch is written to both copies and flushed before its successor begins, so at most the last
/// one can be unfinished, and of a finished one both copies are whole. Hence:
///
/// - one copy whole: the batch counts. Either it was finished and the other copy was damaged later,
///   or it was unfinished, and taking it as done is allowed: nobody was told yet. The log is then
///   not `clean`, and a writer starts a new one before it goes on.
/// - no copy whole, and no later batch of this generation anywhere: the log ends here.
/// - no copy whole, but a later batch: both copies of something finished are damaged. Refused.
/// - the first batch (the snapshot a log starts with) was finished before the header was written,
///   so it must be whole.
record RecordLog(Map<RecordKey, byte[]> records, int end, long nextNumber, boolean clean) {

  /// Reads a log.
  ///
  /// @return nothing if something that was finished is damaged in both copies
  static @Nullable RecordLog read(ByteBuffer first, ByteBuffer second, long generation) {
    Check.that(first.capacity() == second.capacity(), "copies of equal size");
    var records = new TreeMap<RecordKey, byte[]>();
    boolean clean = true;
    int at = RecordFormat.BLOCK_BYTES;
    long number = 0;
    while (at < first.capacity()) {
      RecordFormat.Batch left = batchAt(first, at, generation, number);
      RecordFormat.Batch right = batchAt(second, at, generation, number);
      if (left == null && right == null) {
        break;
      }
      if (left != null && right != null && !sameBytes(first, second, at, left.bytes())) {
        return null;
      }
      clean &= left != null && right != null;
      RecordFormat.Batch batch = left != null ? left : right;
      if (batch == null) {
        throw new AssertionError("one of the copies is whole");
      }
      batch.changes().forEach(change -> apply(records, change));
      at += batch.bytes();
      number++;
    }
    boolean damaged =
        number == 0 || goesOn(first, at, generation) || goesOn(second, at, generation);
    return damaged ? null : new RecordLog(records, at, number, clean);
  }

  static void apply(Map<RecordKey, byte[]> records, RecordChange change) {
    switch (change) {
      case RecordChange.Put(RecordKey key, byte[] value) -> records.put(key, value);
      case RecordChange.Delete(RecordKey key) -> records.remove(key);
    }
  }

  static void applyAll(Map<RecordKey, byte[]> records, List<RecordChange> changes) {
    changes.forEach(change -> apply(records, change));
  }

  private static RecordFormat.@Nullable Batch batchAt(
      ByteBuffer area, int at, long generation, long number) {
    RecordFormat.Batch batch = RecordFormat.decodeBatch(area, at, generation);
    return batch != null && batch.number() == number ? batch : null;
  }

  private static boolean sameBytes(ByteBuffer first, ByteBuffer second, int at, int length) {
    return first.slice(at, length).equals(second.slice(at, length));
  }

  /// Whether any batch of this generation lies beyond the end.
  private static boolean goesOn(ByteBuffer area, int end, long generation) {
    for (int at = end; at < area.capacity(); at += RecordFormat.BLOCK_BYTES) {
      if (RecordFormat.decodeBatch(area, at, generation) != null) {
        return true;
      }
    }
    return false;
  }
}
