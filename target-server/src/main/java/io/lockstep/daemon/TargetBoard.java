package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.lu.LogicalUnit;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The target nodes that this node's portal offers: one for each exported logical unit, in standby
/// unless this node is Primary. A logical unit of which nobody has said how large it is takes no
/// login: a host would remember it as empty. Belongs to the loop of mirror and portal.
final class TargetBoard implements TargetDirectory {
  private final RingLoop loop;
  private final BufferPool pool;
  private final int nodeId;
  private final TreeMap<String, Offered> targets = new TreeMap<>();
  private @Nullable Portal portal;
  private boolean otherNodeActive;
  private boolean unavailable;
  private boolean discards = true;
  private Map<String, MediumFacts> mediaTold = Map.of();
  private Map<String, MediumFacts> mediaRead = Map.of();
  private Function<String, Optional<String>> roleAnswers = _ -> Optional.empty();

  private Keeper keeper =
      (_, _, _, done) -> done.completed(IoResult.notReady("nobody keeps what hosts select"));

  private Supplier<Knowledge> knowledge = () -> Knowledge.NONE;

  /// How well this node knows which targets there are.
  enum Knowledge {
    /// Not at all: nothing has been read yet.
    NONE,
    /// As it was at some time: there may be others by now.
    SOME,
    /// There are no others.
    ALL
  }

  /// A target node, its only logical unit, and who may use it.
  private record Offered(LuRecord record, ScsiTargetDevice device, LogicalUnit unit) {}

  TargetBoard(RingLoop loop, BufferPool pool, int nodeId) {
    this.loop = loop;
    this.pool = pool;
    this.nodeId = nodeId;
  }

  /// The portal whose sessions end when a target is taken away.
  void attach(Portal newPortal) {
    portal = newPortal;
  }

  /// Who says how well this node knows the targets; until then it knows none.
  void knowledge(Supplier<Knowledge> source) {
    knowledge = source;
  }

  /// Who says what the other node of the pair is told, when it asks at this portal who serves.
  void roleAnswers(Function<String, Optional<String>> answers) {
    roleAnswers = answers;
  }

  /// Offers exactly the exported ones of `records`: new ones in standby, those that are no longer
  /// among them without their sessions.
  void show(Collection<LuRecord> records) {
    var wanted =
        records.stream()
            .filter(LuRecord::exported)
            .collect(Collectors.toMap(LuRecord::iqn, record -> record));
    for (String iqn : List.copyOf(targets.keySet())) {
      if (!wanted.containsKey(iqn)) {
        remove(iqn);
      }
    }
    wanted.values().forEach(this::offer);
  }

  /// Whether this node's disk gives back space; for what is offered from now on.
  void discards(boolean now) {
    discards = now;
  }

  /// Who keeps a WCE that a host selects, over restarts and for the other node.
  interface Keeper {
    /// As [WriteCacheKeeper#keep] does, for the logical unit of a target.
    void keep(String iqn, boolean on, Nexus by, Completion done);
  }

  void keeper(Keeper newKeeper) {
    keeper = newKeeper;
  }

  /// Offers one, or changes who may use it and how.
  void offer(LuRecord record) {
    offer(record, null);
  }

  /// @param by who wanted it so, and need not be told
  void offer(LuRecord record, @Nullable Nexus by) {
    Offered before = targets.get(record.iqn());
    if (before != null) {
      before.unit.writeCache(record.writeCache(), by);
      targets.put(record.iqn(), new Offered(record, before.device, before.unit));
      return;
    }
    var port = TargetPort.ofNode(record.iqn(), nodeId);
    var unit = new LogicalUnit(record.identity(), port, loop, pool);
    unit.standbyDiscards(discards);
    unit.writeCache(record.writeCache(), null);
    unit.keeper((on, host, done) -> keeper.keep(record.iqn(), on, host, done));
    unit.otherNodeActive(otherNodeActive);
    unit.unavailable(unavailable);
    @Nullable MediumFacts facts = mediaTold.getOrDefault(record.iqn(), mediaRead.get(record.iqn()));
    if (facts != null) {
      tell(unit, facts);
    }
    var device = new ScsiTargetDevice(loop, pool);
    device.map(LuRecord.LUN, unit);
    targets.put(record.iqn(), new Offered(record, device, unit));
  }

  /// Makes stable what was acknowledged to hosts of a target, where this node serves it.
  void flush(String iqn, Completion done) {
    Offered offered = targets.get(iqn);
    if (offered == null) {
      loop.execute(() -> done.completed(IoResult.OK));
    } else {
      offered.unit.flush(done);
    }
  }

