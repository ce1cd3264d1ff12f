package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;
import io.lockstep.volume.SnapshotOf;

/// Where things lie in a snapshot's store, counted in chunks:
///
/// ```
///   chunk 0    chunk 1   2 ... perArea + 1   perArea + 2   ...
///   | header | area 0 | chunks of area 0  | area 1 | chunks of area 1 | ...
/// ```
///
/// An *area* is a chunk of entries; an entry of 16 bytes names a chunk of the origin and the chunk
/// of the store that holds it. Entries are used in order, slot after slot; the first entry without
/// a chunk ends the table. Pure arithmetic; immutable.
///
/// @param chunkBytes a power of two, [SnapshotOf#CHUNK_BYTES_MIN] to [SnapshotOf#CHUNK_BYTES_MAX]
public record StoreLayout(int chunkBytes) {
  /// An entry: two 64-bit numbers, least byte first.
  static final int ENTRY_BYTES = 16;

  /// The first chunk that can hold data.
  static final long FIRST_DATA_CHUNK = 2;

  public StoreLayout {
    Check.that(isChunkSize(chunkBytes), "a chunk size", chunkBytes, SnapshotOf.CHUNK_BYTES_MAX);
  }

  static boolean isChunkSize(long bytes) {
    return bytes >= SnapshotOf.CHUNK_BYTES_MIN
        && bytes <= SnapshotOf.CHUNK_BYTES_MAX
        && Long.bitCount(bytes) == 1;
  }

  /// Entries of an area.
  int perArea() {
    return chunkBytes / ENTRY_BYTES;
  }

  /// The chunk of an area.
  long areaChunk(long area) {
    return 1 + area * (perArea() + 1L);
  }

  /// Whether a chunk holds the header or entries.
  boolean isTable(long chunk) {
    return chunk == 0 || (chunk - 1) % (perArea() + 1L) == 0;
  }

  /// The next chunk that can hold data.
  long next(long chunk) {
    return isTable(chunk + 1) ? chunk + 2 : chunk + 1;
  }

  /// Where an entry lies in the store.
  long entryOffset(long slot) {
    return areaChunk(slot / perArea()) * chunkBytes + slot % perArea() * ENTRY_BYTES;
  }

  /// How many chunks of the origin a store of that many chunks can keep: one less than it has
  /// places for where its last area would be full, since a full area wants another one behind it.
  long capacity(long chunkCount) {
    long stride = perArea() + 1L;
    long behindHeader = Math.max(chunkCount - 1, 0);
    long fullAreas = behindHeader / stride;
    long rest = behindHeader % stride;
    long places = fullAreas * perArea() + Math.max(rest - 1, 0);
    return rest == 0 && fullAreas > 0 ? places - 1 : places;
  }
}
