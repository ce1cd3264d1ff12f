package io.lockstep.sim;

import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;

/// Sectors of a disk that do not give back what was written to them: unreadable, or with other
/// bytes in them. They lie over the images, which go on telling checkers the truth. A sector is
/// whole again when it is written.
final class BadSectors {
  private static final int SECTOR_BYTES = WriteCache.SECTOR_BYTES;
  private static final byte[] UNREADABLE = {};

  private final TreeMap<Long, byte[]> seen = new TreeMap<>();

  int count() {
    return seen.size();
  }

  void clear() {
    seen.clear();
  }

  void makeUnreadable(long offset, long length) {
    for (long sector = offset / SECTOR_BYTES; sector * SECTOR_BYTES < offset + length; sector++) {
      seen.put(sector, UNREADABLE);
    }
  }

  /// Reads see `bytes` at `offset`, a whole number of sectors.
  void show(long offset, byte[] bytes) {
    for (int at = 0; at < bytes.length; at += SECTOR_BYTES) {
      var content = new byte[SECTOR_BYTES];
      System.arraycopy(bytes, at, content, 0, SECTOR_BYTES);
      seen.put((offset + at) / SECTOR_BYTES, content);
    }
  }

  /// Whether any sector of the range is bad.
  boolean touches(long offset, long length) {
    return !seen.isEmpty() && !range(offset, length).isEmpty();
  }

  /// Whether any sector of the range cannot be read.
  boolean isUnreadable(long offset, long length) {
    return touches(offset, length) && range(offset, length).containsValue(UNREADABLE);
  }

  /// Puts what is seen over what was read from `offset`.
  void cover(long offset, ByteBuffer target) {
    if (touches(offset, target.remaining())) {
      range(offset, target.remaining())
          .forEach(
              (sector, bytes) ->
                  target.put(target.position() + (int) (sector * SECTOR_BYTES - offset), bytes));
    }
  }

  void written(long offset, long length) {
    if (!seen.isEmpty()) {
      range(offset, length).clear();
    }
  }

  private SortedMap<Long, byte[]> range(long offset, long length) {
    long end = (offset + length + SECTOR_BYTES - 1) / SECTOR_BYTES;
    return seen.subMap(offset / SECTOR_BYTES, end);
  }
}
