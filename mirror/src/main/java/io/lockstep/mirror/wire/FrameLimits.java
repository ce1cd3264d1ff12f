package io.lockstep.mirror.wire;

/// The limits of the frame format. A frame beyond any of them breaks the connection.
public final class FrameLimits {
  /// The protocol version written in every header here.
  public static final int VERSION = 1;

  /// The fixed part of a frame.
  public static final int HEADER_BYTES = 48;

  /// The longest body.
  public static final int BODY_BYTES_MAX = 4096;

  /// Header and body together at most: the room [FrameWriter#encodeHead] needs.
  public static final int HEAD_BYTES_MAX = HEADER_BYTES + BODY_BYTES_MAX;

  /// The longest payload: data, bitmap words.
  public static final int PAYLOAD_BYTES_MAX = 1 << 20;

  /// Offsets and lengths of data are multiples of this.
  public static final int SECTOR_BYTES = 512;

  /// The longest reason, in bytes of UTF-8; longer ones are cut when they are sent.
  public static final int REASON_BYTES_MAX = 1024;

  /// The longest name (node, pair, mirror, release), in bytes of UTF-8; longer ones are cut too.
  public static final int NAME_BYTES_MAX = 255;

  /// The most ranges in one [Frame.ResyncClear].
  public static final int RANGES_MAX = 250;

  /// The most offsets in one [Frame.ResyncUnreadable].
  public static final int OFFSETS_MAX = 16;

  /// The most entries in one [Frame.LostBlocks].
  public static final int LOST_BLOCKS_MAX = 480;

  private FrameLimits() {}
}
