package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Cuts what a client sends in the handshake into options, however it falls into pieces (proto.md,
/// "Newstyle negotiation"):
///
/// ```
/// client flags (4), then for each option: IHAVEOPT (8) | option (4) | length (4) | data
/// ```
///
/// Outside input ends here: whatever arrives, the outcome is an [Option] or a [HandshakeFault],
/// never an exception, and memory is taken for no more than [WireLimits#OPTION_BYTES_MAX]. After a
/// fault it swallows everything.
public final class HandshakeDecoder {
  private static final int FLAG_BYTES = 4;
  private static final int HEADER_BYTES = 16;
  private static final int OPTION_AT = 8;
  private static final int LENGTH_AT = 12;

  private enum Part {
    CLIENT_FLAGS,
    HEADER,
    DATA,
    SKIPPED_DATA,
    BROKEN
  }

  private final HandshakeSink sink;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
  private Part part = Part.CLIENT_FLAGS;
  private @Nullable ByteBuffer data;

  /// Bytes still to be passed over.
  private long skippedBytes;

  private boolean goOn = true;

  public HandshakeDecoder(HandshakeSink sink) {
    this.sink = sink;
    header.limit(FLAG_BYTES);
  }

  /// Takes bytes from `piece` until it is empty or the sink wants a pause; the sink is called from
  /// within.
  public void feed(ByteBuffer piece) {
    goOn = true;
    while (goOn && piece.hasRemaining()) {
      switch (part) {
        case CLIENT_FLAGS -> fillFlags(piece);
        case HEADER -> fillHeader(piece);
        case DATA -> fillData(piece);
        case SKIPPED_DATA -> skipData(piece);
        case BROKEN -> piece.position(piece.limit());
      }
    }
  }

  private void fillFlags(ByteBuffer piece) {
    if (fill(header, piece)) {
      int flags = header.getInt(0);
      begin();
      goOn = sink.clientFlags(flags);
    }
  }

  private void fillHeader(ByteBuffer piece) {
    if (!fill(header, piece)) {
      return;
    }
    long length = header.getInt(LENGTH_AT) & 0xffff_ffffL;
    if (header.getLong(0) != Magic.OPTION) {
      fail(HandshakeFault.NO_OPTION_MAGIC);
    } else if (length > WireLimits.SKIPPED_OPTION_BYTES_MAX) {
      fail(HandshakeFault.OPTION_TOO_LONG);
    } else if (length > WireLimits.OPTION_BYTES_MAX) {
      skippedBytes = length;
      part = Part.SKIPPED_DATA;
    } else if (length > 0) {
      data = ByteBuffer.allocate((int) length);
      part = Part.DATA;
    } else {
      deliver(OptionReader.read(code(), ByteBuffer.allocate(0)));
    }
  }

  private void fillData(ByteBuffer piece) {
    ByteBuffer gathered = data;
    if (gathered != null && fill(gathered, piece)) {
      data = null;
      deliver(OptionReader.read(code(), gathered.flip()));
    }
  }

  private void skipData(ByteBuffer piece) {
    int count = (int) Math.min(skippedBytes, piece.remaining());
    piece.position(piece.position() + count);
    skippedBytes -= count;
    if (skippedBytes == 0) {
      deliver(new Option.TooLong(code()));
    }
  }

  private int code() {
    return header.getInt(OPTION_AT);
  }

  private void deliver(Option option) {
    begin();
    goOn = sink.option(option);
  }

  private void begin() {
    part = Part.HEADER;
    header.clear();
  }

  private void fail(HandshakeFault fault) {
    part = Part.BROKEN;
    sink.broken(fault);
  }

  /// Whether `target` is full now.
  private static boolean fill(ByteBuffer target, ByteBuffer piece) {
    int count = Math.min(target.remaining(), piece.remaining());
    target.put(target.position(), piece, piece.position(), count);
    target.position(target.position() + count);
    piece.position(piece.position() + count);
    return !target.hasRemaining();
  }
}
