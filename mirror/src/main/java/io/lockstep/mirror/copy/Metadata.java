package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.LostBlocksTable;
import io.lockstep.mirror.meta.Superblock;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The mirror's records on the local disk and the order in which they reach it (I2, I12):
///
/// *evicted bitmap pages → flush → activity-log block → flush → data*, and superblock
/// *one copy → flush → the other → flush* ([SuperblockWriter]), one update after another.
///
/// After the first failed metadata write nothing more is written and every waiter is told: data
/// whose record is missing must not be written (a metadata error means the data is not written).
/// Belongs to the mirror's loop.
public final class Metadata implements RecordWrites {
  private static final int LOG_BLOCK_BYTES = 4096;

  /// Bitmap pages that lie one behind the other are written so much at once.
  private static final int WRITE_BYTES = 1 << 20;

  private final Loop loop;
  private final BlockDevice disk;
  private final DiskLayout layout;
  private final ActivityLog log;
  private final Bitmap bitmap;
  private final LostRecords lost;
  private final SuperblockWriter superblocks;
  private final BufferPool pool;
  private final ArrayDeque<Update> updates = new ArrayDeque<>();
  private final ArrayDeque<PageWriter> pageWriters = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterLog = new ArrayDeque<>();

  private Superblock superblock;
  private boolean updating;
  private Runnable onRest = () -> {};
  private boolean failureToRecord;

  private boolean logBusy;
  private @Nullable IoResult failure;

  private @Nullable LogUser user;

  /// A metadata write failed: the disk is to be let go.
  private Completion onFailure = _ -> {};

  Metadata(Backing backing, Superblock superblock, MetadataParts parts) {
    this.loop = backing.loop();
    this.disk = backing.disk();
    this.pool = backing.pool();
    this.superblock = superblock;
    this.layout = parts.layout();
    this.bitmap = parts.bitmap();
    this.log = parts.log();
    this.lost = new LostRecords(this, backing, layout, parts.lost());
    this.superblocks = new SuperblockWriter(this, disk, pool);
  }

  /// What [Metadata] is made of beside the superblock.
  record MetadataParts(
      DiskLayout layout, Bitmap bitmap, ActivityLog log, LostBlocksTable.Found lost) {}

  /// Connects the log with whoever writes.
  void serve(LogUser logUser, Completion metadataFailed, Runnable somethingEnded) {
    user = logUser;
    onFailure = metadataFailed;
    onRest = somethingEnded;
  }

  /// The superblock as it stands on the disk.
  @Override
  public Superblock superblock() {
    return superblock;
  }

  public Bitmap bitmap() {
    return bitmap;
  }

  public ActivityLog log() {
    return log;
  }

  /// The sectors whose content was given up.
  public LostRecords lost() {
    return lost;
  }

  public DiskLayout layout() {
    return layout;
  }

  /// Whether a superblock update is on its way.
  public boolean isUpdating() {
    return updating;
  }

  /// Whether nothing is being written.
  public boolean isIdle() {
    return !updating && !logBusy && pageWriters.isEmpty() && lost.isIdle();
  }

  /// Applies `change` to the newest superblock and makes it durable. Updates run one after another,
  /// each on the result of the one before, so that none is lost.
  @Override
  public void update(UnaryOperator<Superblock> change, Completion done) {
    updates.add(new Update(change, done));
    if (!updating) {
      nextUpdate();
    }
  }

  /// Writes the superblock again as it is, while the disk is attached: what a read has shown may be
  /// gone after a flush that failed. A start that is refused later leaves the disk's bytes as they
  /// were.
  void rewriteSuperblock(Completion done) {
    Check.that(!updating, "nothing else is being recorded");
    superblocks.write(superblock, done);
  }

  /// Notes in both copies that the disk has failed, as well as that can still be written: after
  /// what is under way, whatever went wrong before, and nobody waits for it. Nothing else is
  /// written from now on: the log must go on listing the extents of the writes that have failed.
  public void recordFailure(IoResult why) {
    failure = failure == null ? why : failure;
    failureToRecord = true;
    if (!updating) {
      nextUpdate();
    }
  }

