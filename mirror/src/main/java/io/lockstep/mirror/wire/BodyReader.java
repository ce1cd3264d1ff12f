package io.lockstep.mirror.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A checked body (its CRC is right) to a [Frame]. The peer may still be of another mind, so every
/// value is looked at before it is used: what fits no frame sets a fault, and nothing is thrown.
/// Reads beyond the body give zero and set the fault too. Not thread-safe; owner: [FrameReader].
final class BodyReader {
  private ByteBuffer body = ByteBuffer.allocate(0);
  private @Nullable String fault;

  /// What was wrong in the last [#read]; null if nothing.
  @Nullable String fault() {
    return fault;
  }

  /// @param in the body from position to limit
  /// @param payload the payload in a pool buffer; null if the type has none
  /// @return the frame; null with [#fault] set if the body is wrong
  @Nullable Frame read(FrameType type, int flags, ByteBuffer in, @Nullable ByteBuffer payload) {
    body = in;
    fault = null;
    if ((flags & ~flagsAllowed(type)) != 0) {
      refuse("flags");
    }
    Frame frame = payload == null ? plain(type, flags) : withPayload(type, flags, payload);
    if (body.hasRemaining()) {
      refuse("bytes after the body");
    }
    return fault == null ? frame : null;
  }

  private static int flagsAllowed(FrameType type) {
    return switch (type) {
      case DATA -> FrameWriter.FLAG_FUA;
      case ZEROES -> FrameWriter.FLAG_FUA | FrameWriter.FLAG_DISCARD;
      default -> 0;
    };
  }

  private @Nullable Frame withPayload(FrameType type, int flags, ByteBuffer payload) {
    return switch (type) {
      case DATA -> {
        boolean fua = (flags & FrameWriter.FLAG_FUA) != 0;
        var frame = new Frame.Data(number(), number(), number(), fua, payload);
        checkRange(frame.offset(), payload.remaining());
        yield frame;
      }
      case RESYNC_DATA -> {
        var frame = new Frame.ResyncData(number(), number(), payload);
        checkRange(frame.offset(), payload.remaining());
        yield frame;
      }
      case BITMAP_CHUNK -> {
        var frame = new Frame.BitmapChunk(count(), payload);
        if (payload.remaining() % Long.BYTES != 0) {
          refuse("a bitmap chunk of part words");
        }
        yield frame;
      }
      case READ_REPLY -> new Frame.ReadReply(number(), payload);
      default -> refuse("payload");
    };
  }

  private @Nullable Frame plain(FrameType type, int flags) {
    return switch (type) {
      case HELLO -> hello();
      case REPORT_PARAMS -> reportParams();
      case REFUSE -> new Frame.Refuse(reason());
      case BITMAP_END -> new Frame.BitmapEnd(count());
      case ZEROES -> zeroes(flags);
      case WRITE_ACK -> new Frame.WriteAck(number());
      case NEG_ACK -> new Frame.NegAck(number(), reason());
      case BARRIER -> new Frame.Barrier(number());
      case BARRIER_ACK -> new Frame.BarrierAck(number());
      case RESYNC_ZEROES -> resyncZeroes();
      case RESYNC_ACK -> new Frame.ResyncAck(number());
      case RESYNC_COMMIT -> new Frame.ResyncCommit(number());
      case RESYNC_COMMIT_ACK -> new Frame.ResyncCommitAck(number());
      case RESYNC_CLEAR -> resyncClear();
      case RESYNC_DONE -> new Frame.ResyncDone(generations());
      case RESYNC_DONE_ACK -> new Frame.ResyncDoneAck();
      case RESYNC_UNREADABLE ->
          new Frame.ResyncUnreadable(count(), offsets(FrameLimits.OFFSETS_MAX));
      case LOST_BLOCKS -> lostBlocks();
      case READ_REQUEST -> readRequest();
      case READ_REFUSED -> new Frame.ReadRefused(number(), reason());
      case STATE_CHANGE -> stateChange();
      case HANDOVER -> new Frame.Handover(term());
      case HANDOVER_ACK -> new Frame.HandoverAck(term());
      case HANDOVER_REFUSED -> new Frame.HandoverRefused(term(), reason());
      case OUTDATE -> new Frame.Outdate(reason());
      case OUTDATE_ACK -> new Frame.OutdateAck();
      case PING -> new Frame.Ping(number());
      case PING_ACK -> new Frame.PingAck(number());
      case GOODBYE -> new Frame.Goodbye(reason());
      case BITMAP_CHUNK, DATA, RESYNC_DATA, READ_REPLY -> refuse("no payload");
    };
  }

  private Frame hello() {
    int versionMin = integer();
    int versionMax = integer();
    if (versionMin < 1 || versionMax < versionMin) {
      refuse("version range");
    }
    return new Frame.Hello(
        versionMin, versionMax, number(), uuid(), uuid(), nodeId(), name(), name(), name(), name());
  }

  private Frame reportParams() {
    var frame =
        new Frame.ReportParams(
            generations(),
            term(),
            primaryNode(),
            role(),
            diskState(),
            integer(),
            count(),
            count(),
            integer(),
            integer(),
            count(),
            number());
    if (!isBlockSize(frame.logicalBlockBytes()) || !isBlockSize(frame.physicalBlockBytes())) {
      refuse("block size");
    }
    return frame;
  }

