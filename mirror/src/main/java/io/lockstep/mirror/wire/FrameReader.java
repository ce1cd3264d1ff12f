package io.lockstep.mirror.wire;

import io.lockstep.block.BufferPool;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Bytes to frames, one reader a connection. Fed with pieces of any size as they arrive; hands each
/// frame to the sink as soon as it is whole and checked.
///
/// Bytes that are no frame (damaged, of another protocol, beyond a limit) break the reader for
/// good: the length of what follows cannot be trusted, so the connection must end. A damaged
/// *payload* ends the connection too, in this version: the reconnect resends what was not
/// acknowledged. It never throws on what it is fed, and never borrows more than the payload limit.
///
/// **Ownership.** The payload of a received frame is a buffer of the pool, position 0, limit =
/// length. The receiver gives the very same buffer back, by [#release] or directly to the pool. A
/// broken or closed reader has given its own half-filled buffer back.
///
/// Not thread-safe; the owner is the connection's loop, as for the pool.
public final class FrameReader {
  /// Takes the frames of one reader.
  @FunctionalInterface
  public interface Sink {
    /// A frame has arrived. May call [FrameReader#close], after which no frame follows.
    ///
    /// @param term the sender's term, 0 or more
    void received(long term, Frame frame);
  }

  /// How far the bytes fed so far went.
  public sealed interface Result {
    /// Everything was good up to the last byte.
    record Good() implements Result {}

    /// The bytes are no frames; end the connection.
    ///
    /// @param reason what was wrong, for the log
    record Broken(String reason) implements Result {}
  }

  private static final Result GOOD = new Result.Good();

  private final BufferPool pool;
  private final ByteBuffer head = ByteBuffer.allocate(FrameLimits.HEAD_BYTES_MAX);
  private final BodyReader bodies = new BodyReader();
  private final CRC32C crc = new CRC32C();

  /// What the current frame's header says; [#type] is null until the header was read.
  private @Nullable FrameType type;

  private int payloadBytes;
  private @Nullable ByteBuffer payload;
  private boolean closed;
  private boolean broken;
  private Result result = GOOD;

  public FrameReader(BufferPool pool) {
    this.pool = pool;
    expectHeader();
  }

  /// Takes all bytes of `in`, which is empty afterwards unless the reader broke or was closed.
  public Result feed(ByteBuffer in, Sink sink) {
    while (in.hasRemaining() && !broken && !closed) {
      if (head.hasRemaining()) {
        move(in, head);
        if (!head.hasRemaining()) {
          headGrown();
        }
      } else if (payload != null) {
        move(in, payload);
      }
      if (!broken && isWhole()) {
        deliver(sink);
      }
    }
    return result;
  }

  /// Gives back what a frame borrowed from the pool; nothing for most frames.
  public void release(Frame frame) {
    release(frame, pool);
  }

  /// Like [#release(Frame)] where only the reader's pool is at hand.
  public static void release(Frame frame, BufferPool pool) {
    if (frame instanceof Frame.Pooled pooled) {
      pool.giveBack(pooled.payload());
    }
  }

  /// Ends the reader: no frame follows, and a half-received payload goes back to the pool.
  public void close() {
    closed = true;
    dropPayload();
  }

  /// The header is whole (then the body is expected), or header and body are.
  private void headGrown() {
    if (type == null) {
      readHeader();
    }
    if (!broken && !head.hasRemaining()) {
      readHeadChecksum();
    }
  }

  private void readHeader() {
    if (head.getInt(0) != FrameWriter.MAGIC) {
      breakOff("no frame begins here");
      return;
    }
    int version = Short.toUnsignedInt(head.getShort(FrameWriter.AT_VERSION));
    int code = Byte.toUnsignedInt(head.get(FrameWriter.AT_TYPE));
    int bodyBytes = head.getInt(FrameWriter.AT_BODY_LENGTH);
    payloadBytes = head.getInt(FrameWriter.AT_PAYLOAD_LENGTH);
    FrameType known = FrameType.fromCode(code);
    if (version != FrameLimits.VERSION) {
      breakOff("protocol version " + version + " in a frame; " + FrameLimits.VERSION + " is known");
    } else if (known == null) {
      breakOff("frame type " + code + " is not known");
    } else if (bodyBytes < 0 || bodyBytes > FrameLimits.BODY_BYTES_MAX) {
      breakOff("body length " + Integer.toUnsignedString(bodyBytes));
    } else if (!isPayloadLength(known)) {
      breakOff("payload length " + Integer.toUnsignedString(payloadBytes) + " of " + known);
    } else {
      type = known;
      head.limit(FrameLimits.HEADER_BYTES + bodyBytes);
    }
  }

  private boolean isPayloadLength(FrameType known) {
    return switch (known.payload()) {
      case NONE -> payloadBytes == 0;
      case BUFFER -> payloadBytes > 0 && payloadBytes <= FrameLimits.PAYLOAD_BYTES_MAX;
    };
  }

  private void readHeadChecksum() {
    int found = head.getInt(FrameWriter.AT_CRC);
    if (found != FrameWriter.headCrc(crc, head, 0, head.limit())) {
      breakOff("the checksum of a header is wrong");
    } else if (head.getLong(FrameWriter.AT_RESERVED) != 0
        || head.getLong(FrameWriter.AT_RESERVED + Long.BYTES) != 0) {
      breakOff("reserved bytes of a header are not zero");
    } else if (!Term.exists(head.getLong(FrameWriter.AT_TERM))) {
      breakOff("a term out of range");
    } else if (payloadBytes > 0) {
      payload = pool.borrow(payloadBytes);
    }
  }

  private boolean isWhole() {
    return type != null && !head.hasRemaining() && (payload == null || !payload.hasRemaining());
  }

  private void deliver(Sink sink) {
    ByteBuffer filled = payload == null ? null : payload.flip();
    int payloadCrc = filled == null ? 0 : FrameWriter.crcOf(crc, filled);
    if (head.getInt(FrameWriter.AT_PAYLOAD_CRC) != payloadCrc) {
      breakOff("the checksum of a payload is wrong");
      return;
    }
    Frame frame = readBody(filled);
    if (frame == null) {
      breakOff("a %s frame is wrong: %s".formatted(type, bodies.fault()));
      return;
    }
    payload = null;
    long term = head.getLong(FrameWriter.AT_TERM);
    expectHeader();
    sink.received(term, frame);
  }

  private @Nullable Frame readBody(@Nullable ByteBuffer filled) {
    FrameType known = Objects.requireNonNull(type);
    int flags = Byte.toUnsignedInt(head.get(FrameWriter.AT_FLAGS));
    head.position(FrameLimits.HEADER_BYTES);
    return bodies.read(known, flags, head, filled);
  }

  private void expectHeader() {
    type = null;
    head.clear().limit(FrameLimits.HEADER_BYTES);
  }

  private void breakOff(String reason) {
    broken = true;
    result = new Result.Broken(reason);
    dropPayload();
  }

  private void dropPayload() {
    if (payload != null) {
      pool.giveBack(payload);
      payload = null;
    }
  }

  private static void move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    to.put(to.position(), from, from.position(), count);
    from.position(from.position() + count);
    to.position(to.position() + count);
  }
}
