package io.lockstep.mirror;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.block.filter.RmwFilter;
import io.lockstep.mirror.copy.AttachedDisk;
import io.lockstep.mirror.copy.Attaching;
import io.lockstep.mirror.copy.Backing;
import io.lockstep.mirror.copy.DiskGate;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LedgerOnDisk;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.copy.Metadata;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.resync.UnreadableBlocks;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// One node's half of a replicated disk (protocol C; DRBD's resource with one volume).
///
/// Starts Secondary. When both nodes have met and neither is Primary, the last Primary resumes by
/// itself. Every method is called on the mirror's loop; every callback runs there.
public final class Mirror {
  /// The smallest logical block of a mirror.
  private static final int BLOCK_BYTES_MIN = 512;

  private final Rooms rooms;
  private final MirrorConfig config;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;

  Mirror(Rooms rooms, MirrorConfig config, NodeIdentity identity, Ledger ledger, LocalCopy copy) {
    this.rooms = rooms;
    this.config = config;
    this.identity = identity;
    this.ledger = ledger;
    this.copy = copy;
  }

  /// What a mirror is built from.
  ///
  /// @param loop the owner of everything here
  /// @param disk the backing disk, of 512-byte or 4096-byte logical blocks
  /// @param pool buffers of that loop
  /// @param transport the way to the other node
  /// @param dice random numbers, from which generations are drawn
  /// @param inquiry asks the other node, beside the link, whether it is Primary
  /// @param witness the third vote
  /// @param clock counts through a suspend, for what is told of the past
  public record Parts(
      Loop loop,
      BlockDevice disk,
      BufferPool pool,
      PeerTransport transport,
      LongSupplier dice,
      PeerInquiry inquiry,
      Witness witness,
      BootClock clock) {
    /// A disk of 4096-byte blocks carries a mirror of 512-byte blocks too; what is aligned passes
    /// through untouched.
    Backing backing(DiskGate gate) {
      BlockDevice bytes =
          disk.limits().logicalBlockBytes() > BLOCK_BYTES_MIN
              ? new RmwFilter(gate, loop, pool)
              : gate;
      return new Backing(loop, bytes, pool);
    }

    Environment environment() {
      return new Environment(loop, pool, transport, dice, inquiry, witness, clock);
    }
  }

  /// How a disk is laid out.
  ///
  /// @param first true: the data of the mirror is what is on this disk now; false: the disk joins
  ///     and is filled from the other node
  /// @param blockBytes logical block of the mirror's device, 512 or 4096; fixed for life
  /// @param activeExtentsMax slots of the activity log
  /// @param memberId what the disk is called from now on: an identifier that no other has
  public record Format(boolean first, int blockBytes, int activeExtentsMax, UUID memberId) {
    /// The usual layout.
    public static Format usual(boolean first, UUID memberId) {
      return new Format(first, 512, MirrorConfig.Limits.DEFAULT.activeExtentsMax(), memberId);
    }
  }

  /// How opening ended.
  public sealed interface Opened {
    /// The mirror is attached; [Mirror#start] lets it look for its peer.
    record Ready(Mirror mirror) implements Opened {}

    /// The disk cannot be used and was not changed.
    record Refused(Refusal refusal) implements Opened {}
  }

  /// Lays out a blank disk. The caller has made sure that nothing on it is needed.
  ///
  /// @param identity whose disk it becomes
  /// @param format how
  /// @param done an empty text, or why it failed
  public static void layOut(
      Parts parts, NodeIdentity identity, Format format, Consumer<String> done) {
    Optional<Refusal> refusal = FreshLayout.refusal(parts.disk().limits().sizeBytes());
    if (refusal.isPresent()) {
      parts.loop().execute(() -> done.accept(refusal.get().sentence()));
      return;
    }
    long replicated = FreshLayout.replicatedBytesFor(parts.disk().limits().sizeBytes());
    DiskLayout layout =
        FreshLayout.of(replicated, FreshLayout.controlBytesFor(replicated), format.memberId());
    var geometry =
        new Superblock.Geometry(replicated, format.blockBytes(), 4096, format.activeExtentsMax());
    long generation = 0;
    while (format.first() && generation == 0) {
      generation = parts.dice().getAsLong();
    }
    Attaching.layOut(
        parts.backing(new DiskGate(parts.loop(), parts.disk())),
        Attaching.firstSuperblock(identity, geometry, layout, generation),
        outcome -> {
          switch (outcome) {
            case Attaching.Attached _ -> done.accept("");
            case Attaching.NotAttached(Refusal why) ->
                blank(parts.disk(), layout, () -> done.accept(why.sentence()));
          }
        });
  }

