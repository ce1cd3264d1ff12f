package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Who a [PduDecoder] works for. The header and the additional headers belong to the decoder and
/// are good until the call returns.
public interface PduSink {
  /// A PDU with a data segment has begun: where shall its bytes go? They are put from the buffer's
  /// position on, which stays where it is; at least [BasicHeader#dataSegmentLength] bytes must
  /// remain. With null they are dropped. This is how Data-Out reaches the task's own buffer
  /// without a copy between.
  @Nullable ByteBuffer dataTarget(BasicHeader header, AdditionalHeaders additional);

  /// A PDU is complete.
  ///
  /// @param data the buffer that [#dataTarget] gave; null without a data segment, or if dropped
  /// @param dataIntact false if the data digest was wrong
  /// @return whether to go on; false leaves the rest of the piece for later
  boolean received(
      BasicHeader header,
      AdditionalHeaders additional,
      @Nullable ByteBuffer data,
      boolean dataIntact);

  /// The stream cannot be understood any more; nothing follows.
  void broken(DecodeFault fault);
}
