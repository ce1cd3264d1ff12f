package io.lockstep.sim;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What the blocks of a [CrashStage] may hold: the checker of I1 for short stories. Writes of one
/// block come one after another, so that each block has a history in one order.
///
/// After a crash the newest write that was acknowledged, and that is not lost by right, stands for
/// sure: nothing before it may be read. What came after it was never promised and may be there. A
/// write is lost by right when one of the nodes that had it lost power before a flush, and none of
/// the others has been up and in the pair ever since. A kill loses nothing.
final class CrashBlocks {
  static final int BLOCKS = 16;
  static final int BLOCK_BYTES = 4096;

  private static final int SECTOR_BYTES = 512;

  private final List<List<Written>> histories = new ArrayList<>();
  private long lastStamp;

  /// A person has said that one node is to leave the pair.
  private boolean leaving;

  /// One write.
  static final class Written {
    final long stamp;
    private boolean acknowledged;

    /// Bit sets of nodes: who has had it without a break, who has it on stable storage, and who had
    /// it and lost it.
    private int up;

    private int stable;
    private int lost;

    private Written(long stamp) {
      this.stamp = stamp;
    }
  }

  CrashBlocks() {
    for (int block = 0; block < BLOCKS; block++) {
      var zeroes = new Written(0);
      zeroes.acknowledged = true;
      zeroes.up = 3;
      zeroes.stable = 3;
      histories.add(new ArrayList<>(List.of(zeroes)));
    }
  }

  Written begin(int block) {
    var written = new Written(++lastStamp);
    histories.get(block).add(written);
    return written;
  }

  /// @param holders the nodes that were in sync when it was answered
  static void acknowledged(Written written, int holders) {
    written.acknowledged = true;
    written.up = holders;
  }

  /// All acknowledged writes, for a flush that begins now.
  List<Written> acknowledged() {
    return histories.stream().flatMap(List::stream).filter(each -> each.acknowledged).toList();
  }

  /// A flush of these was answered.
  static void flushed(List<Written> covered, int holders) {
    for (Written written : covered) {
      written.stable |= holders;
    }
  }

  /// Both nodes are in sync: each has what was acknowledged.
  void bothHold() {
    if (leaving) {
      return;
    }
    for (Written written : acknowledged()) {
      written.up = 3;
      written.lost = 0;
    }
  }

  /// A person disconnects a node, which is outdated by that, or connects it again.
  void leaving(int node, boolean value) {
    leaving = value;
    left(node);
  }

  /// A node is no part of the pair any more: it went down, or was disconnected by a person.
  void left(int node) {
    acknowledged().forEach(written -> written.up &= ~(1 << node));
  }

  /// A person has given up what only that node has.
  void givenUp(int node) {
    for (Written written : acknowledged()) {
      if ((written.up | written.stable) == 1 << node) {
        written.up = 0;
        written.stable = 0;
        written.lost |= 1 << node;
      }
    }
  }

  /// A node loses its cache.
  void powerCut(int node) {
    left(node);
    for (Written written : acknowledged()) {
      written.lost |= 1 << node & ~written.stable;
    }
  }

  /// Looks at a block as it is read now.
  void check(int block, ByteBuffer content) {
    for (int at = 0; at < BLOCK_BYTES; at += SECTOR_BYTES) {
      long stamp = content.getLong(at);
      Check.that(isAllowed(block, stamp), "I1: a block holds what was promised", block, stamp);
      for (int inside = at; inside < at + SECTOR_BYTES; inside += Long.BYTES) {
        Check.that(content.getLong(inside) == stamp, "a sector is of one write", block, inside);
      }
    }
  }

  private boolean isAllowed(int block, long stamp) {
    for (Written written : histories.get(block).reversed()) {
      if (written.stamp == stamp) {
        return true;
      }
      boolean kept = (written.up | written.stable) != 0 || written.lost == 0;
      if (written.acknowledged && kept) {
        return false;
      }
    }
    return false;
  }
}
