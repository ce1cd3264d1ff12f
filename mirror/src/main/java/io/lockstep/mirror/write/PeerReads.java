package io.lockstep.mirror.write;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Blocks that the Primary's disk cannot read, read from the other node and written back.
///
/// ```
///   read fails ─► range lock ─► each block: local read ─► peer ─► local write ─► answer
///                 (in turn)                  (if it fails)
/// ```
///
/// From the local read to the write the range is locked, as by a change: so no write intervenes,
/// and what the other node holds is what this disk should hold. It is asked only while it is
/// UpToDate and takes part in writes, and it answers only from a disk that is. Where it cannot
/// help, the read ends in the error it met here. A write back that fails is a failed disk. Belongs
/// to the mirror's loop.
public final class PeerReads {
  /// Repairs under way at once; each has one block in question. More wait.
  static final int REPAIRS_MAX = 16;

  /// Reads for the other node under way at once; it has no more repairs.
  static final int SERVED_MAX = 2 * REPAIRS_MAX;

  /// How long the other node may take: its disk may stand still while it answers pings.
  static final long TIMEOUT_NANOS = 5_000_000_000L;

  private final Loop loop;
  private final BufferPool pool;
  private final LocalCopy copy;
  private final OwnRole role;
  private final PeerConnection connection;
  private final RangeQueue ranges;
  private final Notices notices;
  private final Map<Long, Repair> asked = new LinkedHashMap<>();
  private final ArrayDeque<Repair> waiting = new ArrayDeque<>();
  private int underWay;
  private int served;
  private long requestId;

  /// The last question before this link stood.
  private long askedBeforeLink;

  private long blockCount;
  private Runnable freed = () -> {};

  public PeerReads(Outside outside, Side side, RangeQueue ranges) {
    this.loop = outside.loop();
    this.pool = outside.pool();
    this.copy = side.copy();
    this.role = side.role();
    this.connection = side.connection();
    this.ranges = ranges;
    this.notices = outside.notices();
  }

  /// `listener` is told when a range is free again.
  public void whenFreed(Runnable listener) {
    freed = listener;
  }

  /// How many blocks were read from the other node since the start.
  public long blockCount() {
    return blockCount;
  }

  /// Whether the other node may have what this disk cannot read.
  boolean canHelp() {
    return connection.isEstablished()
        && connection.peerTakesPart()
        && !connection.state().isSyncSource()
        && !copy.isFailed()
        && connection.peer().filter(peer -> peer.diskState() == DiskState.UP_TO_DATE).isPresent();
  }

  /// Reads again what has just failed with `error`, with the other node's help.
  ///
  /// @param offset in bytes of the replicated space
  void repair(long offset, ByteBuffer target, IoResult error, Completion completion) {
    var repair = new Repair(offset, target, error, completion);
    if (underWay < REPAIRS_MAX) {
      begin(repair);
    } else {
      waiting.add(repair);
    }
  }

  private void begin(Repair repair) {
    underWay++;
    if (ranges.enter(repair, repair.first, repair.end - repair.first)) {
      repair.next();
    }
  }

  private void ended() {
    underWay--;
    Repair next = waiting.poll();
    if (next != null) {
      begin(next);
    }
  }

  // --- the other node's answers ---

  /// @return false if that was never asked, or is no answer
  public boolean answered(Frame.ReadReply reply) {
    if (!wasAsked(reply.id()) || reply.payload().remaining() != Bitmap.BLOCK_BYTES) {
      return false;
    }
    Repair repair = taken(reply.id());
    if (repair == null) {
      pool.giveBack(reply.payload());
    } else if (canHelp()) {
      repair.fetched(reply.payload());
    } else {
      pool.giveBack(reply.payload());
      repair.end(repair.error);
    }
    return true;
  }

  /// @return false if that was never asked
  public boolean refused(Frame.ReadRefused refusal) {
    if (!wasAsked(refusal.id())) {
      return false;
    }
    fail(refusal.id(), refusal.reason());
    return true;
  }

  /// Whether the question was asked on this link; an answer may come too late.
  private boolean wasAsked(long id) {
    return id > askedBeforeLink && id <= requestId;
  }

  private @Nullable Repair taken(long id) {
    Repair repair = asked.remove(id);
    if (repair != null) {
      repair.answered();
    }
    return repair;
  }

  private void fail(long id, String why) {
    Repair repair = taken(id);
    if (repair != null) {
      repair.end(IoResult.mediumError(repair.error.detail() + "; the other node: " + why));
    }
  }

