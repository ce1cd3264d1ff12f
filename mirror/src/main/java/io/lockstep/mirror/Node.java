package io.lockstep.mirror;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Backing;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;

/// One node's half of a mirror: the state its parts share and the parts themselves. Every field
/// belongs to the mirror's loop.
final class Node {
  /// How many alerts are kept; the oldest go first.
  private static final int ALERTS_MAX = 20;

  final Environment environment;
  final MirrorConfig config;
  final Loop loop;
  final LocalCopy copy;
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

  private Role role = Role.SECONDARY;

  private final LinkedHashSet<String> alerts = new LinkedHashSet<>();
  private boolean changed;

  /// What a mirror gets from outside.
  ///
  /// @param backing the disk, on the loop that owns everything here
  /// @param transport the way to the other node
  /// @param dice random numbers, from which generations are drawn
  /// @param inquiry asks the other node, beside the link, whether it is Primary
  record Environment(
      Backing backing, PeerTransport transport, LongSupplier dice, PeerInquiry inquiry) {}

  Node(Environment environment, MirrorConfig config, MirrorListener listener, LocalCopy copy) {
    int transferMax = copy.disk().limits().transferBytesMax();
    Check.that(
        transferMax >= MirrorDevice.TRANSFER_BYTES_MAX,
        "the disk takes the mirror's longest transfer",
        transferMax,
        MirrorDevice.TRANSFER_BYTES_MAX);
    this.environment = environment;
    this.config = config;
    this.copy = copy;
    this.loop = environment.backing().loop();
    this.pool = environment.backing().pool();
    this.listener = listener;
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
    LostDisk.alert(config.diskName(), copy.superblock().failed()).ifPresent(this::alert);
    connection.whenLost(peerWrites::drop);
    connection.whenLost(peerReads::linkLost);
    connection.whenLost(resyncSource::stop);
    connection.whenLost(resyncTarget::linkLost);
    connection.whenLost(writes::linkLost);
    connection.whenLost(roles::linkLost);
    connection.whenLost(outdating::linkLost);
    copy.serve(writes);
    copy.whenChanged(this::happened, this::changed);
    copy.whenFailed(this::sayFailed);
    copy.whenFailed(_ -> lostDisk.failedHere());
    copy.whenFailed(_ -> loop.execute(writes::giveUp));
  }

  private void sayFailed(IoResult result) {
    if (result.reason() != IoResult.Reason.CLOSED) {
      alert("The disk " + config.diskName() + " has failed: " + result.detail());
    }
  }

  Role role() {
    return role;
  }

  /// @param why in a few words, for people
  void to(Role next, String why) {
    Role before = role;
    role = next;
    if (next != before) {
      happened(new MirrorEvent.RoleChanged(before, next, why));
    }
  }

  void happened(MirrorEvent event) {
    listener.happened(event);
    changed();
  }

  boolean isPrimary() {
    return role == Role.PRIMARY;
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
