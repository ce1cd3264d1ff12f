package io.lockstep.nbd.wire;

import io.lockstep.block.Check;

/// The block sizes of an export (proto.md, "Block size constraints").
///
/// @param minimum every offset and length is a multiple of it; 1 to 65536
/// @param preferred what is done without reading around it; at least 512
/// @param maximum the longest READ and WRITE
public record BlockSizes(int minimum, int preferred, int maximum) {
  private static final int MINIMUM_MAX = 1 << 16;
  private static final int PREFERRED_MIN = 512;

  /// Beyond this minimum a client must have asked: all do their I/O in such blocks at least.
  private static final int USUAL_MINIMUM = 512;

  public BlockSizes {
    Check.that(
        Integer.bitCount(minimum) == 1 && minimum > 0 && minimum <= MINIMUM_MAX,
        "the minimum block size",
        minimum,
        MINIMUM_MAX);
    Check.that(
        Integer.bitCount(preferred) == 1 && preferred >= Math.max(minimum, PREFERRED_MIN),
        "the preferred block size",
        preferred,
        minimum);
    Check.that(
        maximum >= preferred && maximum % preferred == 0,
        "the maximum block size",
        maximum,
        preferred);
  }

  /// Whether a client that has not asked for them would send what is refused.
  public boolean mustBeKnown() {
    return minimum > USUAL_MINIMUM;
  }
}