  /// Takes away what was written, so that the disk can be laid out again; a disk that refuses that
  /// has said enough.
  private static void blank(BlockDevice disk, DiskLayout layout, Runnable done) {
    disk.writeZeroes(0, layout.replicatedOffset(), Durability.WRITE_BACK, _ -> done.run());
  }

  /// Attaches the disk. The peer is not looked for before [#start]: what else the node needs can
  /// still be refused, and then the other node never saw it.
  public static void open(Parts parts, MirrorConfig config, Consumer<Opened> done) {
    var gate = new DiskGate(parts.loop(), parts.disk());
    Backing backing = parts.backing(gate);
    Attaching.attach(
        backing,
        config.diskName(),
        outcome -> {
          switch (outcome) {
            case Attaching.Attached(Metadata metadata, List<MirrorEvent> found) -> {
              var disk = new AttachedDisk(config.diskName(), gate, backing, metadata);
              var copy = LocalCopy.on(disk);
              var ledger = new Ledger(new LedgerOnDisk(copy));
              NodeIdentity identity = metadata.superblock().identity();
              var rooms = new Rooms(parts.environment(), config, identity, ledger, copy);
              found.forEach(rooms.notices::happened);
              done.accept(new Opened.Ready(new Mirror(rooms, config, identity, ledger, copy)));
            }
            case Attaching.NotAttached(Refusal refusal) -> done.accept(new Opened.Refused(refusal));
          }
        });
  }

  /// Begins to look for the peer: the node is ready to serve. Called once, before any command.
  ///
  /// @param listener is told of everything, from what the disk has gone through since [#open] on
  public void start(MirrorListener listener) {
    rooms.listening.start(listener);
    rooms.connection.enable();
  }

  /// The replicated space; serves while this node is Primary, answers NOT_READY otherwise. Byte 0
  /// is the first byte of the control region.
  public BlockDevice device() {
    return rooms.device;
  }

  /// The local copy, read-only: for a Secondary that reads the control region.
  public BlockDevice replica() {
    return rooms.replica;
  }

  /// Becomes Primary; with the peer reachable a planned switch, without it on a person's word.
  public void promote(Consumer<CommandResult> done) {
    promote(false, done);
  }

  /// Becomes Primary.
  ///
  /// @param force on an Outdated disk too, whose data is known to be older, while the peer is away;
  ///     never on one that is Inconsistent or has failed
  public void promote(boolean force, Consumer<CommandResult> done) {
    rooms.roles.promote(force, done);
  }

  /// Stops being Primary; neither node is until one is promoted.
  public void demote(Consumer<CommandResult> done) {
    rooms.roles.demote(done);
  }

  /// Ends the connection until [#connect]; a Secondary that had a Primary becomes Outdated.
  public void disconnect(Consumer<CommandResult> done) {
    disconnect(false, done);
  }

  /// Ends the connection until [#connect].
  ///
  /// @param force even if the Secondary does not confirm that it is Outdated
  public void disconnect(boolean force, Consumer<CommandResult> done) {
    rooms.outdating.disconnect(force, done);
  }

  /// Gives up the content of the blocks for which the resync from this node pauses, so that it can
  /// end: from then on reading them is a medium error, on whichever node, until they are written.
  public void acceptLoss(Consumer<CommandResult> done) {
    rooms.loss.accept(done);
  }

  /// Looks for the peer again; a resync that pauses tries to read again what it could not.
  ///
  /// @param discardMyData in case of split brain, give up this node's changes
  public void connect(boolean discardMyData, Consumer<CommandResult> done) {
    if (rooms.ending.hasBegun()) {
      done.accept(
          new CommandResult.Refused(
              "node " + config.nodeName() + " was not connected",
              "it is shutting down",
              "start it again"));
    } else {
      rooms.outdating.connect(discardMyData, done);
      rooms.resyncSource.retryUnreadable();
    }
  }

  /// An orderly end: a Primary steps down (and resumes after the next start), the peer is told.
  /// The backing disk stays open; its owner closes it, for nothing here touches it afterwards.
  ///
  /// @param done what was left undone since the disk stood still or has failed, or empty
  public void close(Consumer<String> done) {
    rooms.replica.end();
    rooms.ending.begin(done);
  }

