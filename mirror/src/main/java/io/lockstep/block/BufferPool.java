package io.lockstep.block;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/// Page-aligned direct buffers, kept and handed out again. Belongs to one [Loop]: not thread-safe.
///
/// Sizes are powers of two from 4 KiB to [#BUFFER_BYTES_MAX]; a borrowed buffer has position 0 and
/// the limit asked for. Its content is whatever was there before.
public final class BufferPool {
  /// Alignment of every buffer, enough for O_DIRECT on any disk.
  public static final int ALIGNMENT_BYTES = 4096;

  /// The largest buffer there is.
  public static final int BUFFER_BYTES_MAX = 4 << 20;

  private static final int SHIFT_MIN = 12;
  private static final int CLASS_COUNT = 11;

  private final ArrayDeque<ByteBuffer>[] free;
  private final long keptBytesMax;
  private long keptBytes;
  private long borrowedBytes;

  /// @param keptBytesMax how much memory ([#memoryBytes]) idle buffers may hold; what comes back
  /// beyond it is dropped
  @SuppressWarnings({"unchecked", "rawtypes"})
  public BufferPool(long keptBytesMax) {
    this.keptBytesMax = keptBytesMax;
    this.free = new ArrayDeque[CLASS_COUNT];
    for (int index = 0; index < CLASS_COUNT; index++) {
      free[index] = new ArrayDeque<>();
    }
  }

  /// A buffer with `remaining() == length`; give it back with [#giveBack].
  ///
  /// @param length bytes, 1 to [#BUFFER_BYTES_MAX]
  public ByteBuffer borrow(int length) {
    Check.that(length > 0 && length <= BUFFER_BYTES_MAX, "buffer length", length, BUFFER_BYTES_MAX);
    int index = classOf(length);
    ByteBuffer buffer = free[index].pollLast();
    if (buffer == null) {
      buffer = allocate(1 << (SHIFT_MIN + index));
    } else {
      keptBytes -= memoryBytes(buffer.capacity());
    }
    borrowedBytes += buffer.capacity();
    return buffer.position(0).limit(length);
  }

  /// Takes back a buffer that came from [#borrow]; the very same object, not a slice of it.
  public void giveBack(ByteBuffer buffer) {
    int capacity = buffer.capacity();
    int index = classOf(capacity);
    Check.that(capacity == 1 << (SHIFT_MIN + index), "a buffer of this pool", capacity, index);
    borrowedBytes -= capacity;
    Check.that(borrowedBytes >= 0, "given back once", borrowedBytes, 0);
    long memory = memoryBytes(capacity);
    if (keptBytes + memory <= keptBytesMax) {
      keptBytes += memory;
      free[index].addLast(buffer);
    }
  }

  /// Capacity of the buffers now with borrowers.
  public long borrowedBytes() {
    return borrowedBytes;
  }

  /// How much memory a buffer of that length really takes: rounded up to a size of the pool, with
  /// what its alignment costs. None for length 0.
  ///
  /// @param length bytes, 0 to [#BUFFER_BYTES_MAX]
  public static long memoryBytes(int length) {
    return length == 0 ? 0 : (1L << (SHIFT_MIN + classOf(length))) + ALIGNMENT_BYTES;
  }

  /// A zeroed, page-aligned direct buffer that belongs to nobody's pool.
  public static ByteBuffer allocate(int length) {
    int whole = (length + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    return ByteBuffer.allocateDirect(whole + ALIGNMENT_BYTES)
        .alignedSlice(ALIGNMENT_BYTES)
        .slice(0, length);
  }

  private static int classOf(int length) {
    int shift = 32 - Integer.numberOfLeadingZeros(length - 1);
    return Math.max(shift, SHIFT_MIN) - SHIFT_MIN;
  }
}
