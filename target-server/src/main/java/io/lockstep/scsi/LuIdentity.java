package io.lockstep.scsi;

import io.lockstep.block.Check;
import java.util.regex.Pattern;

/// What a logical unit is called, for life, the same on both nodes.
///
/// @param naa the NAA designator, type 6 (SPC-4 7.8.6.6.5), as 32 hexadecimal digits: 6h, the
///     company id, and 100 bits that no other volume has
/// @param serial unit serial number, 1 to 32 printable ASCII characters
/// @param blockBytes logical block size, 512 or 4096
/// @param revision product revision level, up to 4 characters
public record LuIdentity(String naa, String serial, int blockBytes, String revision) {
  /// The form of `naa`.
  public static final Pattern NAA = Pattern.compile("6[0-9a-f]{31}");

  /// The company id of volumes unless another is configured: none that the IEEE has given out, but
  /// locally administered.
  public static final String COMPANY_ID = "024c53";

  /// T10 vendor identification, eight characters.
  public static final String VENDOR = "LOCKSTEP";

  /// Product identification.
  public static final String PRODUCT = "VOLUME";

  public LuIdentity {
    Check.that(NAA.matcher(naa).matches(), "an NAA-6 identifier");
    Check.that(!serial.isEmpty() && serial.length() <= 32, "serial of 1 to 32 characters");
    Check.that(serial.chars().allMatch(c -> c > 0x20 && c < 0x7F), "serial is printable ASCII");
    Check.that(blockBytes == 512 || blockBytes == 4096, "block size", blockBytes, 512);
    Check.that(revision.length() <= 4, "revision of up to 4 characters");
  }
}
