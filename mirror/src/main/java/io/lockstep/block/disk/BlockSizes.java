package io.lockstep.block.disk;

import io.lockstep.block.Check;

/// The logical and physical block size of a disk. Immutable.
///
/// @param logicalBytes 512 or 4096
/// @param physicalBytes 512 or 4096, not below `logicalBytes`
public record BlockSizes(int logicalBytes, int physicalBytes) {
  /// An old disk: 512-byte blocks throughout.
  public static final BlockSizes NATIVE_512 = new BlockSizes(512, 512);

  /// 512-byte blocks outside, 4096 inside (512e).
  public static final BlockSizes EMULATED_512 = new BlockSizes(512, 4096);

  /// 4096-byte blocks throughout (4Kn).
  public static final BlockSizes NATIVE_4096 = new BlockSizes(4096, 4096);

  public BlockSizes {
    Check.that(logicalBytes == 512 || logicalBytes == 4096, "logical block is 512 or 4096");
    Check.that(
        physicalBytes == 4096 || physicalBytes == logicalBytes, "physical block is 512 or 4096");
  }
}
