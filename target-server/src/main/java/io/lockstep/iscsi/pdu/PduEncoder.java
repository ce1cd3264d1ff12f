package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;

/// Turns PDUs into bytes, in three parts so that a long data segment needs no copy: what comes
/// before it ([#putHead]), itself, what comes after it ([#putTail]). Belongs to one connection.
public final class PduEncoder {
  /// Most bytes that [#putHead] writes.
  public static final int HEAD_BYTES_MAX = BasicHeader.BYTES + Digest.BYTES;

  /// Most bytes that [#putTail] writes.
  public static final int TAIL_BYTES_MAX = 3 + Digest.BYTES;

  private final Digest digest = new Digest();
  private boolean headerDigestOn;
  private boolean dataDigestOn;

  /// Switches digests on or off from the next PDU on.
  public void configure(boolean headerDigest, boolean dataDigest) {
    headerDigestOn = headerDigest;
    dataDigestOn = dataDigest;
  }

  /// Writes the header, with the length of the data segment, and the header digest.
  public void putHead(BasicHeader header, int dataSegmentLength, ByteBuffer target) {
    header.totalAhsBytes(0);
    header.dataSegmentLength(dataSegmentLength);
    target.put(header.bytes());
    if (headerDigestOn) {
      digest.reset();
      digest.update(header.bytes(), BasicHeader.BYTES);
      target.putInt(digest.wireValue());
    }
  }

  /// Writes the padding and the data digest that follow the data segment `data`, which stays
  /// untouched.
  public void putTail(ByteBuffer data, ByteBuffer target) {
    int length = data.remaining();
    if (length == 0) {
      return;
    }
    int padding = PduDecoder.paddingBytes(length);
    for (int index = 0; index < padding; index++) {
      target.put((byte) 0);
    }
    if (dataDigestOn) {
      digest.reset();
      digest.update(data);
      digest.updatePadding(padding);
      target.putInt(digest.wireValue());
    }
  }

  /// Writes a whole PDU, copying its data segment.
  public void put(BasicHeader header, ByteBuffer data, ByteBuffer target) {
    int length = data.remaining();
    putHead(header, length, target);
    target.put(target.position(), data, data.position(), length);
    target.position(target.position() + length);
    putTail(data, target);
  }

  /// Most bytes that [#put] writes for a data segment of this length.
  public static int bytesMax(int dataSegmentLength) {
    return HEAD_BYTES_MAX + dataSegmentLength + TAIL_BYTES_MAX;
  }
}
