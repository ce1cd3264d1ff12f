package io.lockstep.mirror.resync;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.WritePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The good side of a resync: copies every block whose bit is set, in the union of both bitmaps.
///
/// A chunk takes its turn in the queue of changes and holds its range from the read to the
/// acknowledgement, so that no write overtakes it (I7). What the disk knows to be a hole is not
/// read, and goes to the target as the length of a range ([SourceWalk]).
///
/// Bits are cleared in batches, only after both disks were flushed behind the batch (I3); the
/// target is told which. The end is announced when no bit is left; only when the target has durably
/// become UpToDate is the bitmap generation retired.
///
/// A block that cannot be read stays out of sync and is passed over; when nothing else is left, the
/// resync pauses, and the target stays Inconsistent. A write to such a block, a new link, or a
/// person makes it be read again; when all were read the resync ends by itself.
///
/// Belongs to the mirror's loop.
public final class ResyncSource implements ResyncChunk.Owner {
  /// How long the end of a resync waits for a record before it looks once more.
  private static final long RECORD_NANOS_MAX = 10_000_000_000L;

  private enum Phase {
    IDLE,
    BITMAP,
    COPYING,
    ANNOUNCED
  }

  private final Loop loop;
  private final BufferPool pool;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final PeerConnection connection;
  private final RangeQueue ranges;
  private final Outside outside;
  private final Side side;
  private final WritePath writes;
  private final AloneGeneration generations;
  private final Notices notices;
  private final Waits waits;
  private final ArrayList<ResyncChunk> chunks = new ArrayList<>();
  private final ResyncRate rate = new ResyncRate();
  private final UnreadableBlocks unreadable = new UnreadableBlocks();
  private final SourceWalk walk;

  private Phase phase = Phase.IDLE;
  private List<BlockRange> batch = new ArrayList<>();
  private long batchBytes;
  private long committingBytes;
  private boolean committing;
  private List<BlockRange> committed = List.of();
  private long batchNumber;
  private long sequence;
  private long totalBytes;
  private long sentBytes;
  private boolean pumping;
  private boolean pumpIsDue;
  private boolean awaitsRecords;

  /// What is said while it pauses; empty if it does not.
  private String pause = "";

  private ResyncWatcher watcher = ResyncWatcher.NOBODY;

  public ResyncSource(Outside outside, Side side, DataPath data) {
    this.loop = outside.loop();
    this.pool = outside.pool();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.config = outside.config();
    this.walk = new SourceWalk(copy, unreadable, config.limits().resyncChunkBytes(), this::pump);
    this.connection = side.connection();
    this.ranges = data.ranges();
    this.outside = outside;
    this.side = side;
    this.writes = data.writes();
    this.generations = data.generations();
    this.notices = outside.notices();
    this.waits = outside.waits();
  }

  boolean isActive() {
    return phase != Phase.IDLE;
  }

  /// How much was out of sync when it began: what either node had marked.
  public long totalBytes() {
    return totalBytes;
  }

  /// How much it has put on the wire; zeroes travel as a length.
  public long sentBytes() {
    return sentBytes;
  }

  /// How much is out of sync no more.
  public long doneBytes() {
    long left = copy.bitmap().setBytes() - batchBytes - committingBytes;
    return Math.max(0, totalBytes - Math.max(0, left));
  }

  /// How fast it goes.
  public ResyncRate rate() {
    return rate;
  }

  /// What it could not read.
  public UnreadableBlocks unreadable() {
    return unreadable;
  }

  /// The nodes have decided that this one is the source; the target's bitmap comes next.
  public void expect(Plan.Resync plan) {
    phase = Phase.BITMAP;
    sentBytes = 0;
    unreadable.clear();
    if (plan.full()) {
      copy.bitmap().markAll();
    }
  }

  /// A piece of the target's bitmap.
  public void bitmap(Frame.BitmapChunk chunk) {
    boolean good =
        phase == Phase.BITMAP && copy.bitmap().importUnion(chunk.firstWord(), chunk.words());
    pool.giveBack(chunk.words());
    if (!good) {
      connection.drop("a piece of bitmap that does not fit");
    }
  }

  /// The target has sent all of it.
  public void bitmapEnd(Frame.BitmapEnd end) {
    if (phase != Phase.BITMAP || end.setCount() > copy.bitmap().setCount()) {
      connection.drop("an end of the bitmap that does not fit");
      return;
    }
    phase = Phase.COPYING;
    walk.restart();
    totalBytes = copy.bitmap().setBytes();
    rate.start(loop.nowNanos());
    connection.to(ConnectionState.SYNC_SOURCE, "both bitmaps are known");
    pump();
  }

