package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One node's copy of the replicated space: the disk with its records, how good its data is, and
/// whether it has failed. Whoever depends on that is told ([#whenFailed], [#whenChanged]). Belongs
/// to the mirror's loop.
public final class LocalCopy {
  private final Backing backing;
  private final String diskName;
  private final List<Consumer<IoResult>> failureListeners = new ArrayList<>();
  private Consumer<MirrorEvent> events = _ -> {};
  private Runnable changed = () -> {};
  private @Nullable LogUser logUser;
  private Runnable recordsEnded = () -> {};
  private Metadata metadata;
  private DiskState diskState;
  private @Nullable IoResult failure;

  /// It was in sync in this life, and has lost nothing since.
  private boolean stayedWhole;

  /// @param diskName what messages call the disk: its path
  /// @param metadata as it was attached
  public LocalCopy(Backing backing, String diskName, Metadata metadata) {
    this.backing = backing;
    this.diskName = diskName;
    this.metadata = metadata;
    this.diskState = attached(metadata.superblock());
  }

  /// What the superblock says, seen without the peer: data that was UpToDate is only known to be
  /// Consistent until the nodes have met.
  private static DiskState attached(Superblock superblock) {
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

  public BlockDevice disk() {
    return backing.disk();
  }

  public BufferPool pool() {
    return backing.pool();
  }

  public String diskName() {
    return diskName;
  }

  public Metadata metadata() {
    return metadata;
  }

  /// The superblock as it stands on the disk.
  public Superblock superblock() {
    return metadata.superblock();
  }

  /// What is out of sync.
  public Bitmap bitmap() {
    return metadata.bitmap();
  }

  /// The sectors whose content was given up.
  public LostRecords lost() {
    return metadata.lost();
  }

  /// Where the replicated space begins on the disk, in bytes.
  public long replicatedOffset() {
    return metadata.layout().replicatedOffset();
  }

  /// How much of the replicated space, from its beginning, is the control region.
  public long controlBytes() {
    return metadata.layout().controlBytes();
  }

  public long replicatedBytes() {
    return metadata.layout().replicatedBytes();
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
        : IoResult.mediumError(diskName + " has failed: " + result.detail());
  }

  // --- its records ---

  /// Connects the log with whoever writes.
  ///
  /// @param ended runs when a record that was being written is not any more
  public void serve(LogUser user, Runnable ended) {
    logUser = user;
    recordsEnded = ended;
    metadata.serve(user, this::fail, ended);
  }

  /// Lays a disk that joins out again, for the mirror's size.
  ///
  /// @param done called when it is as `superblock` says, or has failed
  public void layOut(Superblock superblock, Runnable done) {
    Attaching.layOut(
        backing,
        superblock,
        outcome -> {
          switch (outcome) {
            case Attaching.Attached(Metadata fresh, var _) -> {
              metadata = fresh;
              metadata.serve(Check.present(logUser, "somebody writes"), this::fail, recordsEnded);
            }
            case Attaching.NotAttached(String sentence) -> fail(IoResult.mediumError(sentence));
          }
          done.run();
        });
  }
}
