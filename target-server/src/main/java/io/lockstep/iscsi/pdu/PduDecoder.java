package io.lockstep.iscsi.pdu;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Cuts a stream of bytes into PDUs, however it falls into pieces (RFC 7143 11.1):
///
/// ```
/// BHS (48) | AHS (words) | header digest | data segment | padding to 4 | data digest
/// ```
///
/// Outside input ends here: whatever arrives, the outcome is a PDU or a [DecodeFault], never an
/// exception. A decoder belongs to one connection; after a fault it swallows everything.
public final class PduDecoder {
  private enum Part {
    BASIC_HEADER,
    ADDITIONAL_HEADERS,
    HEADER_DIGEST,
    DATA,
    PADDING,
    DATA_DIGEST,
    BROKEN
  }

  private final PduSink sink;
  private final BasicHeader header = new BasicHeader();
  private final AdditionalHeaders additional = new AdditionalHeaders(PduLimits.AHS_BYTES_MAX);
  private final byte[] digestBytes = new byte[Digest.BYTES];
  private final Digest digest = new Digest();

  private PduLimits limits = PduLimits.LOGIN;
  private boolean headerDigestOn;
  private boolean dataDigestOn;

  private Part part = Part.BASIC_HEADER;

  /// Bytes of the present part that have arrived.
  private int filled;

  private @Nullable ByteBuffer data;
  private boolean goOn = true;

  public PduDecoder(PduSink sink) {
    this.sink = sink;
  }

  /// Changes what is accepted from the next PDU on; called between two PDUs.
  public void configure(PduLimits newLimits, boolean headerDigest, boolean dataDigest) {
    limits = newLimits;
    headerDigestOn = headerDigest;
    dataDigestOn = dataDigest;
  }

  /// Takes bytes from `piece` until it is empty or the sink wants a pause; the sink is called from
  /// within.
  ///
  /// @return false if the sink wants a pause; then call again with what remains
  public boolean feed(ByteBuffer piece) {
    goOn = true;
    while (goOn && piece.hasRemaining()) {
      switch (part) {
        case BASIC_HEADER -> fillBasicHeader(piece);
        case ADDITIONAL_HEADERS -> fillAdditionalHeaders(piece);
        case HEADER_DIGEST -> fillHeaderDigest(piece);
        case DATA -> fillData(piece);
        case PADDING -> fillPadding(piece);
        case DATA_DIGEST -> fillDataDigest(piece);
        case BROKEN -> piece.position(piece.limit());
      }
    }
    return goOn;
  }

  private void fillBasicHeader(ByteBuffer piece) {
    if (!fill(piece, header.bytes(), BasicHeader.BYTES)) {
      return;
    }
    if (header.dataSegmentLength() > limits.dataSegmentBytesMax()) {
      fail(DecodeFault.DATA_SEGMENT_TOO_LONG);
    } else if (header.totalAhsBytes() > limits.ahsBytesMax()) {
      fail(DecodeFault.AHS_TOO_LONG);
    } else if (header.totalAhsBytes() > 0) {
      enter(Part.ADDITIONAL_HEADERS);
    } else {
      additional.length(0);
      headersFilled();
    }
  }

  private void fillAdditionalHeaders(ByteBuffer piece) {
    int length = header.totalAhsBytes();
    if (fill(piece, additional.bytes(), length)) {
      additional.length(length);
      headersFilled();
    }
  }

  private void headersFilled() {
    if (headerDigestOn) {
      digest.reset();
      digest.update(header.bytes(), BasicHeader.BYTES);
      digest.update(additional.bytes(), header.totalAhsBytes());
      enter(Part.HEADER_DIGEST);
    } else {
      headersIntact();
    }
  }

  private void fillHeaderDigest(ByteBuffer piece) {
    if (!fill(piece, digestBytes, Digest.BYTES)) {
      return;
    }
    if (digestArrived() == digest.wireValue()) {
      headersIntact();
    } else {
      fail(DecodeFault.HEADER_DIGEST_ERROR);
    }
  }

  private void headersIntact() {
    if (!additional.isEmpty() && !additional.isWellFormed()) {
      fail(DecodeFault.AHS_MALFORMED);
      return;
    }
    int length = header.dataSegmentLength();
    if (length == 0) {
      data = null;
      deliver(true);
      return;
    }
    data = sink.dataTarget(header, additional);
    Check.that(
        data == null || data.remaining() >= length,
        "the data segment fits its target",
        length,
        data == null ? 0 : data.remaining());
    enter(Part.DATA);
  }

  private void fillData(ByteBuffer piece) {
    int length = header.dataSegmentLength();
    int count = Math.min(piece.remaining(), length - filled);
    ByteBuffer target = data;
    if (target != null) {
      target.put(target.position() + filled, piece, piece.position(), count);
    }
    piece.position(piece.position() + count);
    filled += count;
    if (filled < length) {
      return;
    }
    if (dataDigestOn) {
      startDataDigest(length);
    }
    if (paddingBytes(length) > 0) {
      enter(Part.PADDING);
    } else {
      paddingFilled();
    }
  }

  private void startDataDigest(int length) {
    digest.reset();
    ByteBuffer target = data;
    if (target != null) {
      int limit = target.limit();
      target.limit(target.position() + length);
      digest.update(target);
      target.limit(limit);
    }
  }

  private void fillPadding(ByteBuffer piece) {
    int padding = paddingBytes(header.dataSegmentLength());
    while (filled < padding && piece.hasRemaining()) {
      digest.updateByte(piece.get());
      filled++;
    }
    if (filled == padding) {
      paddingFilled();
    }
  }

  private void paddingFilled() {
    if (dataDigestOn) {
      enter(Part.DATA_DIGEST);
    } else {
      deliver(true);
    }
  }

  private void fillDataDigest(ByteBuffer piece) {
    if (fill(piece, digestBytes, Digest.BYTES)) {
      deliver(data == null || digestArrived() == digest.wireValue());
    }
  }

  private void deliver(boolean dataIntact) {
    enter(Part.BASIC_HEADER);
    ByteBuffer delivered = data;
    data = null;
    goOn = sink.received(header, additional, delivered, dataIntact);
  }

  private void fail(DecodeFault fault) {
    enter(Part.BROKEN);
    sink.broken(fault);
  }

  private void enter(Part next) {
    part = next;
    filled = 0;
  }

  /// Whether `target` now has all its `length` bytes.
  private boolean fill(ByteBuffer piece, byte[] target, int length) {
    int count = Math.min(piece.remaining(), length - filled);
    piece.get(target, filled, count);
    filled += count;
    return filled == length;
  }

  private int digestArrived() {
    return ByteBuffer.wrap(digestBytes).getInt();
  }

  static int paddingBytes(int length) {
    return -length & 3;
  }
}
