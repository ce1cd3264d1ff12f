package io.lockstep.mirror.resync;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One range of a resync on its way: read here, sent, written there. It holds its range from the
/// read to the target's acknowledgement (I7).
///
/// What may be a hole is not read. The disk is asked when the range is the chunk's own: all that
/// was written before is known then, and nothing is written before the target has its zeroes. As
/// much of the range as is a hole becomes the chunk, and the rest is left to the next pass.
///
/// A block that cannot be read and whose sectors a person has given up gets zeroes first, there and
/// only there, and is read again. So whatever interrupts the giving up, the next resync goes on
/// with it. Belongs to the mirror's loop.
final class ResyncChunk extends RangeQueue.Entry {
  /// The resync that it belongs to.
  interface Owner {
    /// Where it takes its turn.
    RangeQueue ranges();

    /// `bytes` of payload go to the target.
    void sending(long bytes);

    /// The disk cannot read it.
    void notRead(BlockRange range);

    /// It has let go of its range.
    ///
    /// @param copied whether the target has written it
    void ended(ResyncChunk chunk, boolean copied);
  }

  private static final ByteBuffer ZEROES = ByteBuffer.allocate(8 << 10);

  private final BufferPool pool;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final RangeQueue ranges;
  private final Owner owner;
  private final Loop loop;
  private final long number;
  private final boolean hole;
  private BlockRange range;
  private boolean told;
  private long sentNanos;
  private long tookNanos = -1;
  private @Nullable ByteBuffer buffer;
  private boolean onDisk;
  private boolean inTransport;
  private boolean sent;
  private boolean acknowledged;
  private boolean abandoned;
  private boolean zeroed;
  private boolean ended;

  /// @param number by which the target acknowledges it
  ResyncChunk(Outside outside, Side side, Owner owner, SourceWalk.Next.Range next, long number) {
    this.loop = outside.loop();
    this.pool = outside.pool();
    this.copy = side.copy();
    this.connection = side.connection();
    this.ranges = owner.ranges();
    this.owner = owner;
    this.range = next.range();
    this.hole = next.hole();
    this.number = number;
  }

  BlockRange range() {
    return range;
  }

  long number() {
    return number;
  }

  /// How long the target took for what was to be a hole: negative if it is none any more; empty if
  /// nothing was learned.
  OptionalLong holeNanos() {
    return hole && told ? OptionalLong.of(tookNanos) : OptionalLong.empty();
  }

  void start() {
    if (ranges.enter(this, range.offset(), range.length())) {
      begin();
    }
  }

  /// The chunk waited behind writes, as they wait behind it (a block that is written all the time
  /// is copied too).
  @Override
  protected void admitted() {
    begin();
  }

  @Override
  protected void dropped() {
    abandon();
  }

  private void begin() {
    if (hole) {
      ask();
    } else {
      read();
    }
  }

  private void ask() {
    onDisk = true;
    long at = copy.replicatedOffset() + range.offset();
    copy.disk().blockStatus(at, range.length(), this::told);
  }

  private void told(BlockStatus status) {
    onDisk = false;
    long blocks = SourceWalk.holeBlocks(status, range.length());
    if (!abandoned) {
      told = true;
      abandoned = blocks == 0;
    }
    if (abandoned) {
      legEnded();
    } else {
      long length = Math.min(range.length(), blocks * Bitmap.BLOCK_BYTES);
      range = new BlockRange(range.offset(), length);
      sendZeroes();
    }
  }

  private void sendZeroes() {
    sent = true;
    sentNanos = loop.nowNanos();
    connection.send(new Frame.ResyncZeroes(number, range.offset(), range.length()));
  }

  private void read() {
    ByteBuffer target = buffer == null ? pool.borrow((int) range.length()) : buffer;
    buffer = target;
    onDisk = true;
    long at = copy.replicatedOffset() + range.offset();
    copy.disk().read(at, target, result -> wasRead(result, target));
  }

  private void wasRead(IoResult result, ByteBuffer content) {
    onDisk = false;
    if (!result.isOk() && !abandoned) {
      int lost = sectorsGivenUp();
      if (lost != 0 && !zeroed) {
        zeroed = true;
        zero(lost, 0);
        return;
      }
      abandoned = true;
      owner.notRead(range);
    }
    if (abandoned) {
      legEnded();
    } else {
      send(content);
    }
  }

  private int sectorsGivenUp() {
    return range.length() == Bitmap.BLOCK_BYTES
        ? copy.lost().blocks().sectorsOf(range.offset() / Bitmap.BLOCK_BYTES)
        : 0;
  }

  /// Writes zeroes over the sectors of `lost` from the one numbered `from` on, run by run.
  private void zero(int lost, int from) {
    int first = from;
    while (first < Integer.SIZE && (lost >> first & 1) == 0) {
      first++;
    }
    if (abandoned || first == Integer.SIZE) {
      read();
      return;
    }
    int end = first;
    while ((lost >> end & 1) != 0) {
      end++;
    }
    int next = end;
    onDisk = true;
    copy.disk()
        .writeZeroes(
            copy.replicatedOffset() + range.offset() + (long) first * LostBlocks.SECTOR_BYTES,
            (long) (end - first) * LostBlocks.SECTOR_BYTES,
            Durability.WRITE_BACK,
            result -> {
              onDisk = false;
              if (result.isOk()) {
                zero(lost, next);
              } else {
                copy.fail(result);
                abandon();
              }
            });
  }

  private void send(ByteBuffer content) {
    if (isZero(content)) {
      sendZeroes();
      return;
    }
    sent = true;
    inTransport = true;
    owner.sending(range.length());
    Completion released =
        _ -> {
          inTransport = false;
          legEnded();
        };
    connection.send(new Frame.ResyncData(number, range.offset(), content), released);
  }

  /// @return whether it waited for that
  boolean acknowledged() {
    if (!sent || acknowledged) {
      return false;
    }
    acknowledged = true;
    tookNanos = loop.nowNanos() - sentNanos;
    legEnded();
    return true;
  }

  /// The link is lost or the disk has failed.
  void abandon() {
    abandoned = true;
    legEnded();
  }

  private void legEnded() {
    if (ended || onDisk || inTransport || !(acknowledged || abandoned)) {
      return;
    }
    ended = true;
    ByteBuffer content = buffer;
    if (content != null) {
      pool.giveBack(content);
      buffer = null;
    }
    if (isQueued()) {
      ranges.leave(this);
    }
    owner.ended(this, !abandoned);
  }

  private static boolean isZero(ByteBuffer content) {
    for (int at = content.position(); at < content.limit(); at += ZEROES.capacity()) {
      int length = Math.min(ZEROES.capacity(), content.limit() - at);
      if (content.slice(at, length).mismatch(ZEROES.slice(0, length)) >= 0) {
        return false;
      }
    }
    return true;
  }
}
