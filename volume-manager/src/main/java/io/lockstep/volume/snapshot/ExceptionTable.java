package io.lockstep.volume.snapshot;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.lockstep.block.Check;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Which chunks of the origin a store keeps, and where: the entries in their order, found by the
/// origin's chunk. 16 to 32 bytes of memory outside the heap for each. Belongs to one loop.
///
/// The order is the store's own: an entry is added behind the last and taken from the end.
public final class ExceptionTable {
  /// What [#find] says of a chunk that is not kept.
  static final long NONE = -1;

  /// Chunk numbers that it takes; with chunks of 64 KiB that is a disk of 256 TiB.
  static final long CHUNK_MAX = 0xffff_ffffL;

  private static final int CAPACITY_MIN = 64;

  private int capacity = CAPACITY_MIN;
  private MemorySegment origins = numbers(CAPACITY_MIN);
  private MemorySegment stores = numbers(CAPACITY_MIN);

  /// Slot + 1 of the entry that hashes here or behind; 0 where there is none. Twice as long.
  private MemorySegment index = numbers(2 * CAPACITY_MIN);

  private int count;

  /// So many numbers, all 0. The memory goes with the table.
  private static MemorySegment numbers(int length) {
    return Arena.ofAuto().allocate(JAVA_INT, length);
  }

  /// Number of entries.
  int count() {
    return count;
  }

  /// The chunk of the origin that an entry keeps.
  long originChunk(int slot) {
    return Integer.toUnsignedLong(origins.getAtIndex(JAVA_INT, slot));
  }

  /// Where an entry keeps it.
  long storeChunk(int slot) {
    return Integer.toUnsignedLong(stores.getAtIndex(JAVA_INT, slot));
  }

  /// Where a chunk of the origin is kept, or [#NONE].
  long find(long originChunk) {
    int place = place(originChunk);
    int slot = slotAt(place) - 1;
    return slot < 0 ? NONE : storeChunk(slot);
  }

  /// Adds an entry for a chunk that is not kept yet.
  void add(long originChunk, long storeChunk) {
    Check.that(originChunk >= 0 && originChunk <= CHUNK_MAX, "a chunk", originChunk, CHUNK_MAX);
    Check.that(storeChunk >= 0 && storeChunk <= CHUNK_MAX, "a chunk", storeChunk, CHUNK_MAX);
    if (count == capacity) {
      grow();
    }
    origins.setAtIndex(JAVA_INT, count, (int) originChunk);
    stores.setAtIndex(JAVA_INT, count, (int) storeChunk);
    count++;
    int place = place(originChunk);
    Check.that(slotAt(place) == 0, "not kept yet", originChunk, 0);
    put(place, count);
  }

  /// Takes the last entry away.
  void removeLast() {
    Check.that(count > 0, "an entry is there");
    int hole = place(originChunk(count - 1));
    Check.that(slotAt(hole) == count, "the last entry is found by its chunk");
    count--;
    put(hole, 0);
    for (int at = behind(hole); slotAt(at) != 0; at = behind(at)) {
      int home = home(originChunk(slotAt(at) - 1));
      if (((at - home) & mask()) >= ((at - hole) & mask())) {
        put(hole, slotAt(at));
        put(at, 0);
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
    MemorySegment newOrigins = numbers(2 * capacity);
    MemorySegment newStores = numbers(2 * capacity);
    newOrigins.copyFrom(origins);
    newStores.copyFrom(stores);
    origins = newOrigins;
    stores = newStores;
    capacity *= 2;
    index = numbers(2 * capacity);
    for (int slot = 0; slot < count; slot++) {
      put(place(originChunk(slot)), slot + 1);
    }
  }

  private int slotAt(int place) {
    return index.getAtIndex(JAVA_INT, place);
  }

  private void put(int place, int slot) {
    index.setAtIndex(JAVA_INT, place, slot);
  }

  private int mask() {
    return 2 * capacity - 1;
  }

  private int behind(int place) {
    return (place + 1) & mask();
  }

  /// Where the chunk's slot stands in the index, or the empty place where it would.
  private int place(long originChunk) {
    int at = home(originChunk);
    while (slotAt(at) != 0 && originChunk(slotAt(at) - 1) != originChunk) {
      at = behind(at);
    }
    return at;
  }

  /// Neighbouring chunks come together often: they must not pile up.
  private int home(long originChunk) {
    return (int) ((originChunk * 0x9e37_79b9_7f4a_7c15L) >>> 32) & mask();
  }
}
