package io.lockstep.mirror.resync;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerWrites;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The side of a resync that is brought up to date.
///
/// It sends its bitmap when the source has said on this link that it copies, and notes nothing
/// before the first frame that changes its disk is here: a source that is gone by then may be gone
/// for good, and what this disk holds is the last copy.
///
/// Durable, in this order: every bit it knows of (all, for a full resync) → Inconsistent, on the
/// generation that the source's bitmap counts from → blocks → flush → bits cleared, batch by batch
/// → UpToDate with the source's generation. So a break anywhere leaves a disk that knows what it
/// lacks (I3, I11). Each of these is a step in the stream of writes. Belongs to the mirror's loop.
public final class ResyncTarget {
  private static final int BITMAP_CHUNK_BYTES = 64 << 10;

  /// Pieces of the bitmap that are on their way at once: a large one is 2 GiB.
  private static final int BITMAP_CHUNKS_MAX = 16;

  private static final Frame.ResyncUnreadable NOTHING_UNREADABLE =
      new Frame.ResyncUnreadable(0, List.of());

  private final Loop loop;
  private final BufferPool pool;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final PeerWrites peerWrites;
  private final AloneGeneration generations;
  private final Notices notices;
  private final Waits waits;
  private final ResyncRate rate = new ResyncRate();
  private boolean active;

  /// The source has not yet said that it copies.
  private boolean awaited;

  /// What is done when the first change comes; null if nothing waits for that.
  private @Nullable Runnable begin;

  /// Which resync this is; one that has ended in the middle is not gone on with by what it began.
  private long run;

  private boolean sendsBitmap;

  /// Pieces of the bitmap that the link has not taken yet, and the word with which the next one
  /// begins that waits for them; -1 if none does.
  private int bitmapChunks;

  private long waitingWord = -1;

  /// What is done when this disk is UpToDate and nobody is Primary.
  private Runnable atEnd = () -> {};

  private boolean layingOut;

  /// Empty if the source has marks that this node does not know.
  private OptionalLong totalBytes = OptionalLong.empty();

  private long clearedBytes;

  /// What the source says it cannot read, while the resync pauses for it.
  private Frame.ResyncUnreadable unreadable = NOTHING_UNREADABLE;

  public ResyncTarget(Outside outside, Side side, DataPath data) {
    this.loop = outside.loop();
    this.pool = outside.pool();
    this.copy = side.copy();
    this.connection = side.connection();
    this.peerWrites = data.peerWrites();
    this.generations = data.generations();
    this.notices = outside.notices();
    this.waits = outside.waits();
  }

  /// Whether this node is one.
  public boolean isActive() {
    return active;
  }

  /// Whether a joining disk is being laid out.
  public boolean isLayingOut() {
    return layingOut;
  }

  /// How much was out of sync when it began, on either node; empty if only the source knows.
  public OptionalLong totalBytes() {
    return totalBytes;
  }

  /// How much is out of sync no more, of what either node had marked.
  public long doneBytes() {
    return clearedBytes;
  }

  /// How fast it goes.
  public ResyncRate rate() {
    return rate;
  }

  /// The blocks that the source could not read.
  public Frame.ResyncUnreadable unreadable() {
    return unreadable;
  }

  /// The link is lost, or one of the disks.
  public void linkLost() {
    run++;
    active = false;
    awaited = false;
    begin = null;
    unreadable = NOTHING_UNREADABLE;
  }

  /// The nodes have decided that this one is the target.
  ///
  /// @param filled runs when it is UpToDate and nobody is Primary: the last Primary resumes
  /// @param begins runs when what is here begins to be given up for it
  public void prepare(Party source, Plan.Resync plan, Runnable filled, Runnable begins) {
    atEnd = filled;
    long mine = ++run;
    connection.participates(Participation.NONE);
    awaited = true;
    sendsBitmap = !plan.full();
    begin =
        () -> {
          begins.run();
          peerWrites.step(end -> recordBits(source, plan, mine, end));
        };
  }

  /// Whether it is decided that this node is the target, and nothing has changed yet.
  public boolean isAwaited() {
    return begin != null;
  }

