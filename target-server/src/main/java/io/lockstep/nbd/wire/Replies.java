package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;

/// The answers of the transmission phase, put into a buffer at its position (proto.md, "Simple
/// reply message", "Structured reply chunk message").
///
/// ```
/// simple  magic (4) | error (4) | cookie (8) | READ: data
/// chunk   magic (4) | flags (2) | type (2) | cookie (8) | length (4) | payload
/// ```
public final class Replies {
  /// A simple reply without its data.
  public static final int SIMPLE_BYTES = 16;

  /// A chunk without its payload.
  public static final int CHUNK_BYTES = 20;

  /// One extent of a BLOCK_STATUS chunk.
  public static final int EXTENT_BYTES = 8;

  /// The longest head before the data of a READ.
  public static final int DATA_HEAD_BYTES_MAX = CHUNK_BYTES + Long.BYTES;

  /// The longest answer without extents and data.
  public static final int BYTES_MAX =
      CHUNK_BYTES + Integer.BYTES + Short.BYTES + WireLimits.MESSAGE_BYTES_MAX + Long.BYTES;

  /// No chunk of this request follows.
  private static final int DONE = 1;

  private Replies() {}

  /// The request has succeeded; the data of a READ are to follow.
  public static void success(ByteBuffer to, long cookie) {
    to.putInt(Magic.SIMPLE_REPLY).putInt(0).putLong(cookie);
  }

  /// The request has failed; no data follow.
  public static void failure(ByteBuffer to, long cookie, NbdError error) {
    to.putInt(Magic.SIMPLE_REPLY).putInt(error.code()).putLong(cookie);
  }

  /// `NBD_REPLY_TYPE_NONE`, the last chunk.
  public static void none(ByteBuffer to, long cookie) {
    chunk(to, true, ChunkType.NONE, cookie, 0);
  }

  /// `NBD_REPLY_TYPE_OFFSET_DATA`; so many bytes of data are to follow.
  public static void offsetData(
      ByteBuffer to, boolean last, long cookie, long offset, int dataBytes) {
    chunk(to, last, ChunkType.OFFSET_DATA, cookie, Long.BYTES + dataBytes);
    to.putLong(offset);
  }

  /// `NBD_REPLY_TYPE_OFFSET_HOLE`: so many bytes are zero.
  public static void offsetHole(
      ByteBuffer to, boolean last, long cookie, long offset, int holeBytes) {
    chunk(to, last, ChunkType.OFFSET_HOLE, cookie, Long.BYTES + Integer.BYTES);
    to.putLong(offset).putInt(holeBytes);
  }

  /// `NBD_REPLY_TYPE_BLOCK_STATUS`; so many extents are to follow, see [#extent].
  public static void blockStatus(
      ByteBuffer to, boolean last, long cookie, int contextId, int extentCount) {
    int length = Integer.BYTES + extentCount * EXTENT_BYTES;
    chunk(to, last, ChunkType.BLOCK_STATUS, cookie, length);
    to.putInt(contextId);
  }

  /// One extent of a BLOCK_STATUS chunk.
  ///
  /// @param length bytes, 1 to 2^32 - 1
  public static void extent(ByteBuffer to, long length, int status) {
    to.putInt((int) length).putInt(status);
  }

  /// `NBD_REPLY_TYPE_ERROR`, the last chunk.
  ///
  /// @param message for people; empty for none
  public static void error(ByteBuffer to, long cookie, NbdError error, String message) {
    byte[] text = Text.bytes(message, WireLimits.MESSAGE_BYTES_MAX);
    chunk(to, true, ChunkType.ERROR, cookie, Integer.BYTES + Short.BYTES + text.length);
    to.putInt(error.code()).putShort((short) text.length).put(text);
  }

  /// `NBD_REPLY_TYPE_ERROR_OFFSET`, the last chunk: what failed begins at `offset`.
  ///
  /// @param message for people; empty for none
  public static void errorAt(
      ByteBuffer to, long cookie, long offset, NbdError error, String message) {
    byte[] text = Text.bytes(message, WireLimits.MESSAGE_BYTES_MAX);
    int length = Integer.BYTES + Short.BYTES + text.length + Long.BYTES;
    chunk(to, true, ChunkType.ERROR_OFFSET, cookie, length);
    to.putInt(error.code()).putShort((short) text.length).put(text).putLong(offset);
  }

  private static void chunk(
      ByteBuffer to, boolean last, ChunkType type, long cookie, int payloadBytes) {
    to.putInt(Magic.STRUCTURED_REPLY)
        .putShort((short) (last ? DONE : 0))
        .putShort((short) type.code())
        .putLong(cookie)
        .putInt(payloadBytes);
  }
}
