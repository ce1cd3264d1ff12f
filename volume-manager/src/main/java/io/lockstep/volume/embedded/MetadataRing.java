package io.lockstep.volume.embedded;

import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import java.util.Optional;

/// Where the next text goes in a metadata area. Pure.
///
/// **Invariant.** The blocks of the text in force and the block of the header are never written, so
/// a commit that breaks off leaves both as they were. Texts begin at multiples of
/// [#ALIGNMENT_BYTES], the largest block a disk has, and never run over the end of the ring: LVM
/// reads both kinds, and a text that is one run is the simpler one. The price is that a text can be
/// at most about a third of the area long.
final class MetadataRing {
  static final int ALIGNMENT_BYTES = 4096;

  private MetadataRing() {}

  /// The offset in the area for a text of `length` bytes: behind the one in force, else at the
  /// beginning of the ring; empty if it fits neither place.
  static Optional<Long> place(MetadataHeader header, long length) {
    long first = ALIGNMENT_BYTES;
    long end = down(header.size());
    long needed = up(length);
    if (header.committed().isEmpty()) {
      return fits(first, needed, end);
    }
    TextLocation live = header.committed().get();
    long liveStart = down(live.offset());
    long liveEnd = live.offset() + live.size();
    if (liveEnd > header.size()) {
      long wrappedEnd = up(MetadataHeader.BYTES + liveEnd - header.size());
      return fits(wrappedEnd, needed, liveStart);
    }
    return fits(up(liveEnd), needed, end).or(() -> fits(first, needed, liveStart));
  }

  private static Optional<Long> fits(long start, long needed, long end) {
    return start + needed <= end ? Optional.of(start) : Optional.empty();
  }

  static long up(long bytes) {
    return Math.ceilDiv(bytes, (long) ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  private static long down(long bytes) {
    return bytes / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
  }
}