  /// The source has said that it copies; says it again later, too.
  public void sourceCopies() {
    if (!awaited) {
      return;
    }
    awaited = false;
    active = true;
    bitmapChunks = 0;
    waitingWord = -1;
    sendBitmap(sendsBitmap ? copy.bitmap().nextNonZeroWord(0) : -1, run);
  }

  /// Sends the bitmap from `word` on, which is not zero, and behind the last piece its end. Its
  /// bits stay meanwhile: the source lets none be cleared before it has that end.
  private void sendBitmap(long word, long mine) {
    Bitmap bitmap = copy.bitmap();
    while (word >= 0) {
      if (bitmapChunks == BITMAP_CHUNKS_MAX) {
        waitingWord = word;
        return;
      }
      ByteBuffer words = pool.borrow(BITMAP_CHUNK_BYTES);
      int exported = bitmap.exportWords(word, words);
      words.flip();
      bitmapChunks++;
      connection.send(new Frame.BitmapChunk(word, words), _ -> chunkSent(words, mine));
      long next = word + exported;
      word = next < bitmap.wordCount() ? bitmap.nextNonZeroWord(next) : -1;
    }
    connection.send(new Frame.BitmapEnd(bitmap.setCount()));
  }

  private void chunkSent(ByteBuffer words, long mine) {
    pool.giveBack(words);
    if (mine != run) {
      return;
    }
    bitmapChunks--;
    if (waitingWord >= 0) {
      long word = waitingWord;
      waitingWord = -1;
      sendBitmap(word, mine);
    }
  }

  /// A change of the source's is here, and it fits: the first one, or one after it.
  public void begin() {
    Runnable first = begin;
    if (first != null) {
      begin = null;
      first.run();
    }
  }

  private void recordBits(Party source, Plan.Resync plan, long mine, Runnable end) {
    if (mine != run) {
      end.run(); // The source is gone already.
      return;
    }
    if (plan.full()) {
      copy.bitmap().markAll();
    }
    copy.metadata().persistBitmap(result -> recordStart(result, source, plan, mine, end));
  }

  private void recordStart(
      IoResult result, Party source, Plan.Resync plan, long mine, Runnable end) {
    if (!result.isOk() || mine != run) {
      if (!result.isOk()) {
        copy.fail(result);
      }
      end.run();
      return;
    }
    copy.metadata()
        .update(
            now -> {
              Generations own = now.generations();
              Superblock.Builder next =
                  now.copy()
                      .diskState(DiskState.INCONSISTENT)
                      .allDirty(false)
                      .failed(false)
                      .keptAll(false)
                      .generations(new Generations(plan.baseGeneration(), 0, own.history()));
              if (source.term() >= now.term()) {
                next.term(source.term()).primaryNode(source.primaryNode());
              }
              return next.build();
            },
            updated -> {
              if (updated.isOk()) {
                started(mine);
              } else {
                copy.fail(updated);
              }
              end.run();
            });
  }

  private void started(long mine) {
    if (copy.isFailed()) {
      return;
    }
    copy.to(DiskState.INCONSISTENT, "it is being filled from the other node");
    if (mine != run) {
      return;
    }
    totalBytes = sendsBitmap ? OptionalLong.empty() : OptionalLong.of(copy.bitmap().setBytes());
    clearedBytes = 0;
    rate.start(loop.nowNanos());
    connection.to(ConnectionState.SYNC_TARGET, "the first block has come");
    connection.sendState();
  }

  /// Nothing is left but blocks that the source cannot read: this disk stays Inconsistent.
  public void unreadable(Frame.ResyncUnreadable found) {
    if (!active) {
      connection.drop("blocks that cannot be read while no resync is under way");
      return;
    }
    unreadable = found;
    connection.showReason(
        found.blocks()
            + " blocks could not be read on the other node, which says what can be done; until then"
            + " this disk stays Inconsistent");
  }

