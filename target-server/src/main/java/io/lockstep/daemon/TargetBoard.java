package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.node.Export;
import io.lockstep.node.MediumFacts;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.lu.LogicalUnit;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The target nodes that this node's portal offers, with their logical units, in standby unless
/// this node is Primary. A target takes no login while nobody has said how large one of its logical
/// units is: a host would remember it as empty. Belongs to the loop of mirror and portal.
final class TargetBoard implements TargetDirectory {
  private final RingLoop loop;
  private final BufferPool pool;
  private final int nodeId;

  /// By their names.
  private final TreeMap<String, Target> targets = new TreeMap<>();

  /// What is in them, by its NAA identifier.
  private final TreeMap<String, Offered> units = new TreeMap<>();

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

  /// A target node and who may use it.
  private record Target(ScsiTargetDevice device, List<String> initiators) {}

  /// A logical unit of a target.
  private record Offered(Export export, LogicalUnit unit) {}

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

  /// Offers exactly these: new ones in standby, and without their sessions those targets of which
  /// nothing is left.
  void show(Collection<Export> exports) {
    Set<String> wanted = exports.stream().map(Export::naa).collect(Collectors.toSet());
    for (String naa : List.copyOf(units.keySet())) {
      if (!wanted.contains(naa)) {
        remove(naa);
      }
    }
    exports.forEach(this::removeIfMoved);
    exports.forEach(this::offer);
  }

  /// Before anything takes its place.
  private void removeIfMoved(Export export) {
    @Nullable Offered before = units.get(export.naa());
    if (before != null
        && (!before.export.iqn().equals(export.iqn()) || before.export.lun() != export.lun())) {
      remove(export.naa());
    }
  }

  /// Whether this node's disk gives back space; for what is offered from now on.
  void discards(boolean now) {
    discards = now;
  }

  /// Who keeps a WCE that a host selects, over restarts and for the other node.
  interface Keeper {
    /// As [WriteCacheKeeper#keep] does, for the logical unit with an NAA identifier.
    void keep(String naa, boolean on, Nexus by, Completion done);
  }

  void keeper(Keeper newKeeper) {
    keeper = newKeeper;
  }

  /// Offers one, or changes who may use it and how.
  void offer(Export export) {
    offer(export, null);
  }

  /// @param by who wanted it so, and need not be told
  void offer(Export export, @Nullable Nexus by) {
    removeIfMoved(export);
    @Nullable Target known = targets.get(export.iqn());
    Target target =
        new Target(
            known == null ? new ScsiTargetDevice(loop, pool) : known.device, export.initiators());
    targets.put(export.iqn(), target);
    @Nullable Offered before = units.get(export.naa());
    if (before != null) {
      before.unit.writeCache(export.writeCache(), by);
      units.put(export.naa(), new Offered(export, before.unit));
      return;
    }
    LogicalUnit unit = unit(export);
    target.device.map(export.lun(), unit);
    units.put(export.naa(), new Offered(export, unit));
  }

  private LogicalUnit unit(Export export) {
    String naa = export.naa();
    var port = TargetPort.ofNode(export.iqn(), nodeId);
    var unit = new LogicalUnit(export.unit().identity(Release.productRevision()), port, loop, pool);
    unit.standbyDiscards(discards);
    unit.writeCache(export.writeCache(), null);
    unit.keeper((on, host, done) -> keeper.keep(naa, on, host, done));
    unit.otherNodeActive(otherNodeActive);
    unit.unavailable(unavailable);
    @Nullable MediumFacts facts = mediaTold.getOrDefault(naa, mediaRead.get(naa));
    if (facts != null) {
      tell(unit, facts);
    }
    return unit;
  }

  /// Makes stable what was acknowledged to hosts of a logical unit, where this node serves it.
  void flush(String naa, Completion done) {
    @Nullable Offered offered = units.get(naa);
    if (offered == null) {
      loop.execute(() -> done.completed(IoResult.OK));
    } else {
      offered.unit.flush(done);
    }
  }