  /// Takes one away; whoever is logged in to it is logged out.
  void remove(String iqn) {
    Offered gone = targets.remove(iqn);
    if (gone != null && portal != null) {
      portal.closeSessions(
          iqn, "the export was deleted", () -> gone.device.unmap(LuRecord.LUN, () -> {}));
    }
  }

  /// Serves the medium of a target, as far as its volume can be served.
  ///
  /// @param device the volume's; empty if it is not served
  void activate(String iqn, MediumFacts facts, Optional<BlockDevice> device) {
    Offered offered = targets.get(iqn);
    if (offered == null || offered.unit.isActive()) {
      return;
    }
    offered.unit.mediumProtected(facts.writeProtected());
    if (device.isPresent()) {
      offered.unit.activate(device.get());
    } else {
      offered.unit.activateWithoutMedium(facts.sizeBytes());
    }
  }

  /// Whether the other node is known to be Primary: hosts are told that its paths are active.
  void otherNodeActive(boolean active) {
    otherNodeActive = active;
    targets.values().forEach(offered -> offered.unit.otherNodeActive(active));
  }

  /// Whether this node has stopped because its copy and the other node's have parted: hosts are
  /// told that there is nothing behind its paths, until a person has chosen.
  void unavailable(boolean now) {
    unavailable = now;
    targets.values().forEach(offered -> offered.unit.unavailable(now));
  }

  /// How large the volumes are and what may be done with them, as the Primary says; what it said
  /// last stays true while it cannot be heard.
  ///
  /// @param mediaByIqn of all that it exports; the numbers are the other node's, unchecked
  void mediaTold(Map<String, MediumFacts> mediaByIqn) {
    mediaTold = mediaByIqn;
    mediaByIqn.forEach(
        (iqn, facts) -> {
          Offered offered = targets.get(iqn);
          if (offered != null) {
            tell(offered.unit, facts);
          }
        });
  }

  /// The same of the local copy: believed only of those of which no Primary has spoken, since the
  /// copy may be behind.
  void mediaRead(Map<String, MediumFacts> mediaByIqn) {
    mediaRead = mediaByIqn;
    mediaByIqn.forEach(
        (iqn, facts) -> {
          Offered offered = targets.get(iqn);
          if (offered != null && !offered.unit.knowsSize()) {
            tell(offered.unit, facts);
          }
        });
  }

  private static void tell(LogicalUnit unit, MediumFacts facts) {
    if (!unit.isActive()) {
      unit.standbySize(facts.sizeBytes());
      unit.mediumProtected(facts.writeProtected());
    }
  }

  /// Whether the other node is taking over what this one serves, or has just stopped to serve.
  void handingOver(boolean now) {
    targets.values().forEach(offered -> offered.unit.transitioning(now));
  }

  void capacityChanged(String iqn) {
    Offered offered = targets.get(iqn);
    if (offered != null) {
      offered.unit.capacityChanged();
    }
  }

  /// Puts all into standby; `drained` runs when no task touches a device any more.
  void standby(Runnable drained) {
    List<LogicalUnit> active = new ArrayList<>();
    for (Offered offered : targets.values()) {
      if (offered.unit.isActive()) {
        active.add(offered.unit);
      }
    }
    int[] left = {active.size()};
    if (active.isEmpty()) {
      drained.run();
    }
    for (LogicalUnit unit : active) {
      unit.standby(
          () -> {
            left[0]--;
            if (left[0] == 0) {
              drained.run();
            }
          });
    }
  }

  /// What is offered, by IQN.
  List<LuRecord> records() {
    return targets.values().stream().map(Offered::record).toList();
  }

  /// The name of the volume behind an IQN.
  Optional<String> volume(String iqn) {
    return Optional.ofNullable(targets.get(iqn)).map(offered -> offered.record.volume());
  }

  @Override
  public Optional<List<String>> targets(String initiatorName) {
    if (knowledge.get() == Knowledge.NONE) {
      return Optional.empty();
    }
    return Optional.of(
        targets.values().stream()
            .map(Offered::record)
            .filter(record -> record.allows(initiatorName))
            .map(LuRecord::iqn)
            .toList());
  }

  @Override
  public Optional<String> role(String question) {
    return roleAnswers.apply(question);
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    Offered offered = targets.get(iqn);
    if (offered == null) {
      return knowledge.get() == Knowledge.ALL ? new Answer.NotFound() : new Answer.Busy();
    }
    if (!offered.record.allows(initiatorName)) {
      return new Answer.NotAllowed();
    }
    return offered.unit.knowsSize()
        ? new Answer.Serves(
            offered.device,
            loop,
            offered.unit.port().relativePort(),
            offered.record.initiators().contains(initiatorName))
        : new Answer.Busy();
  }
}