  /// What is lost on the source is lost here too: noted before this disk can become UpToDate.
  public void lostBlocks(Frame.LostBlocks frame) {
    Optional<LostBlocks> lost = LostBlocks.of(frame.entries(), copy.replicatedBytes());
    if (!active || lost.isEmpty()) {
      connection.drop("a list of lost blocks that does not fit");
      return;
    }
    begin();
    peerWrites.step(
        end ->
            copy.lost()
                .adopt(
                    lost.get(),
                    result -> {
                      if (!result.isOk()) {
                        copy.fail(result);
                      }
                      end.run();
                    }));
  }

  /// The source wants what it has sent flushed.
  public void commit(Frame.ResyncCommit commit) {
    if (!active) {
      connection.drop("a batch while no resync is under way");
      return;
    }
    begin();
    PeerSession session = connection.session();
    peerWrites.flushedStep(
        end -> {
          session.send(new Frame.ResyncCommitAck(commit.batch()));
          end.run();
        });
  }

  /// The source says which blocks are the same on both disks, stably.
  public void clear(Frame.ResyncClear clear) {
    for (BlockRange range : clear.ranges()) {
      if (!active || range.end() > copy.replicatedBytes()) {
        connection.drop("a range to clear that does not fit: " + range);
        return;
      }
    }
    begin();
    PeerSession session = connection.session();
    peerWrites.step(
        end -> {
          if (session.isAlive()) {
            Bitmap bitmap = copy.bitmap();
            clear.ranges().forEach(range -> bitmap.markClean(range.offset(), range.length()));
            clearedBytes += clear.ranges().stream().mapToLong(BlockRange::length).sum();
            rate.done(loop.nowNanos(), doneBytes());
            notices.changed();
          }
          end.run();
        });
  }

  /// The source has sent everything.
  public void done(Frame.ResyncDone done) {
    if (active) {
      begin();
    }
    long mine = run;
    peerWrites.flushedStep(
        end -> {
          if (mine != run) {
            end.run();
          } else if (!active || copy.bitmap().setCount() > 0) {
            connection.drop("an end of resync while blocks are out of sync");
            end.run();
          } else {
            recordEnd(done, mine, end);
          }
        });
  }

  private void recordEnd(Frame.ResyncDone done, long mine, Runnable end) {
    copy.metadata()
        .update(
            now ->
                now.copy()
                    .diskState(DiskState.UP_TO_DATE)
                    .generations(now.generations().adopted(done.generations()))
                    .build(),
            result -> {
              if (result.isOk()) {
                upToDate(mine);
              } else {
                copy.fail(result);
              }
              end.run();
            });
  }

  private void upToDate(long mine) {
    if (copy.isFailed()) {
      return;
    }
    copy.to(DiskState.UP_TO_DATE, "it has been filled from the other node");
    copy.metadata().persistWholeBitmap(_ -> {}); // A failure of it is the disk's: Metadata says so.
    generations.sharedWithPeer();
    if (mine == run) {
      active = false;
      if (unreadable.blocks() > 0) {
        unreadable = NOTHING_UNREADABLE;
        connection.showReason("");
      }
      connection.send(new Frame.ResyncDoneAck());
      connection.participates(Participation.IN_SYNC);
      connection.to(ConnectionState.CONNECTED, "this disk has been filled");
      connection.sendState();
      boolean nobodyIsPrimary =
          connection.peer().filter(peer -> peer.role() == Role.PRIMARY).isEmpty();
      if (nobodyIsPrimary) {
        atEnd.run();
      }
    }
  }

  /// A joining disk is laid out for the mirror's size; then the nodes meet again. A link that comes
  /// meanwhile waits with its meeting.
  public void layOutFor(Superblock.Geometry geometry, long controlBytes) {
    Check.that(!layingOut, "laid out once at a time");
    layingOut = true;
    PeerSession session = connection.session();
    Superblock own = copy.superblock();
    copy.layOut(
        own.laidOutAnew(
            geometry,
            FreshLayout.of(
                geometry.replicatedBytes(), controlBytes, own.layout().members().getFirst().id())),
        () -> {
          layingOut = false;
          waits.look();
          session.close("handshake starts again: laid out for the mirror's size");
        });
  }
}