  /// The link is lost or the disk has failed; bits that were not cleared stay.
  public void stop() {
    phase = Phase.IDLE;
    unreadable.clear();
    walk.leave();
    watcher.stopped();
    goOn("the link has ended");
    batch = new ArrayList<>();
    batchBytes = 0;
    committing = false;
    committingBytes = 0;
    committed = List.of();
    for (ResyncChunk chunk : new ArrayList<>(chunks)) {
      chunk.abandon();
    }
  }

  /// Starts what can be started.
  void pump() {
    if (phase != Phase.COPYING || pumping || copy.isFailed()) {
      return;
    }
    pumping = true;
    boolean more = true;
    while (more && chunks.size() < config.limits().resyncChunksInFlight()) {
      more = startNext();
    }
    pumping = false;
  }

  private boolean startNext() {
    return switch (walk.next()) {
      case SourceWalk.Next.Range range -> {
        var chunk = new ResyncChunk(outside, side, this, range, ++sequence);
        chunks.add(chunk);
        chunk.start();
        yield true;
      }
      case SourceWalk.Next.Later _ -> false;
      case SourceWalk.Next.End _ -> {
        endOfPass(copy.bitmap());
        yield false;
      }
    };
  }

  /// Every set bit was visited: commit what was copied, then look again, until no bit is left or
  /// none that can be read.
  private void endOfPass(Bitmap bitmap) {
    if (!chunks.isEmpty() || committing) {
      return;
    }
    if (!batch.isEmpty()) {
      commit();
    } else if (bitmap.setCount() == 0) {
      announce();
    } else if (bitmap.setCount() == unreadable.count() || unreadable.isFull()) {
      pauseForUnreadable();
    } else {
      walk.restart();
      pumpSoon();
    }
  }

  private void pumpSoon() {
    if (!pumpIsDue) {
      pumpIsDue = true;
      loop.execute(
          () -> {
            pumpIsDue = false;
            pump();
          });
    }
  }

  private boolean isRecording() {
    return copy.metadata().isUpdating() || writes.isRecovering();
  }

  private void awaitRecords() {
    if (!awaitsRecords) {
      awaitsRecords = true;
      waits.until(
          "the end of a resync, for a record",
          () -> !isRecording(),
          RECORD_NANOS_MAX,
          this::recordsEnded,
          this::recordsEnded);
    }
  }

  private void recordsEnded() {
    awaitsRecords = false;
    pump();
  }

  private void announce() {
    if (isRecording()) {
      awaitRecords();
      return;
    }
    goOn("everything was read");
    phase = Phase.ANNOUNCED;
    generations.announced();
    Generations after = ledger.generations().retired();
    connection.send(new Frame.LostBlocks(copy.lost().blocks().entries()));
    connection.send(new Frame.ResyncDone(after));
  }

  // --- blocks that cannot be read ---

  private void pauseForUnreadable() {
    String sentence = unreadableSentence();
    if (sentence.equals(pause)) {
      return;
    }
    pause = sentence;
    watcher.stillUnreadable(unreadable.count());
    connection.showReason(sentence);
    notices.happened(
        new MirrorEvent.ResyncPaused(unreadable.count(), unreadable.firstOffsets().getFirst()));
    connection.send(new Frame.ResyncUnreadable(unreadable.count(), unreadable.firstOffsets()));
  }

  private String unreadableSentence() {
    return String.format(
        Locale.ROOT,
        "%s%d blocks of %s could not be read, the first at byte %d of the mirror; the other node"
            + " stays Inconsistent. Writing to them mends them; connect reads them again; "
            + "accept-loss gives their content up",
        unreadable.isFull() ? "at least " : "",
        unreadable.count(),
        config.diskName(),
        unreadable.firstOffsets().getFirst());
  }

  private void goOn(String why) {
    if (pause.isEmpty()) {
      return;
    }
    if (connection.reason().equals(pause)) {
      connection.showReason("");
    }
    pause = "";
    notices.happened(new MirrorEvent.ResyncUnpaused(why));
  }

  /// A write has ended that may have mended blocks.
  public void written(long offset, long length) {
    if (unreadable.written(offset, length)) {
      pump();
    }
  }

