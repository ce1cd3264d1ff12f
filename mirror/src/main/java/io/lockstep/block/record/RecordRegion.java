package io.lockstep.block.record;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;

/// The part of a device that a [RecordStore] lives in. Immutable.
///
/// @param offset first byte, a multiple of 4096
/// @param lengthBytes 64 KiB to 16 MiB, a multiple of 16 KiB
public record RecordRegion(BlockDevice device, long offset, long lengthBytes) {
  private static final int LENGTH_BYTES_MIN = 64 << 10;

  public RecordRegion {
    Check.that(offset % RecordFormat.BLOCK_BYTES == 0, "offset in blocks", offset, 0);
    Check.that(
        lengthBytes % ((long) RecordFormat.AREAS * RecordFormat.BLOCK_BYTES) == 0,
        "length in areas",
        lengthBytes,
        RecordFormat.AREAS);
    Check.that(
        lengthBytes >= LENGTH_BYTES_MIN
            && lengthBytes / RecordFormat.AREAS <= BufferPool.BUFFER_BYTES_MAX,
        "length in its limits",
        lengthBytes,
        LENGTH_BYTES_MIN);
    Check.that(device.limits().contains(offset, lengthBytes), "region inside the device");
  }

  int areaBytes() {
    return (int) (lengthBytes / RecordFormat.AREAS);
  }

  /// Where an area begins on the device.
  long areaOffset(int area) {
    return offset + (long) area * areaBytes();
  }

  @Override
  public String toString() {
    return "bytes %d to %d".formatted(offset, offset + lengthBytes);
  }
}
