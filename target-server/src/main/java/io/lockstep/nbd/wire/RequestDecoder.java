package io.lockstep.nbd.wire;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Cuts what a client sends in the transmission phase into requests, however it falls into pieces.
/// The payload of a WRITE goes straight to where the sink wants it.
///
/// Outside input ends here: whatever arrives, the outcome is a request or a [RequestFault], never
/// an exception. It takes no memory itself. After a fault it swallows everything.
public final class RequestDecoder {
  private enum Part {
    HEADER,
    PAYLOAD,
    DROPPED_PAYLOAD,
    BROKEN
  }

  private final RequestSink sink;
  private final Request request = new Request();
  private Part part = Part.HEADER;

  /// Bytes of the payload that have not come.
  private long payloadLeft;

  private @Nullable ByteBuffer room;
  private boolean goOn = true;

  public RequestDecoder(RequestSink sink) {
    this.sink = sink;
  }

  /// Takes bytes from `piece` until it is empty or the sink wants a pause; the sink is called from
  /// within.
  ///
  /// @return false if the sink wants a pause; then call again with what remains
  public boolean feed(ByteBuffer piece) {
    goOn = true;
    while (goOn && piece.hasRemaining()) {
      switch (part) {
        case HEADER -> fillHeader(piece);
        case PAYLOAD -> fillPayload(piece);
        case DROPPED_PAYLOAD -> dropPayload(piece);
        case BROKEN -> piece.position(piece.limit());
      }
    }
    return goOn;
  }

  private void fillHeader(ByteBuffer piece) {
    ByteBuffer header = request.bytes();
    move(piece, header, header.remaining());
    if (header.hasRemaining()) {
      return;
    }
    header.clear();
    payloadLeft = request.payloadBytes();
    if (!request.hasMagic()) {
      fail(RequestFault.NO_REQUEST_MAGIC);
    } else if (payloadLeft > WireLimits.SKIPPED_PAYLOAD_BYTES_MAX) {
      fail(RequestFault.PAYLOAD_TOO_LONG);
    } else {
      part = payloadLeft > 0 ? Part.PAYLOAD : Part.HEADER;
      goOn = sink.requested(request);
    }
  }

  private void fillPayload(ByteBuffer piece) {
    ByteBuffer target = room;
    if (target == null) {
      target = sink.payloadRoom();
      room = target;
    }
    if (target == null) {
      part = Part.DROPPED_PAYLOAD;
      return;
    }
    Check.that(target.hasRemaining(), "there is room for payload");
    payloadLeft -= move(piece, target, (int) Math.min(payloadLeft, target.remaining()));
    if (payloadLeft == 0 || !target.hasRemaining()) {
      room = null;
    }
    endIfTaken();
  }

  private void dropPayload(ByteBuffer piece) {
    int count = (int) Math.min(payloadLeft, piece.remaining());
    piece.position(piece.position() + count);
    payloadLeft -= count;
    endIfTaken();
  }

  private void endIfTaken() {
    if (payloadLeft == 0) {
      part = Part.HEADER;
      goOn = sink.payloadTaken();
    }
  }

  private void fail(RequestFault fault) {
    part = Part.BROKEN;
    sink.broken(fault);
  }

  /// How many bytes went from one to the other, at most `countMax`.
  private static int move(ByteBuffer from, ByteBuffer to, int countMax) {
    int count = Math.min(from.remaining(), countMax);
    to.put(to.position(), from, from.position(), count);
    to.position(to.position() + count);
    from.position(from.position() + count);
    return count;
  }
}
