package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Who a [RequestDecoder] works for.
public interface RequestSink {
  /// The header of a request has come; if it has a payload, that follows. The header belongs to the
  /// decoder and is good until the call returns.
  ///
  /// @return whether to go on; false leaves the rest of the piece for later
  boolean requested(Request request);

  /// Where do the next bytes of the payload go? They are put from the buffer's position on, which
  /// moves, up to its limit; then it is asked again. Null: what is left of the payload is dropped,
  /// and nothing is asked any more.
  @Nullable ByteBuffer payloadRoom();

  /// All of the payload has come, or was dropped.
  ///
  /// @return whether to go on; false leaves the rest of the piece for later
  boolean payloadTaken();

  /// The stream cannot be understood any more; nothing follows.
  void broken(RequestFault fault);
}
