package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.wire.FrameReader;
import io.lockstep.mirror.wire.FrameWriter;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One end of a connection of the [SimNetwork]. Frames are really encoded and decoded, so the
/// simulation runs over the bytes of the production codec.
final class SimLink implements PeerLink, SimPipe.Receiver {
  private final SimTransport transport;
  private final FrameReader reader;
  private final FrameWriter writer = new FrameWriter();

  /// Where the head of the frame that is being sent is made.
  private final ByteBuffer head = ByteBuffer.allocate(FrameLimits.HEAD_BYTES_MAX);

  private @Nullable SimPipe out;
  private boolean mute;
  private boolean open;
  private boolean over;

  SimLink(SimTransport transport) {
    this.transport = transport;
    this.reader = new FrameReader(transport.pool());
  }

  void connect(SimPipe pipe) {
    out = pipe;
  }

  /// The kernel of a process that stands still has taken the connection: there is no other end yet.
  void connectMutely(SimPipe pipe) {
    connect(pipe);
    mute = true;
  }

  boolean isMute() {
    return mute;
  }

  /// The transport's listener learns of the connection.
  void opened() {
    if (!over) {
      open = true;
      transport.linkOpened(this);
    }
  }

  @Override
  public void send(long term, Frame frame, Completion sent) {
    if (over) {
      transport.node().execute(() -> sent.completed(IoResult.closed("the connection ended")));
      return;
    }
    encode(term, frame, sent);
  }

  @Override
  public void send(long term, Frame frame) {
    if (!over) {
      encode(term, frame, null);
    }
  }

  private void encode(long term, Frame frame, @Nullable Completion sent) {
    Check.that(open, "a link is used after it was opened");
    if (!transport.node().isAlive()) {
      return;
    }
    SimNetwork.Verdict verdict = transport.network().asked(transport.side(), term, frame);
    if (verdict == SimNetwork.Verdict.BREAK_BEFORE) {
      transport.network().breakConnectionKeeping(transport.side());
    }
    ByteBuffer payload = FrameWriter.payload(frame);
    int payloadBytes = payload == null ? 0 : payload.remaining();
    head.clear();
    writer.encodeHead(term, frame, head);
    ByteBuffer bytes = ByteBuffer.allocate(head.flip().remaining() + payloadBytes);
    bytes.put(head);
    if (payload != null) {
      bytes.put(bytes.position(), payload, payload.position(), payloadBytes);
      bytes.position(bytes.position() + payloadBytes);
    }
    bytes.flip();
    transport.network().oldFrames(transport.side()).sent(term, frame, bytes);
    pipe().send(bytes, payload, sent);
    if (verdict == SimNetwork.Verdict.BREAK_AFTER) {
      transport.network().breakConnectionKeeping(transport.side());
    }
  }

  @Override
  public void arrived(ByteBuffer bytes) {
    transport.node().arrived(() -> feed(bytes));
  }

  private void feed(ByteBuffer bytes) {
    if (over) {
      feedLate(bytes);
      return;
    }
    switch (reader.feed(bytes, this::received)) {
      case FrameReader.Result.Good _ -> {}
      case FrameReader.Result.Broken(String reason) -> {
        Check.that(transport.network().damages(), "undamaged bytes are frames");
        end("damaged bytes: " + reason);
      }
    }
  }

  /// What the transport below ought to have dropped; the listener knows that the link has ended.
  private void feedLate(ByteBuffer bytes) {
    if (open && transport.network().lateFrames() && transport.link() != this) {
      reader.feed(bytes, this::received);
    }
  }

  private void received(long term, Frame frame) {
    transport.heard(TargetCheck.isOfSource(frame));
    transport.listener().received(this, term, frame);
  }

  @Override
  public void ended(String reason) {
    transport.node().arrived(() -> end(reason));
  }

  @Override
  public void close(String reason) {
    end(reason);
  }

  /// This end is over; the other learns of it through the pipe, unless the node is dead.
  private void end(String reason) {
    if (over) {
      return;
    }
    over = true;
    if (!transport.network().lateFrames()) {
      reader.close();
    }
    pipe().truncate("closed by the peer: " + reason, transport.network().coin());
    transport.node().execute(() -> transport.linkClosed(this, reason));
  }

  /// The node died.
  ///
  /// @param noticed whether the other end is told (a reset), or must find out by itself
  void died(boolean noticed) {
    if (!over) {
      over = true;
      pipe().truncate(noticed ? "connection reset" : null, false);
    }
  }

  private SimPipe pipe() {
    return Objects.requireNonNull(out);
  }

  /// Whether the listener knows of this link.
  boolean wasOpened() {
    return open;
  }

  boolean isOver() {
    return over;
  }

  @Override
  public String remoteAddress() {
    return "side " + (1 - transport.side());
  }
}
