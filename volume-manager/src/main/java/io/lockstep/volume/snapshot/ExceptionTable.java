package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;
import java.util.Arrays;

/// Which chunks of the origin a store keeps, and where: the entries in their order, found by the
/// origin's chunk. 16 to 32 bytes of memory for each. Belongs to one loop.
///
/// The order is the store's own: an entry is added behind the last and taken from the end.
public final class ExceptionTable {
  /// What [#find] says of a chunk that is not kept.
  static final long NONE = -1;

  /// Chunk numbers that it takes; with chunks of 64 KiB that is a disk of 256 TiB.
  static final long CHUNK_MAX = 0xffff_ffffL;

  private static final int CAPACITY_MIN = 64;

  private int[] origins = new int[CAPACITY_MIN];
  private int[] stores = new int[CAPACITY_MIN];

  /// Slot + 1 of the entry that hashes here or behind; 0 where there is none. Twice as long.
  private int[] index = new int[2 * CAPACITY_MIN];
  private int count;

  /// Number of entries.
  int count() {
    return count;
  }

  /// The chunk of the origin that an entry keeps.
  long originChunk(int slot) {
    return Integer.toUnsignedLong(origins[slot]);
  }

  /// Where an entry keeps it.
  long storeChunk(int slot) {
    return Integer.toUnsignedLong(stores[slot]);
  }

  /// Where a chunk of the origin is kept, or [#NONE].
  long find(long originChunk) {
    int place = place(originChunk);
    return index[place] == 0 ? NONE : storeChunk(index[place] - 1);
  }

  /// Adds an entry for a chunk that is not kept yet.
  void add(long originChunk, long storeChunk) {
    Check.that(originChunk >= 0 && originChunk <= CHUNK_MAX, "a chunk", originChunk, CHUNK_MAX);
    Check.that(storeChunk >= 0 && storeChunk <= CHUNK_MAX, "a chunk", storeChunk, CHUNK_MAX);
    if (count == origins.length) {
      grow();
    }
    origins[count] = (int) originChunk;
    stores[count] = (int) storeChunk;
    count++;
    int place = place(originChunk);
    Check.that(index[place] == 0, "not kept yet", originChunk, 0);
    index[place] = count;
  }

  /// Takes the last entry away.
  void removeLast() {
    Check.that(count > 0, "an entry is there");
    int hole = place(originChunk(count - 1));
    Check.that(index[hole] == count, "the last entry is found by its chunk");
    count--;
    index[hole] = 0;
    int mask = index.length - 1;
    for (int at = (hole + 1) & mask; index[at] != 0; at = (at + 1) & mask) {
      int home = home(originChunk(index[at] - 1));
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        index[hole] = index[at];
        index[at] = 0;
        hole = at;
      }
    }
  }

  /// The chunks of the origin that are kept, by rising number.
  long[] sortedOriginChunks() {
    long[] chunks = new long[count];
    for (int slot = 0; slot < count; slot++) {
      chunks[slot] = originChunk(slot);
    }
    Arrays.sort(chunks);
    return chunks;
  }

  private void grow() {
    origins = Arrays.copyOf(origins, 2 * count);
    stores = Arrays.copyOf(stores, 2 * count);
    index = new int[4 * count];
    for (int slot = 0; slot < count; slot++) {
      index[place(originChunk(slot))] = slot + 1;
    }
  }

  /// Where the chunk's slot stands in the index, or the empty place where it would.
  private int place(long originChunk) {
    int mask = index.length - 1;
    int at = home(originChunk);
    while (index[at] != 0 && origins[index[at] - 1] != (int) originChunk) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /// Neighbouring chunks come together often: they must not pile up.
  private int home(long originChunk) {
    return (int) ((originChunk * 0x9e37_79b9_7f4a_7c15L) >>> 32) & (index.length - 1);
  }
}
