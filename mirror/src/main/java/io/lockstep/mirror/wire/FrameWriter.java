package io.lockstep.mirror.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import io.lockstep.mirror.state.Generations;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Frames to bytes, big endian. The head (header and body) is written by [#encodeHead]; the payload
/// is sent after it as it lies in memory, never copied here.
///
/// ```
///    0  magic "LSTP"                       u32
///    4  protocol version                   u16
///    6  type                               u8
///    7  flags: 1 FUA, 2 discard            u8
///    8  body length, at most 4096          u32
///   12  payload length, at most 1 MiB      u32
///   16  the sender's term                  u64
///   24  reserved                           16 bytes, zero
///   40  CRC32C of the payload              u32
///   44  CRC32C of bytes 0..43 and the body u32
///   48  body, then payload
/// ```
///
/// The header's layout, [Frame.Hello] and [Frame.Refuse] are the same in every version, and a
/// connection begins with header version 1, so that two releases can always say why they part.
///
/// The body of each frame is what `putBody` writes. A string is a length (u16) and UTF-8. Not
/// thread-safe.
public final class FrameWriter {
  static final int MAGIC = 0x4C_53_54_50;
  static final int AT_VERSION = 4;
  static final int AT_TYPE = 6;
  static final int AT_FLAGS = 7;
  static final int AT_BODY_LENGTH = 8;
  static final int AT_PAYLOAD_LENGTH = 12;
  static final int AT_TERM = 16;
  static final int AT_RESERVED = 24;
  static final int AT_PAYLOAD_CRC = 40;
  static final int AT_CRC = 44;

  static final int FLAG_FUA = 1;
  static final int FLAG_DISCARD = 2;

  private final CRC32C crc = new CRC32C();

  /// Writes header and body of `frame` at the position of `out`, which moves past them;
  /// [FrameLimits#HEAD_BYTES_MAX] bytes of room are always enough.
  public void encodeHead(long term, Frame frame, ByteBuffer out) {
    int start = out.position();
    int body = start + FrameLimits.HEADER_BYTES;
    out.position(body);
    putBody(frame, out);
    int end = out.position();
    Check.that(end - body <= FrameLimits.BODY_BYTES_MAX, "body length", end - body, 0);

    @Nullable ByteBuffer payload = payload(frame);
    int payloadBytes = payload == null ? 0 : payload.remaining();
    Check.that(
        payloadBytes <= FrameLimits.PAYLOAD_BYTES_MAX,
        "payload length",
        payloadBytes,
        FrameLimits.PAYLOAD_BYTES_MAX);
    out.putInt(start, MAGIC);
    out.putShort(start + AT_VERSION, (short) FrameLimits.VERSION);
    out.put(start + AT_TYPE, (byte) typeOf(frame).code());
    out.put(start + AT_FLAGS, (byte) flagsOf(frame));
    out.putInt(start + AT_BODY_LENGTH, end - body);
    out.putInt(start + AT_PAYLOAD_LENGTH, payloadBytes);
    out.putLong(start + AT_TERM, term);
    out.putLong(start + AT_RESERVED, 0);
    out.putLong(start + AT_RESERVED + Long.BYTES, 0);
    out.putInt(start + AT_PAYLOAD_CRC, payload == null ? 0 : crcOf(crc, payload));
    out.putInt(start + AT_CRC, headCrc(crc, out, start, end));
  }

  /// What follows the head on the wire: from position to limit of this buffer; null for most
  /// frames.
  public static @Nullable ByteBuffer payload(Frame frame) {
    return frame instanceof Frame.Pooled pooled ? pooled.payload() : null;
  }

  /// CRC32C of the buffer from position to limit, neither of which changes.
  static int crcOf(CRC32C crc, ByteBuffer bytes) {
    int position = bytes.position();
    crc.reset();
    crc.update(bytes);
    bytes.position(position);
    return (int) crc.getValue();
  }

  /// CRC32C of a head without its own field; position and limit of `bytes` do not change.
  static int headCrc(CRC32C crc, ByteBuffer bytes, int start, int end) {
    int position = bytes.position();
    int limit = bytes.limit();
    crc.reset();
    crc.update(bytes.limit(start + AT_CRC).position(start));
    crc.update(bytes.limit(end).position(start + FrameLimits.HEADER_BYTES));
    bytes.limit(limit).position(position);
    return (int) crc.getValue();
  }

  private static int flagsOf(Frame frame) {
    if (!(frame instanceof Frame.Writing writing)) {
      return 0;
    }
    return switch (writing) {
      case Frame.Data f -> f.fua() ? FLAG_FUA : 0;
      case Frame.Zeroes f -> (f.fua() ? FLAG_FUA : 0) | (f.discard() ? FLAG_DISCARD : 0);
      case Frame.ResyncData _, Frame.ResyncZeroes _ -> 0;
    };
  }

  static FrameType typeOf(Frame frame) {
    return switch (frame) {
      case Frame.Hello _ -> FrameType.HELLO;
      case Frame.ReportParams _ -> FrameType.REPORT_PARAMS;
      case Frame.Refuse _ -> FrameType.REFUSE;
      case Frame.BitmapChunk _ -> FrameType.BITMAP_CHUNK;
      case Frame.BitmapEnd _ -> FrameType.BITMAP_END;
      case Frame.Data _ -> FrameType.DATA;
      case Frame.Zeroes _ -> FrameType.ZEROES;
      case Frame.WriteAck _ -> FrameType.WRITE_ACK;
      case Frame.NegAck _ -> FrameType.NEG_ACK;
      case Frame.Barrier _ -> FrameType.BARRIER;
      case Frame.BarrierAck _ -> FrameType.BARRIER_ACK;
      case Frame.ResyncData _ -> FrameType.RESYNC_DATA;
      case Frame.ResyncZeroes _ -> FrameType.RESYNC_ZEROES;
      case Frame.ResyncAck _ -> FrameType.RESYNC_ACK;
      case Frame.ResyncCommit _ -> FrameType.RESYNC_COMMIT;
      case Frame.ResyncCommitAck _ -> FrameType.RESYNC_COMMIT_ACK;
      case Frame.ResyncClear _ -> FrameType.RESYNC_CLEAR;
      case Frame.ResyncDone _ -> FrameType.RESYNC_DONE;
      case Frame.ResyncDoneAck _ -> FrameType.RESYNC_DONE_ACK;
      case Frame.ResyncUnreadable _ -> FrameType.RESYNC_UNREADABLE;
      case Frame.LostBlocks _ -> FrameType.LOST_BLOCKS;
      case Frame.ReadRequest _ -> FrameType.READ_REQUEST;
      case Frame.ReadReply _ -> FrameType.READ_REPLY;
      case Frame.ReadRefused _ -> FrameType.READ_REFUSED;
      case Frame.StateChange _ -> FrameType.STATE_CHANGE;
      case Frame.Handover _ -> FrameType.HANDOVER;
      case Frame.HandoverAck _ -> FrameType.HANDOVER_ACK;
      case Frame.HandoverRefused _ -> FrameType.HANDOVER_REFUSED;
      case Frame.Outdate _ -> FrameType.OUTDATE;
      case Frame.OutdateAck _ -> FrameType.OUTDATE_ACK;
      case Frame.Ping _ -> FrameType.PING;
      case Frame.PingAck _ -> FrameType.PING_ACK;
      case Frame.Goodbye _ -> FrameType.GOODBYE;
    };
  }

  private static void putBody(Frame frame, ByteBuffer out) {
    switch (frame) {
      case Frame.Hello f -> putHello(f, out);
      case Frame.ReportParams f -> putReportParams(f, out);
      case Frame.Refuse f -> putReason(f.reason(), out);
      case Frame.BitmapChunk f -> out.putLong(f.firstWord());
      case Frame.BitmapEnd f -> out.putLong(f.setCount());
      case Frame.Data f -> out.putLong(f.sequence()).putLong(f.epoch()).putLong(f.offset());
      case Frame.Zeroes f ->
          out.putLong(f.sequence()).putLong(f.epoch()).putLong(f.offset()).putLong(f.length());
      case Frame.WriteAck f -> out.putLong(f.sequence());
      case Frame.NegAck f -> putReason(f.reason(), out.putLong(f.sequence()));
      case Frame.Barrier f -> out.putLong(f.epoch());
      case Frame.BarrierAck f -> out.putLong(f.epoch());
      case Frame.ResyncData f -> out.putLong(f.sequence()).putLong(f.offset());
      case Frame.ResyncZeroes f ->
          out.putLong(f.sequence()).putLong(f.offset()).putLong(f.length());
      case Frame.ResyncAck f -> out.putLong(f.sequence());
      case Frame.ResyncCommit f -> out.putLong(f.batch());
      case Frame.ResyncCommitAck f -> out.putLong(f.batch());
      case Frame.ResyncClear f -> putResyncClear(f, out);
      case Frame.ResyncDone f -> putGenerations(f.generations(), out);
      case Frame.ResyncUnreadable f -> {
        out.putLong(f.blocks());
        putNumbers(f.firstOffsets(), FrameLimits.OFFSETS_MAX, out);
      }
      case Frame.LostBlocks f -> putNumbers(f.entries(), FrameLimits.LOST_BLOCKS_MAX, out);
      case Frame.ReadRequest f -> out.putLong(f.id()).putLong(f.offset()).putLong(f.length());
      case Frame.ReadReply f -> out.putLong(f.id());
      case Frame.ReadRefused f -> putReason(f.reason(), out.putLong(f.id()));
      case Frame.StateChange f -> putStateChange(f, out);
      case Frame.Handover f -> out.putLong(f.term());
      case Frame.HandoverAck f -> out.putLong(f.term());
      case Frame.HandoverRefused f -> putReason(f.reason(), out.putLong(f.term()));
      case Frame.Outdate f -> putReason(f.reason(), out);
      case Frame.Ping f -> out.putLong(f.nonce());
      case Frame.PingAck f -> out.putLong(f.nonce());
      case Frame.Goodbye f -> putReason(f.reason(), out);
      case Frame.ResyncDoneAck _, Frame.OutdateAck _ -> {}
    }
  }

  private static void putHello(Frame.Hello frame, ByteBuffer out) {
    out.putInt(frame.versionMin()).putInt(frame.versionMax()).putLong(frame.features());
    putUuid(frame.pairId(), out);
    putUuid(frame.mirrorId(), out);
    out.put((byte) frame.nodeId());
    putText(frame.nodeName(), FrameLimits.NAME_BYTES_MAX, out);
    putText(frame.pairName(), FrameLimits.NAME_BYTES_MAX, out);
    putText(frame.mirrorName(), FrameLimits.NAME_BYTES_MAX, out);
    putText(frame.release(), FrameLimits.NAME_BYTES_MAX, out);
  }

  private static void putReportParams(Frame.ReportParams frame, ByteBuffer out) {
    putGenerations(frame.generations(), out);
    out.putLong(frame.term()).put((byte) frame.primaryNode());
    out.put((byte) frame.role().code()).put((byte) frame.diskState().code());
    out.putInt(frame.flags()).putLong(frame.replicatedBytes()).putLong(frame.controlBytes());
    out.putInt(frame.logicalBlockBytes()).putInt(frame.physicalBlockBytes());
    out.putLong(frame.outOfSyncBlocks()).putLong(frame.consentGeneration());
  }

  private static void putStateChange(Frame.StateChange frame, ByteBuffer out) {
    out.put((byte) frame.role().code()).put((byte) frame.diskState().code());
    out.putLong(frame.term()).put((byte) frame.primaryNode());
    putGenerations(frame.generations(), out);
  }

  private static void putResyncClear(Frame.ResyncClear frame, ByteBuffer out) {
    int count = frame.ranges().size();
    Check.that(count > 0 && count <= FrameLimits.RANGES_MAX, "ranges", count, 0);
    out.putLong(frame.batch()).putInt(count);
    for (BlockRange range : frame.ranges()) {
      out.putLong(range.offset()).putLong(range.length());
    }
  }

  private static void putNumbers(List<Long> numbers, int countMax, ByteBuffer out) {
    Check.that(numbers.size() <= countMax, "numbers", numbers.size(), countMax);
    out.putInt(numbers.size());
    for (long number : numbers) {
      out.putLong(number);
    }
  }

  private static void putGenerations(Generations generations, ByteBuffer out) {
    out.putLong(generations.current()).putLong(generations.bitmap());
    out.put((byte) generations.history().size());
    for (long generation : generations.history()) {
      out.putLong(generation);
    }
  }

  private static void putUuid(UUID uuid, ByteBuffer out) {
    out.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  private static void putReason(String reason, ByteBuffer out) {
    putText(reason, FrameLimits.REASON_BYTES_MAX, out);
  }

  /// Cuts a long text before the character that would pass the limit.
  private static void putText(String text, int bytesMax, ByteBuffer out) {
    byte[] bytes = text.getBytes(UTF_8);
    int length = Math.min(bytes.length, bytesMax);
    while (length < bytes.length && length > 0 && (bytes[length] & 0xC0) == 0x80) {
      length--;
    }
    out.putShort((short) length).put(bytes, 0, length);
  }
}
