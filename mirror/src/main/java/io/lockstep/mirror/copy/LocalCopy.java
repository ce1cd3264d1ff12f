package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One node's copy of the replicated space: the disk with its records, how good its data is, and
/// whether it has failed. Whoever depends on that is told ([#whenFailed], [#whenChanged]).
///
/// It may be absent: the node has no disk for the mirror ([#absent]). It is DISKLESS then, and
/// stays so. What needs the disk is reached through one check ([#attached]): to reach for a disk
/// that is not there is a bug. Belongs to the mirror's loop.
public final class LocalCopy {
  private final List<Consumer<IoResult>> failureListeners = new ArrayList<>();
  private Consumer<MirrorEvent> events = _ -> {};
  private Runnable changed = () -> {};
  private @Nullable LogUser logUser;
  private Runnable recordsEnded = () -> {};
  private @Nullable AttachedDisk attached;
  private DiskState diskState;
  private @Nullable IoResult failure;

  /// It was in sync in this life, and has lost nothing since.
  private boolean stayedWhole;

  private LocalCopy(@Nullable AttachedDisk attached, DiskState diskState) {
    this.attached = attached;
    this.diskState = diskState;
  }

  /// The copy on a disk that was attached.
  public static LocalCopy on(AttachedDisk disk) {
    return new LocalCopy(disk, known(disk.metadata().superblock()));
  }

  /// The copy of a node without a disk for the mirror.
  public static LocalCopy absent() {
    return new LocalCopy(null, DiskState.DISKLESS);
  }

  /// What the superblock says, seen without the peer: data that was UpToDate is only known to be
  /// Consistent until the nodes have met.
  private static DiskState known(Superblock superblock) {
    return superblock.diskState() == DiskState.UP_TO_DATE
        ? DiskState.CONSISTENT
        : superblock.diskState();
  }

  // --- who listens ---

  /// `listener` hears of the disk's failure at once, after those that came before it. It comes once
  /// at most.
  public void whenFailed(Consumer<IoResult> listener) {
    failureListeners.add(listener);
  }

  /// @param happened hears of every change of the disk's state
  /// @param updated runs whenever the copy has become something, what it was before perhaps: what
  ///     it says of itself may differ
  public void whenChanged(Consumer<MirrorEvent> happened, Runnable updated) {
    events = happened;
    changed = updated;
  }

  // --- what there is ---

  /// Whether there is a disk: one that has failed is still there.
  public boolean isAttached() {
    return attached != null;
  }

  private AttachedDisk attached() {
    return Check.present(attached, "this node has a disk for the mirror");
  }

  public BlockDevice disk() {
    return attached().backing().disk();
  }

  public Metadata metadata() {
    return attached().metadata();
  }

  /// The superblock as it stands on the disk.
  public Superblock superblock() {
    return metadata().superblock();
  }

  /// What is out of sync.
  public Bitmap bitmap() {
    return metadata().bitmap();
  }

  /// The sectors whose content was given up.
  public LostRecords lost() {
    return metadata().lost();
  }

  /// Where the replicated space begins on the disk, in bytes.
  public long replicatedOffset() {
    return metadata().layout().replicatedOffset();
  }

  /// How much of the replicated space, from its beginning, is the control region.
  public long controlBytes() {
    return metadata().layout().controlBytes();
  }

  public long replicatedBytes() {
    return metadata().layout().replicatedBytes();
  }

  // --- how good it is ---

  public DiskState diskState() {
    return diskState;
  }

  /// Its state changes, as it stands in the superblock now. A disk that has failed meanwhile stays
  /// failed.
  ///
  /// @param why in a few words, for people
  public void to(DiskState next, String why) {
    if (failure != null) {
      return;
    }
    stayedWhole =
        switch (next) {
          case UP_TO_DATE -> true;
          case OUTDATED -> stayedWhole; // It got no more from the other, and kept what it had.
          case INCONSISTENT, CONSISTENT, DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN ->
              false;
        };
    change(next, why);
  }

  private void change(DiskState next, String why) {
    DiskState before = diskState;
    Check.that(before.mayBecome(next), "disk state", before.code(), next.code());
    diskState = next;
    if (next != before) {
      events.accept(new MirrorEvent.DiskChanged(before, next, why));
    }
    changed.run();
  }

  /// Whether every write that was acknowledged to this disk's generation is on it, unflushed ones
  /// too: it was in sync in this life of the node. Others may have gone on since, in generations of
  /// their own.
  public boolean hasStayedWhole() {
    return stayedWhole && failure == null;
  }

  public boolean isFailed() {
    return failure != null;
  }

  /// Why it has failed.
  public IoResult failure() {
    return Check.present(failure, "the disk has failed");
  }

  /// It cannot be trusted any more: nothing is written to it from now on.
  ///
  /// @param result what the disk has said
  public void fail(IoResult result) {
    if (failure != null) {
      return;
    }
    if (result.reason() == IoResult.Reason.NO_SPACE) {
      events.accept(new MirrorEvent.NoSpaceLeft(result.detail()));
    }
    failure = failureOf(result);
    change(DiskState.FAILED, result.detail());
    for (Consumer<IoResult> listener : failureListeners) {
      listener.accept(result);
    }
  }

  /// How an error of the disk reads. After the mirror's end it is not the disk that refuses.
  private IoResult failureOf(IoResult result) {
    return result.reason() == IoResult.Reason.CLOSED
        ? result
        : IoResult.mediumError(attached().name() + " has failed: " + result.detail());
  }

  // --- its records ---

  /// Connects the log with whoever writes.
  ///
  /// @param ended runs when a record that was being written is not any more, and when the disk has
  ///     given everything back
  public void serve(LogUser user, Runnable ended) {
    logUser = user;
    recordsEnded = ended;
    metadata().serve(user, this::fail, ended);
    attached().gate().whenIdle(ended);
  }

  /// Lays a disk that joins out again, for the mirror's size.
  ///
  /// @param done called when it is as `superblock` says, or has failed
  public void layOut(Superblock superblock, Runnable done) {
    Attaching.layOut(
        attached().backing(),
        superblock,
        outcome -> {
          switch (outcome) {
            case Attaching.Attached(Metadata fresh, var _) -> {
              attached = attached().laidOutAnew(fresh);
              fresh.serve(Check.present(logUser, "somebody writes"), this::fail, recordsEnded);
            }
            case Attaching.NotAttached(Refusal refusal) ->
                fail(IoResult.mediumError(refusal.sentence()));
          }
          done.run();
        });
  }

  // --- the end ---

  /// Whether nothing is under way on the disk, and no record is to be written. Asked in a turn of
  /// its own: whoever was just told goes on at once.
  public boolean isIdle() {
    AttachedDisk disk = attached;
    return disk == null || (disk.gate().isIdle() && disk.metadata().isIdle());
  }

  /// Nothing is begun on the disk any more: it is its owner's, who closes it.
  public void letGo() {
    AttachedDisk disk = attached;
    if (disk != null) {
      disk.gate().shut();
    }
  }
}