  private Frame zeroes(int flags) {
    boolean fua = (flags & FrameWriter.FLAG_FUA) != 0;
    boolean discard = (flags & FrameWriter.FLAG_DISCARD) != 0;
    var frame = new Frame.Zeroes(number(), number(), number(), number(), fua, discard);
    checkRange(frame.offset(), frame.length());
    return frame;
  }

  private Frame resyncZeroes() {
    var frame = new Frame.ResyncZeroes(number(), number(), number());
    checkRange(frame.offset(), frame.length());
    return frame;
  }

  private @Nullable Frame resyncClear() {
    long batch = number();
    int count = integer();
    if (count < 1 || count > FrameLimits.RANGES_MAX) {
      return refuse("number of ranges");
    }
    var ranges = new ArrayList<BlockRange>(count);
    for (int index = 0; index < count && fault == null; index++) {
      long offset = number();
      long length = number();
      if (checkRange(offset, length)) {
        ranges.add(new BlockRange(offset, length));
      }
    }
    return new Frame.ResyncClear(batch, ranges);
  }

  private Frame readRequest() {
    var frame = new Frame.ReadRequest(number(), number(), number());
    if (checkRange(frame.offset(), frame.length())
        && frame.length() > FrameLimits.PAYLOAD_BYTES_MAX) {
      refuse("more than an answer can hold");
    }
    return frame;
  }

  /// Blocks in ascending order, each once and with a sector that is lost.
  private Frame lostBlocks() {
    List<Long> entries = offsets(FrameLimits.LOST_BLOCKS_MAX);
    long before = -1;
    for (long entry : entries) {
      if (entry >> 8 <= before || (entry & 0xFF) == 0) {
        refuse("lost blocks");
      }
      before = entry >> 8;
    }
    return new Frame.LostBlocks(entries);
  }

  private List<Long> offsets(int countMax) {
    int count = integer();
    if (count < 0 || count > countMax) {
      refuse("number of offsets");
      return List.of();
    }
    var offsets = new ArrayList<Long>(count);
    for (int index = 0; index < count && fault == null; index++) {
      offsets.add(count());
    }
    return offsets;
  }

  private Frame stateChange() {
    return new Frame.StateChange(role(), diskState(), term(), primaryNode(), generations());
  }

  private Generations generations() {
    long current = number();
    long bitmap = number();
    int count = octet();
    if (count > Generations.HISTORY_MAX) {
      refuse("history length");
      return Generations.NONE;
    }
    var history = new ArrayList<Long>(count);
    for (int index = 0; index < count; index++) {
      long generation = number();
      if (generation == 0) {
        refuse("generation 0 in the history");
        return Generations.NONE;
      }
      history.add(generation);
    }
    return new Generations(current, bitmap, history);
  }

  private Role role() {
    int code = octet();
    return Role.fromCode(code)
        .orElseGet(
            () -> {
              refuse("role");
              return Role.SECONDARY;
            });
  }

  private DiskState diskState() {
    int code = octet();
    return DiskState.fromCode(code)
        .orElseGet(
            () -> {
              refuse("disk state");
              return DiskState.DISKLESS;
            });
  }

  private int nodeId() {
    int id = octet();
    if (id > 1) {
      refuse("node id");
    }
    return id;
  }

  private int primaryNode() {
    int node = (byte) octet();
    if (node < -1 || node > 1) {
      refuse("primary node");
    }
    return node;
  }

  private UUID uuid() {
    return new UUID(number(), number());
  }

  private String reason() {
    return text(FrameLimits.REASON_BYTES_MAX);
  }

  private String name() {
    return text(FrameLimits.NAME_BYTES_MAX);
  }

  private String text(int bytesMax) {
    int length = (octet() << 8) | octet();
    if (length > bytesMax || length > body.remaining()) {
      refuse("length of a text");
      return "";
    }
    ByteBuffer bytes = body.slice(body.position(), length);
    body.position(body.position() + length);
    try {
      return UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException malformed) {
      refuse("a text that is not UTF-8");
      return "";
    }
  }

  private boolean checkRange(long offset, long length) {
    boolean good =
        offset >= 0
            && length > 0
            && offset <= Long.MAX_VALUE - length
            && offset % FrameLimits.SECTOR_BYTES == 0
            && length % FrameLimits.SECTOR_BYTES == 0;
    if (!good) {
      refuse("range");
    }
    return good;
  }

  private static boolean isBlockSize(int bytes) {
    return bytes == 512 || bytes == 4096;
  }

  private long term() {
    long value = number();
    if (!Term.exists(value)) {
      refuse("a term out of range");
    }
    return value;
  }

  /// A number that cannot be negative.
  private long count() {
    long value = number();
    if (value < 0) {
      refuse("a negative number");
    }
    return value;
  }

  private long number() {
    return has(Long.BYTES) ? body.getLong() : 0;
  }

  private int integer() {
    return has(Integer.BYTES) ? body.getInt() : 0;
  }

  private int octet() {
    return has(1) ? Byte.toUnsignedInt(body.get()) : 0;
  }

  private boolean has(int bytes) {
    if (body.remaining() < bytes) {
      refuse("a short body");
      return false;
    }
    return true;
  }

  private @Nullable Frame refuse(String what) {
    if (fault == null) {
      fault = what;
    }
    return null;
  }
}
