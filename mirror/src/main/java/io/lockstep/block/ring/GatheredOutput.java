package io.lockstep.block.ring;

import io.lockstep.block.Check;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The sending side of a connection. Messages gather in a chunk; long payloads go to the socket
/// from where they lie, between two pieces of it. Whatever was queued in one turn of the loop
/// leaves in one flush at its end, or at the end of a read. A chunk goes on being filled after a
/// flush, until all of it has left: so however small the pieces, a connection whose bytes do not
/// leave holds no more memory than these, rounded up to a chunk.
///
/// Invariants: bytes leave in the order of the calls; each `sent` runs once, later than its call,
/// whether its payload left or not; after [#close] nothing more is queued. While more copied bytes
/// than the limit wait, [#isWritable] says no and no payload is copied: what is added then are the
/// heads and answers of what is under way. Belongs to the loop the channel is registered on.
public final class GatheredOutput {
  private static final int CHUNK_BYTES = 64 << 10;

  /// Up to here copying a payload is cheaper than one more entry in the socket's list.
  private static final int COPY_BYTES_MAX = 4 << 10;

  private final Channel channel;
  private final Limits limits;
  private final ArrayDeque<Runnable> copied = new ArrayDeque<>();
  private final Runnable flush = this::flush;
  private final Runnable whenWritable;
  private RingLoop loop;
  private @Nullable ByteBuf chunk;

  /// Where the room begins that was given out, in its buffer.
  private int roomStart;

  /// Bytes of chunks that were written and have not left.
  private int copiedBytes;

  /// Whether somebody was told to pause because of them.
  private boolean full;

  private boolean flushScheduled;
  private boolean closed;
  private String closedWhy = "";

  /// @param copiedBytesMax bytes that are copied to be sent at which it is not writable any more
  /// @param closeNanosMax how long the last bytes may take
  public record Limits(int copiedBytesMax, long closeNanosMax) {}

  /// @param whenWritable runs on the loop when [#isWritable] may be so again; the channel tells too
  public GatheredOutput(Channel channel, RingLoop loop, Limits limits, Runnable whenWritable) {
    this.channel = channel;
    this.loop = loop;
    this.limits = limits;
    this.whenWritable = whenWritable;
  }

  /// The channel has moved to another loop; nothing is queued at that moment.
  public void moveTo(RingLoop newLoop) {
    Check.that(chunk == null && copied.isEmpty(), "nothing is queued while moving");
    loop = newLoop;
  }

  /// Room for so many bytes, to be filled from its position on; [#put] is to follow.
  public ByteBuffer room(int bytesMax) {
    ByteBuf current = chunk;
    if (current == null || current.writableBytes() < bytesMax) {
      writeChunk();
      dropChunk();
      current = channel.alloc().directBuffer(Math.max(CHUNK_BYTES, bytesMax));
      chunk = current;
    }
    ByteBuffer room = current.internalNioBuffer(current.writerIndex(), bytesMax);
    roomStart = room.position();
    return room;
  }

  /// What is in the room up to its position is queued.
  public void put(ByteBuffer room) {
    ByteBuf current = Check.present(chunk, "a room was given out");
    current.writerIndex(current.writerIndex() + room.position() - roomStart);
    scheduleFlush();
  }

  /// Queues a copy of some bytes, from position to limit.
  public void send(ByteBuffer bytes) {
    if (!closed && bytes.hasRemaining()) {
      int length = bytes.remaining();
      ByteBuffer room = room(length);
      room.put(room.position(), bytes, bytes.position(), length);
      room.position(room.position() + length);
      put(room);
    }
  }

  /// Whether a payload of that length had better be copied; so is each once it is closed, which is
  /// then dropped.
  public boolean copies(int bytes) {
    return closed || (bytes <= COPY_BYTES_MAX && mayCopy());
  }

  /// Runs `sent` when what was queued has been handed to the socket.
  public void thenRun(Runnable sent) {
    copied.addLast(sent);
    scheduleFlush();
  }

  /// Queues a payload where it lies, from position to limit; if it [#copies], a copy of it.
  ///
  /// @param sent runs on the loop, later, when neither it nor any before it is needed any more,
  ///     whether it was sent or lost; null if a later payload will tell
  public void sendPayload(ByteBuffer payload, @Nullable Runnable sent) {
    if (copies(payload.remaining())) {
      send(payload);
      if (sent != null) {
        thenRun(sent);
      }
      return;
    }
    writeChunk();
    ChannelPromise promise = sent == null ? channel.voidPromise() : channel.newPromise();
    channel.write(Unpooled.wrappedBuffer(payload), promise);
    if (sent != null && promise.isDone()) {
      // The channel is closed already, and has not said so.
      loop.execute(sent);
    } else if (sent != null) {
      promise.addListener(_ -> loop.guard(sent));
    }
    scheduleFlush();
  }

  private boolean mayCopy() {
    ByteBuf current = chunk;
    int gathered = current == null ? 0 : current.readableBytes();
    return copiedBytes + gathered < limits.copiedBytesMax();
  }

  private void writeChunk() {
    ByteBuf current = chunk;
    if (current == null || !current.isReadable()) {
      return;
    }
    int bytes = current.readableBytes();
    copiedBytes += bytes;
    channel
        .write(current.readRetainedSlice(bytes))
        .addListener(_ -> loop.guard(() -> copiedHaveLeft(bytes)));
  }

  private void copiedHaveLeft(int bytes) {
    copiedBytes -= bytes;
    ByteBuf current = chunk;
    if (copiedBytes == 0 && current != null && !current.isReadable()) {
      dropChunk();
    }
    if (full && copiedBytes <= limits.copiedBytesMax() / 2) {
      full = false;
      loop.execute(whenWritable);
    }
  }

  private void dropChunk() {
    ByteBuf current = chunk;
    chunk = null;
    if (current != null) {
      current.release();
    }
  }

  private void scheduleFlush() {
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(flush);
    }
  }

  /// Hands everything queued to the socket now.
  public void flush() {
    flushScheduled = false;
    writeChunk();
    channel.flush();
    while (!copied.isEmpty()) {
      copied.removeFirst().run();
    }
  }

  /// Hands everything queued to the socket and runs `done` once it has left.
  public void flushThen(Runnable done) {
    flush();
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            future -> {
              if (future.isSuccess()) {
                loop.guard(done);
              }
            });
  }

  /// Whether the other side takes what is sent.
  public boolean isWritable() {
    if (copiedBytes > limits.copiedBytesMax()) {
      full = true;
    }
    return !closed && !full && channel.isWritable();
  }

  /// Ends the connection once everything before is sent.
  ///
  /// @param why a sentence for the log
  public void close(String why) {
    if (closed) {
      return;
    }
    closed = true;
    closedWhy = why;
    flush();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    // Whoever does not read must not keep the connection.
    loop.schedule(channel::close, limits.closeNanosMax());
  }

  /// Whether nothing is queued any more.
  public boolean isClosed() {
    return closed;
  }

  /// The channel is gone: what was queued is dropped.
  public void lost() {
    closed = true;
    dropChunk();
    if (!copied.isEmpty()) {
      scheduleFlush();
    }
  }

  /// Why this side closed; empty if it did not.
  public String closedWhy() {
    return closedWhy;
  }
}