  /// Whether the resync pauses for blocks that cannot be read.
  boolean isPaused() {
    return !pause.isEmpty();
  }

  void watch(ResyncWatcher newWatcher) {
    watcher = newWatcher;
  }

  /// A person asks to read again what could not be read.
  public void retryUnreadable() {
    goOn("it reads them again");
    unreadable.suspectAll();
    pump();
  }

  /// The target is UpToDate, durably.
  public void doneAcknowledged() {
    if (phase != Phase.ANNOUNCED) {
      connection.drop("an end of resync that was not announced");
      return;
    }
    phase = Phase.IDLE;
    unreadable.clear();
    watcher.ended();
    generations.sharedWithPeer();
    connection.participates(Participation.IN_SYNC);
    connection.to(ConnectionState.CONNECTED, "the other disk has been filled");
    ledger.update(
        now -> now.withGenerations(now.generations().retired()),
        result -> {
          if (result.isOk()) {
            connection.sendState();
          }
        });
    copy.metadata().persistWholeBitmap(_ -> {}); // A failure of it is the disk's: Metadata says so.
  }

  /// The target has answered for a chunk; false if there is none of that number.
  public boolean acknowledged(long acknowledgedSequence) {
    for (ResyncChunk chunk : chunks) {
      if (chunk.number() == acknowledgedSequence) {
        return chunk.acknowledged();
      }
    }
    return false;
  }

  @Override
  public RangeQueue ranges() {
    return ranges;
  }

  /// `bytes` of payload go to the target.
  @Override
  public void sending(long bytes) {
    sentBytes += bytes;
  }

  /// A block that cannot be read says nothing about the next one, nor about the disk.
  @Override
  public void notRead(BlockRange range) {
    long first = range.offset() / Bitmap.BLOCK_BYTES;
    if (range.length() <= Bitmap.BLOCK_BYTES) {
      unreadable.found(first);
    } else {
      unreadable.suspect(first, (range.length() + Bitmap.BLOCK_BYTES - 1) / Bitmap.BLOCK_BYTES);
    }
  }

  /// A chunk has let go of its range.
  ///
  /// @param copied whether the target has written it
  @Override
  public void ended(ResyncChunk chunk, boolean copied) {
    Check.that(chunks.remove(chunk), "a chunk under way");
    chunk.holeNanos().ifPresent(walk::holeEnded);
    if (copied) {
      copied(chunk.range());
    }
    writes.pump();
    pump();
  }

  private void copied(BlockRange range) {
    unreadable.mended(range.offset(), range.length());
    addToBatch(range);
    batchBytes += range.length();
    rate.done(loop.nowNanos(), doneBytes());
    notices.changed();
    if (batchBytes >= config.limits().resyncCommitBytes() && !committing) {
      commit();
    }
  }

  private void addToBatch(BlockRange range) {
    if (!batch.isEmpty() && batch.getLast().end() == range.offset()) {
      BlockRange last = batch.removeLast();
      batch.add(new BlockRange(last.offset(), last.length() + range.length()));
    } else {
      batch.add(range);
    }
  }

  /// Flushes both disks behind everything that was copied.
  private void commit() {
    committing = true;
    committed = batch;
    committingBytes = batchBytes;
    batch = new ArrayList<>();
    batchBytes = 0;
    long number = ++batchNumber;
    PeerSession session = connection.session();
    copy.disk()
        .flush(
            result -> {
              if (!result.isOk()) {
                copy.fail(result);
              } else if (session.isAlive() && phase == Phase.COPYING) {
                session.send(new Frame.ResyncCommit(number));
              }
            });
  }

  /// The target has flushed a batch; false if it is not the one that was asked about.
  public boolean committed(long number) {
    if (!committing || number != batchNumber) {
      return false;
    }
    committing = false;
    committingBytes = 0;
    Bitmap bitmap = copy.bitmap();
    for (int from = 0; from < committed.size(); from += FrameLimits.RANGES_MAX) {
      int to = Math.min(committed.size(), from + FrameLimits.RANGES_MAX);
      List<BlockRange> part = committed.subList(from, to);
      part.forEach(range -> bitmap.markClean(range.offset(), range.length()));
      connection.send(new Frame.ResyncClear(number, part));
    }
    committed = List.of();
    notices.changed();
    if (batchBytes >= config.limits().resyncCommitBytes()) {
      commit();
    }
    pump();
    return true;
  }
}
