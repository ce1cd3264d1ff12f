package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.LogRecovery;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.meta.LostBlocksTable;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import io.lockstep.mirror.meta.SuperblockPair;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/// A backing disk before it is a mirror's: laying it out, and attaching it again after a stop.
///
/// Attaching reads everything before it writes anything, and refuses a disk that is not ours, or
/// not readable, without a change. Then it makes the bitmap tell the truth: extents that were hot
/// when the node stopped become out of sync, an unreadable page counts as all set (I12), a damaged
/// log means everything. Belongs to the mirror's loop.
public final class Attaching {
  private static final int READ_BYTES = 1 << 20;
  private static final String CHECK_THE_DISK = "check the disk, then start again";

  /// No page: what stands for one that cannot be read.
  private static final ByteBuffer UNREADABLE_PAGE = ByteBuffer.allocate(Bitmap.PAGE_BYTES);

  private final Backing backing;
  private final BlockDevice disk;
  private final BufferPool pool;
  private final String name;
  private final Consumer<Outcome> done;
  private final List<MirrorEvent> noted = new ArrayList<>();

  private LostBlocksTable.Found lost = LostBlocksTable.Found.NEW;
  private boolean changedBits;

  private Attaching(Backing backing, String name, Consumer<Outcome> done) {
    this.backing = backing;
    this.disk = backing.disk();
    this.pool = backing.pool();
    this.name = name;
    this.done = done;
  }

  /// How it went.
  public sealed interface Outcome {}

  /// @param noted what was damaged and read around, and what is lost
  public record Attached(Metadata metadata, List<MirrorEvent> noted) implements Outcome {}

  /// The disk is as it was.
  public record NotAttached(Refusal refusal) implements Outcome {}

  // --- laying out ---

  /// Writes fresh metadata: log, bitmap, and last the superblocks. Data is not touched.
  ///
  /// While the superblock says that every block is out of sync no page of the bitmap is believed.
  /// None is written then, and what lies in their place goes when the disk begins to be filled.
  public static void layOut(Backing backing, Superblock superblock, Consumer<Outcome> done) {
    DiskLayout layout = superblock.layout();
    var bitmap = new Bitmap(layout.replicatedBytes());
    if (superblock.allDirty()) {
      bitmap.markAll();
    }
    var log = new ActivityLog(superblock.geometry().activityLogSlots(), layout.extentCount());
    log.startAfter(0);
    var metadata =
        new Metadata(
            backing,
            superblock,
            new Metadata.MetadataParts(layout, bitmap, log, LostBlocksTable.Found.NEW));
    Completion afterPages = orNot(done, () -> writeSuperblocks(metadata, done));
    metadata.formatLog(
        orNot(
            done,
            () -> {
              if (superblock.allDirty()) {
                afterPages.completed(IoResult.OK);
              } else {
                metadata.writeAllPages(afterPages);
              }
            }));
  }

  private static void writeSuperblocks(Metadata metadata, Consumer<Outcome> done) {
    metadata.update(now -> now, orNot(done, () -> done.accept(new Attached(metadata, List.of()))));
  }

  /// Goes on, or says why the disk is not laid out.
  private static Completion orNot(Consumer<Outcome> done, Runnable next) {
    return result -> {
      if (result.isOk()) {
        next.run();
      } else {
        done.accept(notLaidOut(result));
      }
    };
  }

  private static NotAttached notLaidOut(IoResult result) {
    return new NotAttached(
        new Refusal(
            "The disk was not laid out",
            result.detail(),
            "check the disk and the room under it, then lay it out again"));
  }

  /// The first superblock of a disk.
  ///
  /// @param generation 0 for a disk that joins: it is filled from the other node
  public static Superblock firstSuperblock(
      NodeIdentity identity, Superblock.Geometry geometry, DiskLayout layout, long generation) {
    Superblock blank = Superblock.created(identity, geometry, layout);
    if (generation == 0) {
      return blank;
    }
    return blank
        .copy()
        .term(Term.next(0, identity.nodeId()))
        .primaryNode(identity.nodeId())
        .diskState(DiskState.UP_TO_DATE)
        .allDirty(false)
        .generations(new Generations(generation, 0, List.of()))
        .build();
  }

  // --- attaching ---

  /// Reads the disk and makes its bitmap tell the truth.
  ///
  /// @param name the disk's path, for messages
  public static void attach(Backing backing, String name, Consumer<Outcome> done) {
    new Attaching(backing, name, done).readSuperblocks();
  }

  private void refuse(String why, String action) {
    refuse(new Refusal("The disk was not attached", why, action));
  }

  private void refuse(Refusal refusal) {
    done.accept(new NotAttached(refusal.of("Disk " + name + " was not attached")));
  }

