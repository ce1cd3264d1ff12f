package io.lockstep.scenario;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What is known of each block of an area: which of its writes was sent, acknowledged and flushed
/// last. Writes of a block are numbered, and the bytes of a write are its number; so what a block
/// holds tells which of its writes it is.
///
/// Belongs to one thread at a time: a writer's, then the test's.
final class WriteLedger {
  static final int BLOCK_BYTES = 4096;

  /// What an area holds before its first write: every byte is this.
  static final int INITIAL = 1;

  private static final int LAST = 250;

  private final long firstByte;
  private final int[] sent;
  private final int[] acknowledged;
  private final int[] flushed;

  /// What was promised about a write.
  enum Promise {
    /// Each acknowledged write survives: one of the two nodes lives on.
    ACKNOWLEDGED,
    /// Each write that was acknowledged before a successful flush began survives a power cut of
    /// both.
    FLUSHED
  }

  /// @param firstByte where in the volume the area begins
  WriteLedger(long firstByte, int blockCount) {
    this.firstByte = firstByte;
    this.sent = filled(blockCount);
    this.acknowledged = filled(blockCount);
    this.flushed = filled(blockCount);
  }

  private static int[] filled(int blockCount) {
    int[] numbers = new int[blockCount];
    Arrays.fill(numbers, INITIAL);
    return numbers;
  }

  int blockCount() {
    return sent.length;
  }

  long offset(int block) {
    return firstByte + (long) block * BLOCK_BYTES;
  }

  boolean isExhausted(int block) {
    return sent[block] == LAST;
  }

  /// The number of the block's next write, which is about to be sent.
  int send(int block) {
    sent[block]++;
    return sent[block];
  }

  void acknowledge(int block) {
    acknowledged[block] = sent[block];
  }

  /// What a flush that begins now promises when it succeeds.
  int[] beginFlush() {
    return acknowledged.clone();
  }

  void endFlush(int[] begun) {
    System.arraycopy(begun, 0, flushed, 0, begun.length);
  }

  /// The area's bytes in a picture of the whole volume.
  byte[] read(Path volume) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(sent.length * BLOCK_BYTES);
    try (FileChannel file = FileChannel.open(volume, StandardOpenOption.READ)) {
      DiskImage.readFully(file, firstByte, bytes);
    }
    return bytes.array();
  }

  /// The bytes of the area that break the promise; a write that was sent and not promised may be
  /// there in whole, in part or not at all.
  List<String> violations(byte[] area, Promise promise) {
    List<String> violations = new ArrayList<>();
    for (int block = 0; block < sent.length; block++) {
      int promised = promise == Promise.FLUSHED ? flushed[block] : acknowledged[block];
      for (int i = 0; i < BLOCK_BYTES; i++) {
        int found = area[block * BLOCK_BYTES + i] & 0xff;
        if (found < promised || found > sent[block]) {
          violations.add(
              "block %d holds write %d at byte %d; flushed %d, acknowledged %d, sent %d"
                  .formatted(block, found, i, flushed[block], acknowledged[block], sent[block]));
          break;
        }
      }
    }
    return violations;
  }

  /// The nodes have agreed on these bytes: from now on they are what counts.
  void settle(byte[] area) {
    for (int block = 0; block < sent.length; block++) {
      int found = area[block * BLOCK_BYTES] & 0xff;
      int newest = found;
      for (int i = 1; i < BLOCK_BYTES; i++) {
        int other = area[block * BLOCK_BYTES + i] & 0xff;
        found = Math.min(found, other);
        newest = Math.max(newest, other);
      }
      sent[block] = newest;
      acknowledged[block] = found;
      flushed[block] = found;
    }
  }
}