  /// Starts a log transaction if extents are wanted and none is under way.
  public void pumpLog() {
    if (logBusy || failure != null || !log.hasRequests()) {
      return;
    }
    LogUser writer = Check.present(user, "somebody wants extents");
    ActivityLog.Transaction transaction = log.prepare(writer.retiredEpoch());
    if (transaction == null) {
      writer.retireEpochs();
      return;
    }
    logBusy = true;
    commitLog(transaction, _ -> writer.extentsHot());
  }

  /// Empties the log: every bit first, then a transaction without extents (clean demote, attach).
  public void cleanLog(Completion done) {
    Check.that(!log.hasRequests(), "no write waits for the log");
    if (logBusy) {
      afterLog.add(() -> cleanLog(done));
      return;
    }
    logBusy = true;
    keepBits(
        result -> {
          if (!result.isOk()) {
            logIdle();
            done.completed(result);
            return;
          }
          commitLog(log.prepareEmpty(), done);
        });
  }

  /// Makes every set bit stable, if the superblock does not say already that all are set.
  void keepBits(Completion done) {
    if (superblock.allDirty()) {
      loop.execute(() -> done.completed(failure == null ? IoResult.OK : failure));
    } else {
      persistBitmap(done);
    }
  }

  /// Makes every set bit stable.
  public void persistBitmap(Completion done) {
    writePages(allPages().filter(bitmap::pageUnstable), done);
  }

  /// Writes every page whose copy on the disk differs, cleared bits included (end of a resync).
  public void persistWholeBitmap(Completion done) {
    writePages(allPages().filter(bitmap::pageDiffers), done);
  }

  /// Writes every page, whatever is on the disk (a disk that is laid out).
  void writeAllPages(Completion done) {
    writePages(allPages(), done);
  }

  private IntStream allPages() {
    return IntStream.range(0, bitmap.pageCount());
  }

  /// Writes a fresh ring, over a damaged one when every bit is stable.
  void formatLog(Completion done) {
    ByteBuffer ring = pool.borrow(DiskLayout.ACTIVITY_LOG_BYTES);
    ActivityLog.format(ring);
    ring.position(0).limit(DiskLayout.ACTIVITY_LOG_BYTES);
    writeStable(
        layout.activityLogOffset(),
        ring,
        result -> {
          pool.giveBack(ring);
          done.completed(result);
        });
  }

  private void commitLog(ActivityLog.Transaction transaction, Completion done) {
    IntStream pages = IntStream.of(transaction.evicted()).flatMap(this::pagesOf);
    writePages(
        pages.filter(bitmap::pageUnstable).distinct(),
        result -> {
          if (result.isOk()) {
            writeLogBlock(transaction, done);
          } else {
            logFailed(transaction, result, done);
          }
        });
  }

  private IntStream pagesOf(int extent) {
    long start = (long) extent * ActivityLog.EXTENT_BYTES;
    long last = Math.min(start + ActivityLog.EXTENT_BYTES, layout.replicatedBytes()) - 1;
    return IntStream.rangeClosed(bitmap.pageOf(start), bitmap.pageOf(last));
  }

  private void writeLogBlock(ActivityLog.Transaction transaction, Completion done) {
    ByteBuffer block = pool.borrow(LOG_BLOCK_BYTES);
    transaction.encode(block);
    block.rewind();
    long offset = layout.activityLogOffset() + transaction.ringOffset();
    writeStable(
        offset,
        block,
        result -> {
          pool.giveBack(block);
          if (!result.isOk()) {
            logFailed(transaction, result, done);
            return;
          }
          log.committed(transaction);
          logIdle();
          done.completed(result);
          pumpLog();
        });
  }

  private void logFailed(ActivityLog.Transaction transaction, IoResult result, Completion done) {
    log.aborted(transaction);
    fail(result);
    logIdle();
    done.completed(result);
  }

  private void logIdle() {
    logBusy = false;
    Runnable next = afterLog.poll();
    if (next != null) {
      next.run();
    } else {
      rested();
    }
  }