  private void readSuperblocks() {
    if (disk.limits().sizeBytes() < FreshLayout.DISK_BYTES_MIN) {
      refuse(FreshLayout.refusal(disk.limits().sizeBytes()).orElseThrow());
      return;
    }
    // What an earlier life has written may lie in the disk's cache only. It is made stable before
    // anything is concluded from it: a bitmap page that is read here is not written again, and must
    // not be lost behind a log that was emptied on the strength of it.
    disk.flush(
        result -> {
          if (result.isOk()) {
            readCopies();
          } else {
            refuse("it could not be flushed: " + result.detail(), CHECK_THE_DISK);
          }
        });
  }

  private void readCopies() {
    readCopy(
        DiskLayout.SUPERBLOCK_A_OFFSET,
        copyA -> readCopy(DiskLayout.SUPERBLOCK_B_OFFSET, copyB -> choose(copyA, copyB)));
  }

  private void readCopy(long offset, Consumer<SuperblockDecoded> next) {
    ByteBuffer block = pool.borrow(DiskLayout.SUPERBLOCK_BYTES);
    disk.read(
        offset,
        block,
        result -> {
          SuperblockDecoded decoded =
              result.isOk()
                  ? SuperblockCodec.decode(block)
                  : new SuperblockDecoded.Damaged("unreadable: " + result.detail());
          pool.giveBack(block);
          next.accept(decoded);
        });
  }

  private void choose(SuperblockDecoded copyA, SuperblockDecoded copyB) {
    switch (SuperblockPair.choose(copyA, copyB)) {
      case SuperblockPair.Choice.Refused(Refusal refusal) -> refuse(refusal);
      case SuperblockPair.Choice.Unformatted() ->
          refuse("it was never laid out for a mirror", "initialise it first: lockstepd init");
      case SuperblockPair.Choice.Chosen(Superblock superblock) -> {
        noteDamage(copyA, "A", DiskLayout.SUPERBLOCK_A_OFFSET);
        noteDamage(copyB, "B", DiskLayout.SUPERBLOCK_B_OFFSET);
        long needed = superblock.layout().diskBytesNeeded();
        if (disk.limits().sizeBytes() < needed) {
          refuse(
              String.format(
                  Locale.ROOT,
                  "it has %d bytes and the mirror on it needs %d: it was cut off",
                  disk.limits().sizeBytes(),
                  needed),
              "use the disk at its full size, or replace it");
        } else {
          readLostBlocks(superblock);
        }
      }
    }
  }

  private void damaged(String part, String why) {
    noted.add(new MirrorEvent.MetadataDamaged(part, why));
  }

  private void noteDamage(SuperblockDecoded copy, String which, long offset) {
    if (copy instanceof SuperblockDecoded.Damaged(String reason)) {
      damaged(
          "superblock copy " + which,
          String.format(
              Locale.ROOT,
              "%s: superblock copy %s at byte %d is damaged (%s); the other copy was used and this"
                  + " one written again",
              name,
              which,
              offset,
              reason));
    }
  }

  private void readLostBlocks(Superblock superblock) {
    long replicated = superblock.geometry().replicatedBytes();
    readTable(
        superblock.layout().lostBlocksOffsetA(),
        replicated,
        copyA ->
            readTable(
                superblock.layout().lostBlocksOffsetB(),
                replicated,
                copyB -> chooseTable(superblock, LostBlocksTable.choose(copyA, copyB))));
  }

  private void readTable(
      long offset, long replicatedBytes, Consumer<Optional<LostBlocksTable.Copy>> next) {
    ByteBuffer block = pool.borrow(LostBlocksTable.BYTES);
    disk.read(
        offset,
        block,
        result -> {
          Optional<LostBlocksTable.Copy> copy =
              result.isOk() ? LostBlocksTable.decode(block, replicatedBytes) : Optional.empty();
          pool.giveBack(block);
          next.accept(copy);
        });
  }

  /// Without the superblock's word the table says nothing, but its number goes on.
  private void chooseTable(Superblock superblock, Optional<LostBlocksTable.Found> found) {
    if (superblock.lostBlocks() && found.isEmpty()) {
      refuse(
          "neither copy of the table of lost blocks can be read, and zeroes in place of lost data"
              + " would be taken for data",
          "lay the disk out anew and let it resync from the other node; if that is not possible,"
              + " keep the disk untouched");
      return;
    }
    lost = found.orElse(LostBlocksTable.Found.NEW);
    if (!superblock.lostBlocks()) {
      var none = new LostBlocksTable.Copy(lost.copy().sequence(), LostBlocks.NONE);
      lost = new LostBlocksTable.Found(none, lost.inA(), false);
    }
    int count = lost.copy().blocks().count();
    if (count > 0) {
      noted.add(new MirrorEvent.ContentLost(count, "the disk's records say so"));
    }
    if (count > 0 && lost.otherBad()) {
      damaged(
          "lost blocks",
          name + ": one copy of the table of lost blocks is damaged; the other one was used");
    }
    readLog(superblock);
  }

  private void readLog(Superblock superblock) {
    ByteBuffer ring = pool.borrow(DiskLayout.ACTIVITY_LOG_BYTES);
    PatientRead.read(
        disk,
        superblock.layout().activityLogOffset(),
        ring,
        read -> {
          int extents = superblock.layout().extentCount();
          var recovery = ActivityLog.recover(ring, extents, read.unreadable());
          pool.giveBack(ring);
          if (!read.isWhole() && !recovery.damaged()) {
            noteLogBlock(read);
          }
          readBitmap(superblock, recovery);
        });
  }

