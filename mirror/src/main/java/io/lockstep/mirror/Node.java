package io.lockstep.mirror;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One node's half of a mirror: the state its parts share and the parts themselves. Every field
/// belongs to the mirror's loop.
final class Node {
  /// How many alerts are kept; the oldest go first.
  private static final int ALERTS_MAX = 20;

  final Environment environment;
  final MirrorConfig config;
  final Loop loop;
  final BlockDevice disk;
  final BufferPool pool;
  final MirrorListener listener;
  final AloneGeneration generations;
  final WritePath writes;
  final PeerWrites peerWrites;
  final PeerReads peerReads;
  final ResyncSource resyncSource;
  final ResyncTarget resyncTarget;
  final Connection connection;
  final Roles roles;
  final Outdating outdating;
  final LostDisk lostDisk;

  Metadata metadata;
  Role role = Role.SECONDARY;
  DiskState diskState;

  private final LinkedHashSet<String> alerts = new LinkedHashSet<>();
  private @Nullable IoResult failure;
  private boolean changed;

  /// It was in sync in this life, and has lost nothing since.
  private boolean stayedWhole;

  /// What a mirror gets from outside.
  ///
  /// @param loop its owner
  /// @param disk the backing disk, exclusively its own
  /// @param pool buffers of the loop
  /// @param transport the way to the other node
  /// @param dice random numbers for generations, never 0 is needed: 0 is drawn again
  /// @param inquiry asks the other node, beside the link, whether it is Primary
  record Environment(
      Loop loop,
      BlockDevice disk,
      BufferPool pool,
      PeerTransport transport,
      LongSupplier dice,
      PeerInquiry inquiry) {}

  Node(Environment environment, MirrorConfig config, MirrorListener listener, Metadata metadata) {
    int transferMax = environment.disk().limits().transferBytesMax();
    Check.that(
        transferMax >= MirrorDevice.TRANSFER_BYTES_MAX,
        "the disk takes the mirror's longest transfer",
        transferMax,
        MirrorDevice.TRANSFER_BYTES_MAX);
    this.environment = environment;
    this.config = config;
    this.loop = environment.loop();
    this.disk = environment.disk();
    this.pool = environment.pool();
    this.listener = listener;
    this.metadata = metadata;
    this.diskState = attached(metadata.superblock());
    this.generations = new AloneGeneration(this);
    this.writes = new WritePath(this);
    this.peerWrites = new PeerWrites(this);
    this.peerReads = new PeerReads(this);
    this.resyncSource = new ResyncSource(this);
    this.resyncTarget = new ResyncTarget(this);
    this.connection = new Connection(this);
    this.roles = new Roles(this);
    this.outdating = new Outdating(this);
    this.lostDisk = new LostDisk(this);
    LostDisk.alert(config.diskName(), metadata.superblock().failed()).ifPresent(this::alert);
    serveMetadata();
  }

  /// The metadata of the disk was laid out again (a joining disk takes over the mirror's size).
  void replaceMetadata(Metadata fresh) {
    Check.that(role == Role.SECONDARY, "a new disk is Secondary");
    metadata = fresh;
    serveMetadata();
  }

  private void serveMetadata() {
    metadata.serve(
        writes::pump,
        writes.epochs()::retiredEpoch,
        writes.epochs()::retire,
        result -> diskFailed(result));
  }

  /// What the superblock says, seen without the peer: data that was UpToDate is only known to be
  /// Consistent until the nodes have met.
  private static DiskState attached(Superblock superblock) {
    return superblock.diskState() == DiskState.UP_TO_DATE
        ? DiskState.CONSISTENT
        : superblock.diskState();
  }

  int nodeId() {
    return metadata.superblock().identity().nodeId();
  }

  int peerId() {
    return 1 - nodeId();
  }

  long term() {
    return metadata.superblock().term();
  }

  long replicatedOffset() {
    return metadata.layout().replicatedOffset();
  }

  long replicatedBytes() {
    return metadata.layout().replicatedBytes();
  }

  /// The sectors whose content was given up.
  LostRecords lost() {
    return metadata.lost();
  }

  long freshGeneration() {
    long fresh;
    do {
      fresh = environment.dice().getAsLong();
    } while (fresh == 0 || metadata.superblock().generations().knows(fresh));
    return fresh;
  }

  boolean isPrimary() {
    return role == Role.PRIMARY;
  }

  boolean isFailed() {
    return failure != null;
  }

  IoResult failure() {
    return Check.present(failure, "the disk has failed");
  }

  /// The state of the local disk changes, as it stands in the superblock now. A disk that has
  /// failed meanwhile stays failed.
  void diskIs(DiskState next) {
    if (failure == null) {
      diskState = next;
      stayedWhole =
          switch (next) {
            case UP_TO_DATE -> true;
            case OUTDATED -> stayedWhole; // It got no more from the other, and kept what it had.
            case INCONSISTENT, CONSISTENT, DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN ->
                false;
          };
      changed();
    }
  }

  /// Whether every write that was acknowledged to this disk's generation is on it, unflushed ones
  /// too: it was in sync in this life of the node. Others may have gone on since, in generations of
  /// their own.
  boolean hasStayedWhole() {
    return stayedWhole && failure == null;
  }

  /// The local disk cannot be trusted any more: nothing is written to it from now on, and the peer
  /// is told, so that it can take over.
  void diskFailed(IoResult result) {
    if (failure != null) {
      return;
    }
    failure = LostDisk.failure(config.diskName(), result);
    diskState = DiskState.FAILED;
    if (result.reason() != IoResult.Reason.CLOSED) {
      alert("The disk " + config.diskName() + " has failed: " + result.detail());
    }
    lostDisk.failedHere();
    loop.execute(writes::giveUp);
    changed();
  }

  void alert(String sentence) {
    alerts.add(sentence);
    if (alerts.size() > ALERTS_MAX) {
      alerts.removeFirst();
    }
    changed();
  }

  /// Shows a sentence in place of an earlier one.
  void replaceAlert(String earlier, String sentence) {
    alerts.remove(earlier);
    alert(sentence);
  }

  List<String> alerts() {
    return new ArrayList<>(alerts);
  }

  /// Something in the status has changed; the listener hears of it once in the next turn.
  void changed() {
    if (!changed) {
      changed = true;
      loop.execute(
          () -> {
            changed = false;
            listener.statusChanged();
          });
    }
  }
}
