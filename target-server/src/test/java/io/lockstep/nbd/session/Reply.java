package io.lockstep.nbd.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A message of a server in the transmission phase, as a client reads it; written apart from the
/// server's own code.
///
/// @param type of a chunk; -1 for a simple reply
/// @param last whether the request is answered with it
/// @param error 0 for none
/// @param data what was read
record Reply(long cookie, int type, boolean last, int error, long offset, ByteBuffer data) {
  static final int SIMPLE = -1;
  static final int NONE = 0;
  static final int DATA = 1;
  static final int HOLE = 2;
  static final int STATUS = 5;
  static final int ERROR = 0x8001;
  static final int ERROR_OFFSET = 0x8002;

  /// What a client remembers to read simple replies.
  static final class Reader {
    private final Map<Long, Integer> reads = new HashMap<>();

    /// A READ was sent whose answer has so much data, if it is a simple reply.
    void sentRead(long cookie, int bytes) {
      reads.put(cookie, bytes);
    }

    /// All messages in some bytes, which they fill.
    List<Reply> read(ByteBuffer bytes) {
      List<Reply> replies = new ArrayList<>();
      while (bytes.hasRemaining()) {
        replies.add(next(bytes));
      }
      return replies;
    }

    private Reply next(ByteBuffer bytes) {
      int magic = bytes.getInt();
      if (magic == 0x67446698) {
        int error = bytes.getInt();
        long cookie = bytes.getLong();
        int length = error == 0 ? reads.getOrDefault(cookie, 0) : 0;
        reads.remove(cookie);
        return new Reply(cookie, SIMPLE, true, error, 0, slice(bytes, length));
      }
      if (magic != 0x668e33ef) {
        throw new AssertionError("no reply begins with %08x".formatted(magic));
      }
      boolean last = bytes.getShort() == 1;
      int type = bytes.getShort() & 0xffff;
      long cookie = bytes.getLong();
      ByteBuffer payload = slice(bytes, bytes.getInt());
      return switch (type) {
        case NONE -> new Reply(cookie, type, last, 0, 0, payload);
        case DATA, HOLE -> new Reply(cookie, type, last, 0, payload.getLong(), payload.slice());
        case STATUS -> new Reply(cookie, type, last, 0, payload.getInt(), payload.slice());
        case ERROR, ERROR_OFFSET -> {
          int error = payload.getInt();
          int length = payload.getShort() & 0xffff;
          ByteBuffer message = slice(payload, length);
          long offset = type == ERROR ? 0 : payload.getLong();
          if (payload.hasRemaining()) {
            throw new AssertionError("bytes behind an error");
          }
          yield new Reply(cookie, type, last, error, offset, message);
        }
        default -> throw new AssertionError("a chunk of type " + type);
      };
    }

    private static ByteBuffer slice(ByteBuffer bytes, int length) {
      ByteBuffer slice = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      return slice;
    }
  }

  String text() {
    return StandardCharsets.UTF_8.decode(data.duplicate()).toString();
  }
}
