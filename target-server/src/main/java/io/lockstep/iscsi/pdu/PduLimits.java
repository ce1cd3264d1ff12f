package io.lockstep.iscsi.pdu;

import io.lockstep.block.Check;

/// What a decoder accepts; beyond it the connection ends, since nothing after a header that cannot
/// be believed can be believed.
///
/// @param dataSegmentBytesMax longest data segment, without padding
/// @param ahsBytesMax longest sum of additional header segments
public record PduLimits(int dataSegmentBytesMax, int ahsBytesMax) {
  /// The longest data segment there can be: the field has 24 bits (RFC 7143 11.2.1.6).
  public static final int DATA_SEGMENT_BYTES_ABSOLUTE_MAX = 0x00ff_ffff;

  /// The longest data segment before MaxRecvDataSegmentLength is in force (RFC 7143 13.12).
  public static final int LOGIN_DATA_SEGMENT_BYTES_MAX = 8192;

  /// Room for one extended CDB of 260 bytes and one bidirectional read length.
  public static final int AHS_BYTES_MAX = 272;

  /// In force during the login phase.
  public static final PduLimits LOGIN = new PduLimits(LOGIN_DATA_SEGMENT_BYTES_MAX, AHS_BYTES_MAX);

  public PduLimits {
    Check.that(
        dataSegmentBytesMax >= 512 && dataSegmentBytesMax <= DATA_SEGMENT_BYTES_ABSOLUTE_MAX,
        "a MaxRecvDataSegmentLength",
        dataSegmentBytesMax,
        DATA_SEGMENT_BYTES_ABSOLUTE_MAX);
    Check.that(ahsBytesMax >= 0 && ahsBytesMax < 1024, "AHS limit", ahsBytesMax, 1024);
  }
}
