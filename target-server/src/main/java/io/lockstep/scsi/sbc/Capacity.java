package io.lockstep.scsi.sbc;

import io.lockstep.block.BlockLimits;
import java.nio.ByteBuffer;

/// READ CAPACITY and GET LBA STATUS data (SBC-3 5.5, 5.15, 5.16).
public final class Capacity {
  private static final long LBA_MAX_10 = 0xFFFF_FFFFL;

  private Capacity() {}

  /// READ CAPACITY(10): last LBA, FFFFFFFFh where it does not fit, and block length.
  public static byte[] ten(int blockBytes, long blockCount) {
    return ByteBuffer.allocate(8)
        .putInt((int) Math.min(blockCount - 1, LBA_MAX_10))
        .putInt(blockBytes)
        .array();
  }

  /// READ CAPACITY(16): last LBA, block length, physical block exponent; LBPME and LBPRZ where the
  /// device below gives back space, and only there.
  public static byte[] sixteen(int blockBytes, long blockCount, BlockLimits limits) {
    int physicalBytes = Math.max(limits.physicalBlockBytes(), blockBytes);
    int exponent = Integer.numberOfTrailingZeros(physicalBytes / blockBytes);
    return ByteBuffer.allocate(32)
        .putLong(blockCount - 1)
        .putInt(blockBytes)
        .put((byte) 0)
        .put((byte) exponent)
        .put((byte) (limits.discardZeroes() ? 0xC0 : 0))
        .put((byte) 0)
        .array();
  }

  /// GET LBA STATUS data (SBC-3 5.5): every block is told as mapped, since nothing below says which
  /// of them are holes.
  public static byte[] allMapped(long lba, long blockCount) {
    return ByteBuffer.allocate(24)
        .putInt(0, 20)
        .putLong(8, lba)
        .putInt(16, (int) Math.min(blockCount - lba, LBA_MAX_10))
        .array();
  }
}
