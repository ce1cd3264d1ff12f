package io.lockstep.mirror.meta;

import java.util.Arrays;

/// Extent number to slot number, by open addressing with linear probing, so that a look-up neither
/// allocates nor boxes. Holds at most half of its places. Not thread-safe; owner: [ActivityLog].
final class ExtentMap {
  static final int MISSING = -1;

  private final int[] extents;
  private final int[] slots;
  private final int mask;

  /// @param entriesMax how many extents it holds at most
  ExtentMap(int entriesMax) {
    int places = Integer.highestOneBit(Math.max(entriesMax, 8) * 4 - 1);
    extents = new int[places];
    slots = new int[places];
    mask = places - 1;
    Arrays.fill(slots, MISSING);
  }

  int get(int extent) {
    return slots[placeOf(extent)];
  }

  void put(int extent, int slot) {
    int place = placeOf(extent);
    extents[place] = extent;
    slots[place] = slot;
  }

  /// Removes `extent` and moves back what had probed past it, so that no gap hides an entry.
  void remove(int extent) {
    int gap = placeOf(extent);
    slots[gap] = MISSING;
    for (int place = next(gap); slots[place] != MISSING; place = next(place)) {
      int home = home(extents[place]);
      if (((place - home) & mask) >= ((place - gap) & mask)) {
        extents[gap] = extents[place];
        slots[gap] = slots[place];
        slots[place] = MISSING;
        gap = place;
      }
    }
  }

  private int placeOf(int extent) {
    int place = home(extent);
    while (slots[place] != MISSING && extents[place] != extent) {
      place = next(place);
    }
    return place;
  }

  private int home(int extent) {
    int mixed = extent * 0x9E3779B1;
    return (mixed ^ (mixed >>> 16)) & mask;
  }

  private int next(int place) {
    return (place + 1) & mask;
  }
}
