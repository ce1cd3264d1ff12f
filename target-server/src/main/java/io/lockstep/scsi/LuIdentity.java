package io.lockstep.scsi;

import io.lockstep.block.Check;

/// What a logical unit is called, for life, the same on both nodes.
///
/// @param naa the 64-bit NAA designator, type 3 (locally assigned): 3h and 60 random bits
/// @param serial unit serial number, 1 to 32 printable ASCII characters
/// @param blockBytes logical block size, 512 or 4096
/// @param revision product revision level, up to 4 characters
public record LuIdentity(long naa, String serial, int blockBytes, String revision) {
  /// T10 vendor identification, eight characters.
  public static final String VENDOR = "LOCKSTEP";

  /// Product identification.
  public static final String PRODUCT = "VOLUME";

  public LuIdentity {
    Check.that(naa >>> 60 == 3, "NAA type 3", naa >>> 60, 3);
    Check.that(!serial.isEmpty() && serial.length() <= 32, "serial of 1 to 32 characters");
    Check.that(serial.chars().allMatch(c -> c > 0x20 && c < 0x7F), "serial is printable ASCII");
    Check.that(blockBytes == 512 || blockBytes == 4096, "block size", blockBytes, 512);
    Check.that(revision.length() <= 4, "revision of up to 4 characters");
  }
}
