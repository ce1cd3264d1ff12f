package io.lockstep.nbd.session;

import io.lockstep.nbd.wire.CommandFlag;
import io.lockstep.nbd.wire.NbdError;
import io.lockstep.nbd.wire.Replies;
import java.nio.ByteBuffer;
import java.util.List;

/// Makes answers of requests that have ended (proto.md, "Simple reply message", "Structured reply
/// chunk message"). A structured READ tells zeroes as holes, and needs no memory for them on the
/// way; what has no data is answered by a simple reply, which is shorter and always allowed.
final class ReplySender {
  private final boolean structured;
  private final ReplyOutput output;
  private final ByteBuffer head = ByteBuffer.allocate(Replies.BYTES_MAX);

  ReplySender(Agreed agreed, ReplyOutput output) {
    this.structured = agreed.structured();
    this.output = output;
  }

  /// Sends all of the answer.
  ///
  /// @return how many pieces of the request's data are on their way: as often, [NbdRequest#sent]
  ///     runs
  int send(NbdRequest request) {
    head.clear();
    NbdError error = request.error;
    if (error != null) {
      sendError(request, error);
      return 0;
    }
    return switch (request.type()) {
      case READ -> sendData(request);
      case BLOCK_STATUS -> sendStatus(request);
      case WRITE, TRIM, WRITE_ZEROES, FLUSH, CACHE, DISC -> {
        Replies.success(head, request.cookie());
        sendHead();
        yield 0;
      }
    };
  }

  private void sendError(NbdRequest request, NbdError error) {
    if (!structured) {
      Replies.failure(head, request.cookie(), error);
    } else if (request.errorOffset >= 0 && request.hasData()) {
      Replies.errorAt(head, request.cookie(), request.errorOffset, error, request.message);
    } else {
      Replies.error(head, request.cookie(), error, request.message);
    }
    sendHead();
  }

  private int sendData(NbdRequest request) {
    List<ByteBuffer> pieces = request.pieces;
    if (!structured) {
      Replies.success(head, request.cookie());
      sendHead();
      return sendPieces(request, 0, pieces.size());
    }
    if (pieces.isEmpty()) {
      Replies.none(head, request.cookie());
      sendHead();
      return 0;
    }
    boolean whole = request.has(CommandFlag.DF);
    long at = request.offset();
    int count = 0;
    for (int from = 0; from < pieces.size(); ) {
      boolean hole = !whole && isZero(pieces.get(from));
      int to = from;
      int bytes = 0;
      do {
        bytes += pieces.get(to).remaining();
        to++;
      } while (to < pieces.size() && (whole || isZero(pieces.get(to)) == hole));
      boolean last = to == pieces.size();
      if (hole) {
        Replies.offsetHole(head, last, request.cookie(), at, bytes);
        sendHead();
      } else {
        Replies.offsetData(head, last, request.cookie(), at, bytes);
        sendHead();
        count += sendPieces(request, from, to);
      }
      at += bytes;
      from = to;
    }
    return count;
  }

  private int sendPieces(NbdRequest request, int from, int to) {
    for (int index = from; index < to; index++) {
      output.sendPayload(request.pieces.get(index), request.sent());
    }
    return to - from;
  }

  /// Ends at the first byte that is none, which is the first of nearly all that hold anything.
  static boolean isZero(ByteBuffer piece) {
    int at = piece.position();
    int end = piece.limit();
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      if (piece.getLong(at) != 0) {
        return false;
      }
    }
    for (; at < end; at++) {
      if (piece.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private int sendStatus(NbdRequest request) {
    int contexts = request.extents.size();
    for (int index = 0; index < contexts; index++) {
      List<Extent> extents = request.extents.get(index);
      int bytes = Replies.CHUNK_BYTES + Integer.BYTES + extents.size() * Replies.EXTENT_BYTES;
      ByteBuffer chunk = ByteBuffer.allocate(bytes);
      int id = Agreed.contextId(index);
      Replies.blockStatus(chunk, index + 1 == contexts, request.cookie(), id, extents.size());
      for (Extent extent : extents) {
        Replies.extent(chunk, extent.length(), extent.status());
      }
      output.send(chunk.flip());
    }
    return 0;
  }

  private void sendHead() {
    output.send(head.flip());
    head.clear();
  }
}
