package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;

/// Memory for the words of bitmap pages in which some bits are set and some are not. A page has a
/// *place*, a number; places lie in slabs outside the heap, which come and go with the pages: of
/// the slabs that are empty one is kept. A bitmap that fits into one slab has it in the heap, where
/// it needs nobody to free it.
///
/// Belongs to [Bitmap]; a slab is used and freed by the thread that needed it first.
final class MixedPages {
  /// Places in a slab of about 1 MiB.
  static final int SLAB_PAGES = 256;

  private static final int PAGE_BYTES = Bitmap.PAGE_WORDS * Long.BYTES;
  private static final Slab NONE = new Slab(MemorySegment.NULL, () -> {});

  private final int pages;
  private final BitSet taken = new BitSet();
  private Slab[] slabs = {};
  private int count;
  private int emptySlabs;

  /// Every place in front of this one is taken.
  private int firstFree;

  /// @param pages how many pages there are
  MixedPages(int pages) {
    this.pages = pages;
  }

  private static final class Slab {
    private final MemorySegment words;
    private final Runnable release;
    private int used;

    Slab(MemorySegment words, Runnable release) {
      this.words = words;
      this.release = release;
    }
  }

  /// How many places are taken.
  int count() {
    return count;
  }

  /// How many bytes the slabs take.
  long bytes() {
    return Arrays.stream(slabs).mapToLong(slab -> slab.words.byteSize()).sum();
  }

  /// Finds a place; what is in it is not defined.
  int take() {
    int place = taken.nextClearBit(firstFree);
    taken.set(place);
    firstFree = place + 1;
    count++;
    int index = place / SLAB_PAGES;
    if (index >= slabs.length) {
      int before = slabs.length;
      slabs = Arrays.copyOf(slabs, index + 1 + index / 2);
      Arrays.fill(slabs, before, slabs.length, NONE);
    }
    if (slabs[index] == NONE) {
      slabs[index] = newSlab();
    } else if (slabs[index].used == 0) {
      emptySlabs--;
    }
    slabs[index].used++;
    return place;
  }

  private Slab newSlab() {
    if (pages <= SLAB_PAGES) {
      return new Slab(MemorySegment.ofArray(new long[pages * Bitmap.PAGE_WORDS]), () -> {});
    }
    Arena arena = Arena.ofConfined();
    return new Slab(arena.allocate((long) SLAB_PAGES * PAGE_BYTES, Long.BYTES), arena::close);
  }

  void giveBack(int place) {
    Check.that(taken.get(place), "the place is taken", place, count);
    taken.clear(place);
    firstFree = Math.min(firstFree, place);
    count--;
    int index = place / SLAB_PAGES;
    Slab slab = slabs[index];
    slab.used--;
    if (slab.used > 0) {
      return;
    }
    if (emptySlabs == 0) {
      emptySlabs++;
    } else {
      slabs[index] = NONE;
      slab.release.run();
    }
  }

  long get(int place, int word) {
    return slabs[place / SLAB_PAGES].words.get(ValueLayout.JAVA_LONG, byteOf(place, word));
  }

  void put(int place, int word, long bits) {
    slabs[place / SLAB_PAGES].words.set(ValueLayout.JAVA_LONG, byteOf(place, word), bits);
  }

  /// Sets the bits of `mask`.
  ///
  /// @return how many were clear
  int set(int place, int word, long mask) {
    MemorySegment words = slabs[place / SLAB_PAGES].words;
    long at = byteOf(place, word);
    long before = words.get(ValueLayout.JAVA_LONG, at);
    words.set(ValueLayout.JAVA_LONG, at, before | mask);
    return Long.bitCount(mask & ~before);
  }

  /// Clears the bits of `mask`.
  ///
  /// @return how many were set
  int clear(int place, int word, long mask) {
    MemorySegment words = slabs[place / SLAB_PAGES].words;
    long at = byteOf(place, word);
    long before = words.get(ValueLayout.JAVA_LONG, at);
    words.set(ValueLayout.JAVA_LONG, at, before & ~mask);
    return Long.bitCount(mask & before);
  }

  private static long byteOf(int place, int word) {
    return (long) (place % SLAB_PAGES) * PAGE_BYTES + (long) word * Long.BYTES;
  }
}