  @Override
  public void rested() {
    onRest.run();
  }

  private void writePages(IntStream wanted, Completion done) {
    int[] pages = wanted.sorted().toArray();
    if (pages.length == 0) {
      loop.execute(() -> done.completed(failure == null ? IoResult.OK : failure));
      return;
    }
    pageWriters.add(new PageWriter(pages, done));
    if (pageWriters.size() == 1) {
      pageWriters.element().next();
    }
  }

  private void nextUpdate() {
    if (failureToRecord) {
      failureToRecord = false;
      updating = true;
      superblocks.writeFailure(
          failed -> {
            superblock = failed;
            nextUpdate();
          });
      return;
    }
    Update update = updates.poll();
    updating = update != null;
    if (update == null) {
      rested();
      return;
    }
    IoResult earlier = failure;
    if (earlier != null) { // Nothing of this disk is waited for any more: it may stand still.
      loop.execute(() -> ended(update, earlier));
      return;
    }
    Superblock next = update.change.apply(superblock).next();
    superblocks.write(
        next,
        result -> {
          if (result.isOk()) {
            superblock = next;
          } else {
            fail(result);
          }
          ended(update, result);
        });
  }

  private void ended(Update update, IoResult result) {
    update.done.completed(result);
    nextUpdate();
  }

  /// Write, then flush; refuses after the first failure.
  @Override
  public void writeStable(long offset, ByteBuffer block, Completion done) {
    if (failure != null) {
      IoResult earlier = failure;
      loop.execute(() -> done.completed(earlier));
      return;
    }
    disk.write(
        offset,
        block,
        Durability.WRITE_BACK,
        result -> {
          if (result.isOk()) {
            disk.flush(done);
          } else {
            done.completed(result);
          }
        });
  }

  /// Metadata could not be written: nothing more is.
  @Override
  public void fail(IoResult result) {
    if (failure == null) {
      failure = result;
      onFailure.completed(result);
    }
  }

  private record Update(UnaryOperator<Superblock> change, Completion done) {}

  /// Writes bitmap pages, those that lie one behind the other together, then flushes once. One
  /// writer runs at a time, so that no page is under way twice.
  private final class PageWriter {
    private final int[] pages;
    private final Completion done;
    private final long[] tokens;
    private int index;

    PageWriter(int[] pages, Completion done) {
      this.pages = pages;
      this.done = done;
      this.tokens = new long[pages.length];
    }

    void next() {
      if (failure != null) {
        end(failure);
      } else if (index == pages.length) {
        disk.flush(this::flushed);
      } else {
        write(together());
      }
    }

    /// How many pages from the next one on lie one behind the other.
    private int together() {
      int page = pages[index];
      int most = Math.min(WRITE_BYTES / Bitmap.PAGE_BYTES, pages.length - index);
      most = Math.min(most, layout.bitmapPagesTogether(page));
      int count = 1;
      while (count < most && pages[index + count] == page + count) {
        count++;
      }
      return count;
    }

    private void write(int count) {
      int page = pages[index];
      ByteBuffer block = pool.borrow(count * Bitmap.PAGE_BYTES);
      for (int next = 0; next < count; next++) {
        tokens[index + next] = bitmap.encodePage(page + next, block);
      }
      block.rewind();
      disk.write(
          layout.bitmapPageOffset(page),
          block,
          Durability.WRITE_BACK,
          result -> {
            pool.giveBack(block);
            index += count;
            if (result.isOk()) {
              next();
            } else {
              end(result);
            }
          });
    }

    private void flushed(IoResult result) {
      if (result.isOk()) {
        for (int written = 0; written < tokens.length; written++) {
          bitmap.pageWritten(pages[written], tokens[written]);
        }
      }
      end(result);
    }

    private void end(IoResult result) {
      if (!result.isOk()) {
        fail(result);
      }
      pageWriters.remove();
      done.completed(result);
      if (pageWriters.isEmpty()) {
        rested();
      } else {
        pageWriters.element().next();
      }
    }
  }
}