  /// Takes one away; whoever is logged in to its target is logged out if that is empty then.
  void remove(String naa) {
    @Nullable Offered gone = units.remove(naa);
    if (gone == null) {
      return;
    }
    String iqn = gone.export.iqn();
    ScsiTargetDevice device = Check.present(targets.get(iqn), "it is in a target").device;
    Runnable unmap = () -> device.unmap(gone.export.lun(), () -> {});
    if (inTarget(iqn).findAny().isPresent()) {
      unmap.run();
      return;
    }
    targets.remove(iqn);
    if (portal != null) {
      portal.closeSessions(iqn, "the export was deleted", unmap);
    }
  }

  /// Serves the medium of a logical unit, as far as its volume can be served.
  ///
  /// @param device the volume's; empty if it is not served
  void activate(String naa, MediumFacts facts, Optional<BlockDevice> device) {
    Offered offered = units.get(naa);
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
    units.values().forEach(offered -> offered.unit.otherNodeActive(active));
  }

  /// Whether this node has stopped because its copy and the other node's have parted: hosts are
  /// told that there is nothing behind its paths, until a person has chosen.
  void unavailable(boolean now) {
    unavailable = now;
    units.values().forEach(offered -> offered.unit.unavailable(now));
  }

  /// How large the volumes are and what may be done with them, as the Primary says; what it said
  /// last stays true while it cannot be heard.
  ///
  /// @param mediaByNaa of all that it exports; the numbers are the other node's, unchecked
  void mediaTold(Map<String, MediumFacts> mediaByNaa) {
    mediaTold = mediaByNaa;
    mediaByNaa.forEach(
        (naa, facts) -> {
          Offered offered = units.get(naa);
          if (offered != null) {
            tell(offered.unit, facts);
          }
        });
  }

  /// The same of the local copy: believed only of those of which no Primary has spoken, since the
  /// copy may be behind.
  void mediaRead(Map<String, MediumFacts> mediaByNaa) {
    mediaRead = mediaByNaa;
    mediaByNaa.forEach(
        (naa, facts) -> {
          Offered offered = units.get(naa);
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
    units.values().forEach(offered -> offered.unit.transitioning(now));
  }

  void capacityChanged(String naa) {
    Offered offered = units.get(naa);
    if (offered != null) {
      offered.unit.capacityChanged();
    }
  }

  /// Puts all into standby; `drained` runs when no task touches a device any more.
  void standby(Runnable drained) {
    List<LogicalUnit> active = new ArrayList<>();
    for (Offered offered : units.values()) {
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

  /// What is offered.
  List<Export> exports() {
    return units.values().stream().map(Offered::export).toList();
  }

  /// The names of the volumes in a target, with commas; empty if there is no such target.
  String volumes(String iqn) {
    return inTarget(iqn)
        .map(offered -> offered.export.volume())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private Stream<Offered> inTarget(String iqn) {
    return units.values().stream().filter(offered -> offered.export.iqn().equals(iqn));
  }

  @Override
  public Optional<List<String>> targets(String initiatorName) {
    if (knowledge.get() == Knowledge.NONE) {
      return Optional.empty();
    }
    return Optional.of(
        targets.entrySet().stream()
            .filter(entry -> allows(entry.getValue(), initiatorName))
            .map(Map.Entry::getKey)
            .toList());
  }

  private static boolean allows(Target target, String initiatorName) {
    return target.initiators.isEmpty() || target.initiators.contains(initiatorName);
  }

  @Override
  public Optional<String> role(String question) {
    return roleAnswers.apply(question);
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    @Nullable Target target = targets.get(iqn);
    if (target == null) {
      return knowledge.get() == Knowledge.ALL ? new Answer.NotFound() : new Answer.Busy();
    }
    if (!allows(target, initiatorName)) {
      return new Answer.NotAllowed();
    }
    return inTarget(iqn).allMatch(offered -> offered.unit.knowsSize())
        ? new Answer.Serves(
            target.device,
            loop,
            TargetPort.ofNode(iqn, nodeId).relativePort(),
            target.initiators.contains(initiatorName))
        : new Answer.Busy();
  }
}