  private void noteLogBlock(PatientRead.Outcome read) {
    damaged(
        "activity log",
        String.format(
            Locale.ROOT,
            "%s: %d blocks of the activity log cannot be read (%s), none of them its newest;"
                + " nothing is lost",
            name,
            read.unreadable().cardinality(),
            read.detail()));
  }

  private void readBitmap(Superblock superblock, LogRecovery recovery) {
    DiskLayout layout = superblock.layout();
    var bitmap = new Bitmap(layout.replicatedBytes());
    if (superblock.allDirty()) { // No page was written yet.
      applyLog(superblock, recovery, bitmap);
    } else {
      readPages(bitmap, layout, 0, () -> applyLog(superblock, recovery, bitmap));
    }
  }

  private void readPages(Bitmap bitmap, DiskLayout layout, int firstPage, Runnable next) {
    int left = bitmap.pageCount() - firstPage;
    if (left == 0) {
      next.run();
      return;
    }
    int together = Math.min(left, layout.bitmapPagesTogether(firstPage));
    int pages = Math.min(READ_BYTES / Bitmap.PAGE_BYTES, together);
    ByteBuffer block = pool.borrow(pages * Bitmap.PAGE_BYTES);
    PatientRead.read(
        disk,
        layout.bitmapPageOffset(firstPage),
        block,
        read -> {
          for (int index = 0; index < pages; index++) {
            boolean readable = !read.unreadable().get(index);
            ByteBuffer bytes = readable ? bytesOf(block, index) : UNREADABLE_PAGE.duplicate();
            decodePage(bitmap, firstPage + index, layout, bytes);
          }
          pool.giveBack(block);
          readPages(bitmap, layout, firstPage + pages, next);
        });
  }

  private static ByteBuffer bytesOf(ByteBuffer block, int index) {
    return block.slice(index * Bitmap.PAGE_BYTES, Bitmap.PAGE_BYTES);
  }

  private void decodePage(Bitmap bitmap, int page, DiskLayout layout, ByteBuffer bytes) {
    if (!bitmap.decodePage(page, bytes)) {
      changedBits = true;
      damaged(
          "bitmap page " + page,
          String.format(
              Locale.ROOT,
              "%s: bitmap page %d at byte %d is damaged or unreadable; its blocks count as out of"
                  + " sync and will be copied again",
              name,
              page,
              layout.bitmapPageOffset(page)));
    }
  }

  private void applyLog(Superblock superblock, LogRecovery recovery, Bitmap bitmap) {
    DiskLayout layout = superblock.layout();
    if (recovery.damaged() || superblock.allDirty()) {
      if (recovery.damaged()) {
        damaged(
            "activity log",
            name
                + ": the activity log at byte "
                + layout.activityLogOffset()
                + " is damaged ("
                + recovery.detail()
                + "); every block counts as out of sync and will be copied again");
      }
      bitmap.markAll();
      changedBits = recovery.damaged();
    }
    for (int extent : recovery.extents()) {
      long start = (long) extent * ActivityLog.EXTENT_BYTES;
      long length = Math.min(ActivityLog.EXTENT_BYTES, layout.replicatedBytes() - start);
      bitmap.markDirty(start, length);
      bitmap.distrust(start, length);
      changedBits = true;
    }
    var log = new ActivityLog(superblock.geometry().activityLogSlots(), layout.extentCount());
    log.startAfter(recovery.lastTransaction());
    var metadata =
        new Metadata(backing, superblock, new Metadata.MetadataParts(layout, bitmap, log, lost));
    makeTrue(metadata, recovery.damaged());
  }

  /// Bits first, then an empty log; a damaged ring is formatted anew in between. What was read is
  /// written again, superblock included: a failed flush may have lost it, and reads still see it.
  private void makeTrue(Metadata metadata, boolean logDamaged) {
    Completion attached =
        result -> {
          if (result.isOk()) {
            done.accept(new Attached(metadata, noted));
          } else {
            refuse("it could not be written: " + result.detail(), CHECK_THE_DISK);
          }
        };
    Completion afterSuperblocks =
        result -> {
          if (result.isOk() && lost.otherBad()) {
            metadata.lost().repair(attached);
          } else {
            attached.completed(result);
          }
        };
    Completion afterLog =
        result -> {
          if (result.isOk()) {
            metadata.rewriteSuperblock(afterSuperblocks);
          } else {
            attached.completed(result);
          }
        };
    if (logDamaged) {
      metadata.keepBits(
          result -> {
            if (result.isOk()) {
              metadata.formatLog(afterLog);
            } else {
              afterLog.completed(result);
            }
          });
    } else if (changedBits) {
      metadata.cleanLog(afterLog);
    } else {
      afterLog.completed(IoResult.OK);
    }
  }
}