  /// What was asked gets no answer any more.
  public void linkLost() {
    askedBeforeLink = requestId;
    for (long id : new ArrayList<>(asked.keySet())) {
      fail(id, "the link was lost");
    }
  }

  private void note(long offset) {
    blockCount++;
    notices.happened(new MirrorEvent.ReadFromPeer(blockCount, offset));
  }

  // --- for the other node ---

  /// The Primary cannot read its disk; the range was checked.
  public void serve(Frame.ReadRequest request) {
    if (served >= SERVED_MAX) {
      connection.drop("more than " + SERVED_MAX + " reads at once");
      return;
    }
    if (role.role() != Role.SECONDARY || copy.diskState() != DiskState.UP_TO_DATE) {
      connection.send(
          new Frame.ReadRefused(request.id(), "its disk is " + copy.diskState().label()));
      return;
    }
    PeerSession session = connection.session();
    ByteBuffer content = pool.borrow((int) request.length());
    served++;
    copy.disk()
        .read(
            copy.replicatedOffset() + request.offset(),
            content,
            result -> {
              served--;
              if (session.isAlive() && result.isOk()) {
                session.send(
                    new Frame.ReadReply(request.id(), content), _ -> pool.giveBack(content));
                return;
              }
              pool.giveBack(content);
              session.send(new Frame.ReadRefused(request.id(), result.detail()));
            });
  }

  /// One failed read, block by block, under the lock of its range.
  private final class Repair extends RangeQueue.Entry {
    private final long offset;
    private final ByteBuffer target;
    private final IoResult error;
    private final Completion completion;

    /// The whole blocks around the read.
    private final long first;

    private final long end;
    private long at;
    private @Nullable ByteBuffer block;
    private Loop.@Nullable Timer timeout;

    Repair(long offset, ByteBuffer target, IoResult error, Completion completion) {
      this.offset = offset;
      this.target = target;
      this.error = error;
      this.completion = completion;
      first = offset / Bitmap.BLOCK_BYTES * Bitmap.BLOCK_BYTES;
      long last = (offset + target.remaining() - 1) / Bitmap.BLOCK_BYTES;
      end = (last + 1) * Bitmap.BLOCK_BYTES;
      at = first;
    }

    @Override
    protected void admitted() {
      next();
    }

    @Override
    protected void dropped() {
      end(copy.failure());
    }

    /// Reads the next block here.
    private void next() {
      if (copy.isFailed()) {
        end(copy.failure());
        return;
      }
      if (at == end) {
        end(IoResult.OK);
        return;
      }
      ByteBuffer content = block == null ? pool.borrow(Bitmap.BLOCK_BYTES) : block;
      block = content;
      copy.disk()
          .read(
              copy.replicatedOffset() + at,
              content,
              result -> {
                if (result.isOk()) {
                  copied(content);
                } else if (canHelp()) {
                  ask();
                } else {
                  end(result);
                }
              });
    }

    private void ask() {
      long id = ++requestId;
      asked.put(id, this);
      timeout = loop.schedule(() -> fail(id, "no answer in time"), TIMEOUT_NANOS);
      connection.send(new Frame.ReadRequest(id, at, Bitmap.BLOCK_BYTES));
    }

    /// The question has its answer, or gets none.
    private void answered() {
      Loop.Timer timer = timeout;
      if (timer != null) {
        timer.cancel();
        timeout = null;
      }
    }

    /// The other node's copy of the block has come; the disk here gets it back.
    private void fetched(ByteBuffer payload) {
      ByteBuffer content = Check.present(block, "a block in question");
      content.put(0, payload, payload.position(), Bitmap.BLOCK_BYTES);
      pool.giveBack(payload);
      if (copy.isFailed()) {
        end(copy.failure());
        return;
      }
      note(at);
      copy.disk()
          .write(
              copy.replicatedOffset() + at,
              content,
              Durability.WRITE_BACK,
              result -> {
                if (!result.isOk()) {
                  copy.fail(result);
                }
                copied(content);
              });
    }

    /// The block is at hand: what the read wants of it goes there.
    private void copied(ByteBuffer content) {
      long from = Math.max(at, offset);
      long to = Math.min(at + Bitmap.BLOCK_BYTES, offset + target.remaining());
      target.put(
          target.position() + (int) (from - offset), content, (int) (from - at), (int) (to - from));
      at += Bitmap.BLOCK_BYTES;
      next();
    }

    private void end(IoResult result) {
      if (block != null) {
        pool.giveBack(block);
        block = null;
      }
      if (isQueued()) {
        ranges.leave(this);
      }
      ended();
      completion.completed(result);
      freed.run();
    }
  }
}
