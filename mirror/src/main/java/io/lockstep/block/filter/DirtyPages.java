package io.lockstep.block.filter;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Bytes that are newer than those on the disk below, by sectors of 512 bytes in pages of 4096.
final class DirtyPages {
  static final int SECTOR_BYTES = 512;
  private static final int PAGE_BYTES = 4096;

  private final TreeMap<Long, Page> pages = new TreeMap<>();
  private long bytes;

  private static final class Page {
    final byte[] content = new byte[PAGE_BYTES];

    /// One bit for each sector that counts.
    int dirty;
  }

  /// A run of bytes to write down.
  record Run(long offset, int length) {}

  /// What is held, in whole pages.
  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return pages.isEmpty();
  }

  /// Takes a copy of `source`, which becomes the newest content of its range.
  void put(long offset, ByteBuffer source) {
    for (int done = 0; done < source.remaining(); done += SECTOR_BYTES) {
      long at = offset + done;
      Page page = pages.get(at / PAGE_BYTES);
      if (page == null) {
        page = new Page();
        pages.put(at / PAGE_BYTES, page);
        bytes += PAGE_BYTES;
      }
      int inPage = (int) (at % PAGE_BYTES);
      source.get(source.position() + done, page.content, inPage, SECTOR_BYTES);
      page.dirty |= 1 << (inPage / SECTOR_BYTES);
    }
  }

  /// A copy of the pages that the range touches; what comes later does not change it.
  DirtyPages copyOf(long offset, long length) {
    var copy = new DirtyPages();
    long last = offset + length - 1;
    var touched = pages.subMap(offset / PAGE_BYTES, true, last / PAGE_BYTES, true);
    for (var entry : touched.entrySet()) {
      Page page = new Page();
      System.arraycopy(entry.getValue().content, 0, page.content, 0, PAGE_BYTES);
      page.dirty = entry.getValue().dirty;
      copy.pages.put(entry.getKey(), page);
      copy.bytes += PAGE_BYTES;
    }
    return copy;
  }

  /// Lays the held bytes of the range over those in `target`.
  void overlay(long offset, ByteBuffer target) {
    long end = offset + target.remaining();
    for (var entry : pages.subMap(offset / PAGE_BYTES, true, end / PAGE_BYTES, true).entrySet()) {
      Page page = entry.getValue();
      for (int sector = 0; sector < PAGE_BYTES / SECTOR_BYTES; sector++) {
        long at = entry.getKey() * PAGE_BYTES + (long) sector * SECTOR_BYTES;
        if (((page.dirty >> sector) & 1) != 0 && at >= offset && at < end) {
          target.put(
              target.position() + (int) (at - offset),
              page.content,
              sector * SECTOR_BYTES,
              SECTOR_BYTES);
        }
      }
    }
  }

  /// Forgets the range: something newer goes to the disk by itself.
  void drop(long offset, long length) {
    long end = offset + length;
    var touched = pages.subMap(offset / PAGE_BYTES, true, (end - 1) / PAGE_BYTES, true);
    for (var entries = touched.entrySet().iterator(); entries.hasNext(); ) {
      var entry = entries.next();
      Page page = entry.getValue();
      for (int sector = 0; sector < PAGE_BYTES / SECTOR_BYTES; sector++) {
        long at = entry.getKey() * PAGE_BYTES + (long) sector * SECTOR_BYTES;
        if (at >= offset && at < end) {
          page.dirty &= ~(1 << sector);
        }
      }
      if (page.dirty == 0) {
        entries.remove();
        bytes -= PAGE_BYTES;
      }
    }
  }

  /// All that is held as runs in ascending order, each at most `lengthMax` long.
  List<Run> runs(int lengthMax) {
    var runs = new ArrayList<Run>();
    long start = 0;
    int length = 0;
    for (var entry : pages.entrySet()) {
      for (int sector = 0; sector < PAGE_BYTES / SECTOR_BYTES; sector++) {
        if (((entry.getValue().dirty >> sector) & 1) == 0) {
          continue;
        }
        long at = entry.getKey() * PAGE_BYTES + (long) sector * SECTOR_BYTES;
        if (length > 0 && (at != start + length || length == lengthMax)) {
          runs.add(new Run(start, length));
          length = 0;
        }
        start = length == 0 ? at : start;
        length += SECTOR_BYTES;
      }
    }
    if (length > 0) {
      runs.add(new Run(start, length));
    }
    return runs;
  }
}
