package io.lockstep.mirror.peer;

import io.lockstep.block.BufferPool;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.wire.FrameReader;
import io.lockstep.mirror.wire.FrameWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Writes down what a transport tells, for a test that waits on another thread.
final class PeerRecorder implements PeerTransport.Listener {
  private static final long WAIT_SECONDS_MAX = 30;

  final BlockingQueue<PeerLink> opened = new LinkedBlockingQueue<>();
  final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  final BlockingQueue<String> closed = new LinkedBlockingQueue<>();
  private final BufferPool pool;

  PeerRecorder(BufferPool pool) {
    this.pool = pool;
  }

  @Override
  public void opened(PeerLink link) {
    opened.add(link);
  }

  @Override
  public void received(PeerLink link, long term, Frame frame) {
    frames.add(bytesOf(term, frame));
    FrameReader.release(frame, pool);
  }

  @Override
  public void closed(PeerLink link, String reason) {
    closed.add(reason);
  }

  /// The next entry of a queue; fails if none comes.
  static <T> T next(BlockingQueue<T> queue) {
    try {
      T entry = queue.poll(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
      if (entry == null) {
        throw new AssertionError("nothing came within " + WAIT_SECONDS_MAX + " s");
      }
      return entry;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /// A frame as it looks on the wire, in hexadecimal.
  static String bytesOf(long term, Frame frame) {
    return HexFormat.of().formatHex(encode(term, frame));
  }

  static byte[] encode(long term, Frame frame) {
    var out = ByteBuffer.allocate(FrameLimits.HEAD_BYTES_MAX + FrameLimits.PAYLOAD_BYTES_MAX);
    new FrameWriter().encodeHead(term, frame, out);
    ByteBuffer payload = FrameWriter.payload(frame);
    if (payload != null) {
      out.put(payload.duplicate());
    }
    var bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }
}
