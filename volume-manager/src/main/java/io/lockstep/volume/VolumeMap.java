package io.lockstep.volume;

import io.lockstep.block.Check;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Where the bytes of a volume lie on the device below: LVM's segments, linear and striped, in
/// bytes. Immutable; asking it allocates nothing.
///
/// A stripe's bytes follow each other on the device; in the volume they come in rows, a piece of
/// `stripeSizeBytes` from each stripe in turn:
///
/// ```
///   volume   | s0 row 0 | s1 row 0 | s0 row 1 | s1 row 1 | ...
///   stripe 0 | s0 row 0 | s0 row 1 | ...
/// ```
public final class VolumeMap {
  private final long sizeBytes;
  private final long[] segmentStarts;
  private final Part[] parts;

  private VolumeMap(long sizeBytes, Part[] parts) {
    this.sizeBytes = sizeBytes;
    this.parts = parts;
    this.segmentStarts = Arrays.stream(parts).mapToLong(Part::start).toArray();
  }

  /// A segment in bytes.
  ///
  /// @param start first byte in the volume
  /// @param length number of bytes
  /// @param stripeSizeBytes size of a piece; for one stripe the whole length
  /// @param stripeOffsets where each stripe begins on the device
  @SuppressWarnings("ArrayRecordComponent") // private, and never changed
  private record Part(long start, long length, long stripeSizeBytes, long[] stripeOffsets) {}

  /// The map of a volume; empty if a segment lies on another PV or is of a type that is not mapped.
  ///
  /// @param physicalVolume the PV that the device below is
  public static Optional<VolumeMap> of(
      Volume volume, PhysicalVolume physicalVolume, long extentSizeBytes) {
    List<Segment> segments = volume.segments();
    Part[] parts = new Part[segments.size()];
    for (int index = 0; index < parts.length; index++) {
      Segment segment = segments.get(index);
      boolean here =
          segment.isMapped()
              && segment.stripes().stream()
                  .allMatch(stripe -> stripe.physicalVolume().equals(physicalVolume.uuid()));
      if (!here) {
        return Optional.empty();
      }
      parts[index] = part(segment, physicalVolume, extentSizeBytes);
    }
    return Optional.of(new VolumeMap(volume.sizeBytes(), parts));
  }

  /// The map of a device that is the volume itself.
  ///
  /// @param sizeBytes at least 1
  public static VolumeMap whole(long sizeBytes) {
    return new VolumeMap(sizeBytes, new Part[] {new Part(0, sizeBytes, sizeBytes, new long[] {0})});
  }

  private static Part part(Segment segment, PhysicalVolume pv, long extentSizeBytes) {
    long[] offsets =
        segment.stripes().stream()
            .mapToLong(
                stripe ->
                    new ExtentLayout(pv.extentStartBytes(), extentSizeBytes)
                        .offset(stripe.startExtent()))
            .toArray();
    long length = segment.extentCount() * extentSizeBytes;
    long stripeSizeBytes = offsets.length == 1 ? length : segment.stripeSizeBytes();
    return new Part(segment.startExtent() * extentSizeBytes, length, stripeSizeBytes, offsets);
  }

  public long sizeBytes() {
    return sizeBytes;
  }

  /// Where the byte at `offset` of the volume lies on the device.
  public long deviceOffset(long offset) {
    Part part = parts[partIndex(offset)];
    long piece = (offset - part.start) / part.stripeSizeBytes;
    int stripe = (int) (piece % part.stripeOffsets.length);
    long row = piece / part.stripeOffsets.length;
    long inside = (offset - part.start) % part.stripeSizeBytes;
    return part.stripeOffsets[stripe] + row * part.stripeSizeBytes + inside;
  }

  /// Which byte of the volume lies at `deviceOffset` of the device; empty if none does.
  public OptionalLong volumeOffset(long deviceOffset) {
    for (Part part : parts) {
      int stripeCount = part.stripeOffsets.length;
      for (int stripe = 0; stripe < stripeCount; stripe++) {
        long inside = deviceOffset - part.stripeOffsets[stripe];
        if (inside >= 0 && inside < part.length / stripeCount) {
          long piece = inside / part.stripeSizeBytes * stripeCount + stripe;
          long start = part.start + piece * part.stripeSizeBytes;
          return OptionalLong.of(start + inside % part.stripeSizeBytes);
        }
      }
    }
    return OptionalLong.empty();
  }

  /// How many bytes from `offset` on follow each other on the device, at least 1.
  public long contiguousBytes(long offset) {
    Part part = parts[partIndex(offset)];
    return part.stripeSizeBytes - (offset - part.start) % part.stripeSizeBytes;
  }

  /// Calls `receiver` for each run of the device that holds bytes of `[offset, offset + length)`,
  /// one for each stripe of each segment, however long: for operations without data.
  public void forEachRun(long offset, long length, RunReceiver receiver) {
    Check.that(length > 0 && offset <= sizeBytes - length, "inside the volume", offset, length);
    long end = offset + length;
    for (int index = partIndex(offset); index < parts.length && parts[index].start < end; index++) {
      Part part = parts[index];
      long from = Math.max(offset - part.start, 0);
      long to = Math.min(end - part.start, part.length);
      for (int stripe = 0; stripe < part.stripeOffsets.length; stripe++) {
        long first = stripeBytesBelow(part, stripe, from);
        long last = stripeBytesBelow(part, stripe, to);
        if (first < last) {
          receiver.run(part.stripeOffsets[stripe] + first, last - first);
        }
      }
    }
  }

  /// A run of bytes of the device.
  @FunctionalInterface
  public interface RunReceiver {
    void run(long deviceOffset, long length);
  }

  /// Whether all that this map says is also said by `larger`: it may then replace this one while
  /// operations run.
  public boolean isPrefixOf(VolumeMap larger) {
    if (larger.sizeBytes < sizeBytes || larger.parts.length < parts.length) {
      return false;
    }
    for (int index = 0; index < parts.length; index++) {
      Part mine = parts[index];
      Part other = larger.parts[index];
      boolean same =
          mine.start == other.start
              && Arrays.equals(mine.stripeOffsets, other.stripeOffsets)
              && mine.length <= other.length
              && (mine.stripeOffsets.length == 1 || mine.stripeSizeBytes == other.stripeSizeBytes);
      if (!same || (index < parts.length - 1 && mine.length != other.length)) {
        return false;
      }
    }
    return true;
  }

  /// Whether every border between two runs is a multiple of `bytes`, so that a device with such
  /// blocks can hold the volume.
  public boolean isAlignedTo(int bytes) {
    for (Part part : parts) {
      boolean aligned =
          part.start % bytes == 0
              && part.length % bytes == 0
              && part.stripeSizeBytes % bytes == 0
              && Arrays.stream(part.stripeOffsets).allMatch(offset -> offset % bytes == 0);
      if (!aligned) {
        return false;
      }
    }
    return true;
  }

  /// Bytes of a stripe that lie in the first `offset` bytes of its segment.
  private static long stripeBytesBelow(Part part, int stripe, long offset) {
    long rowBytes = part.stripeSizeBytes * part.stripeOffsets.length;
    long inRow = offset % rowBytes - stripe * part.stripeSizeBytes;
    return offset / rowBytes * part.stripeSizeBytes + Math.clamp(inRow, 0, part.stripeSizeBytes);
  }

  private int partIndex(long offset) {
    Check.that(offset >= 0 && offset < sizeBytes, "inside the volume", offset, sizeBytes);
    int index = Arrays.binarySearch(segmentStarts, offset);
    return index >= 0 ? index : -index - 2;
  }
}