  /// This node's role now, without a whole picture; so the five that follow.
  public Role role() {
    return rooms.role.role();
  }

  public DiskState diskState() {
    return copy.diskState();
  }

  /// The other disk's state as far as the link tells; DUnknown without one.
  public DiskState peerDiskState() {
    Optional<Party> peer = rooms.connection.peer();
    return peer.isPresent() ? peer.get().diskState() : DiskState.DUNKNOWN;
  }

  public ConnectionState connectionState() {
    return rooms.connection.state();
  }

  public long term() {
    return ledger.term();
  }

  /// How much of the replicated space, from its beginning, is the control region.
  public long controlBytes() {
    return copy.controlBytes();
  }

  public long outOfSyncBytes() {
    return copy.isAttached() ? copy.bitmap().setBytes() : 0;
  }

  /// A picture of now.
  public MirrorStatus status() {
    Optional<Party> peer = rooms.connection.peer();
    return new MirrorStatus(
        new MirrorStatus.Identity(
            identity.pairId(),
            identity.pairName(),
            identity.mirrorId(),
            identity.nodeId(),
            config.nodeName()),
        new MirrorStatus.Own(
            rooms.role.role(), copy.diskState(), ledger.term(), ledger.generations().current()),
        new MirrorStatus.Peer(
            rooms.connection.peerName(),
            peer.map(Party::role),
            peer.map(Party::diskState).orElse(DiskState.DUNKNOWN)),
        new MirrorStatus.Link(
            rooms.connection.state(),
            rooms.connection.reason(),
            rooms.connection.isSplit() || rooms.standstill.isSplit()),
        replicated(),
        new MirrorStatus.Difference(outOfSyncBytes(), resync(), rooms.resyncSource.sentBytes()),
        new MirrorStatus.Trouble(unreadable(), rooms.peerReads.blockCount()));
  }

  private MirrorStatus.Replicated replicated() {
    return copy.isAttached()
        ? new MirrorStatus.Replicated(
            copy.replicatedBytes(), copy.replicatedOffset(), copy.controlBytes())
        : MirrorStatus.Replicated.UNKNOWN;
  }

  private MirrorStatus.Unreadable unreadable() {
    UnreadableBlocks here = rooms.resyncSource.unreadable();
    Frame.ResyncUnreadable there = rooms.resyncTarget.unreadable();
    boolean isSource = here.count() > 0;
    LostBlocks lost = copy.isAttached() ? copy.lost().blocks() : LostBlocks.NONE;
    var offsets = new ArrayList<Long>(isSource ? here.firstOffsets() : there.firstOffsets());
    offsets.addAll(lost.firstOffsets(MirrorStatus.Unreadable.OFFSETS_MAX - offsets.size()));
    return new MirrorStatus.Unreadable(
        isSource ? here.count() : there.blocks(), lost.count(), offsets);
  }

  private Optional<MirrorStatus.Resync> resync() {
    ConnectionState state = rooms.connection.state();
    long now = rooms.loop.nowNanos();
    return switch (state) {
      case SYNC_SOURCE -> {
        var source = rooms.resyncSource;
        long left = source.totalBytes() - source.doneBytes();
        yield Optional.of(
            new MirrorStatus.Resync(
                true,
                OptionalLong.of(source.totalBytes()),
                source.doneBytes(),
                source.sentBytes(),
                source.rate().bytesPerSecond(now),
                source.rate().secondsLeft(left, now)));
      }
      case SYNC_TARGET -> {
        var target = rooms.resyncTarget;
        OptionalLong total = target.totalBytes();
        yield Optional.of(
            new MirrorStatus.Resync(
                false,
                total,
                target.doneBytes(),
                0,
                target.rate().bytesPerSecond(now),
                total.isEmpty()
                    ? -1
                    : target.rate().secondsLeft(total.getAsLong() - target.doneBytes(), now)));
      }
      case STAND_ALONE,
          UNCONNECTED,
          CONNECTING,
          CONNECTED,
          WF_BITMAP_S,
          WF_BITMAP_T,
          PAUSED_SYNC_S,
          PAUSED_SYNC_T,
          VERIFY_S,
          VERIFY_T,
          AHEAD,
          BEHIND ->
          Optional.empty();
    };
  }
}
