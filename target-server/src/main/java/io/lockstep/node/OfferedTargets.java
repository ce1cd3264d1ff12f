package io.lockstep.node;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.lu.LogicalUnit;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The target nodes that a node offers, with their logical units, in standby unless
/// this node is Primary. A target takes no login while nobody has said how large one of its logical
/// units is: a host would remember it as empty. Belongs to the mirror's loop. Pure.
public final class OfferedTargets {
  private final Loop loop;
  private final BufferPool pool;
  private final int nodeId;
  private final String productRevision;

  /// By their names.
  private final TreeMap<String, Target> targets = new TreeMap<>();

  /// What is in them, by its NAA identifier.
  private final TreeMap<String, Offered> units = new TreeMap<>();

  private @Nullable Sessions sessions;
  private boolean otherNodeActive;
  private boolean unavailable;
  private boolean discards = true;
  private Map<String, MediumFacts> mediaTold = Map.of();
  private Map<String, MediumFacts> mediaRead = Map.of();

  private Keeper keeper =
      (_, _, _, done) -> done.completed(IoResult.notReady("nobody keeps what hosts select"));

  private Consumer<TargetPicture> published = _ -> {};
  private Supplier<TargetPicture.Knowledge> knowledge = () -> TargetPicture.Knowledge.NONE;

  /// A target node and who may use it.
  private record Target(ScsiTargetDevice device, AccessRecord access) {}

  /// A logical unit of a target.
  private record Offered(Export export, LogicalUnit unit) {}

  /// @param productRevision what a logical unit tells of its release
  public OfferedTargets(Loop loop, BufferPool pool, int nodeId, String productRevision) {
    this.loop = loop;
    this.pool = pool;
    this.nodeId = nodeId;
    this.productRevision = productRevision;
  }

  /// What hosts have open, wherever that is kept.
  public interface Sessions {
    /// Ends those with a target of initiators that may not stay.
    ///
    /// @param gone runs when there is none of them any more
    void end(String iqn, Predicate<String> ending, String reason, Runnable gone);
  }

  /// The sessions that end when a target is taken away; none until then.
  public void attach(Sessions newSessions) {
    sessions = newSessions;
  }

  /// Who is told of all targets, at once after each change.
  public void publishTo(Consumer<TargetPicture> listener) {
    published = listener;
  }

  private void publish() {
    published.accept(picture());
  }

  /// The targets as they are now.
  private TargetPicture picture() {
    Map<String, Boolean> ready = new HashMap<>();
    units
        .values()
        .forEach(one -> ready.merge(one.export.iqn(), one.unit.knowsSize(), Boolean::logicalAnd));
    Map<String, TargetPicture.Shown> shown = new HashMap<>();
    targets.forEach(
        (iqn, target) ->
            shown.put(
                iqn,
                new TargetPicture.Shown(
                    target.device, target.access.initiators(), ready.getOrDefault(iqn, true))));
    return new TargetPicture(nodeId, shown);
  }

  /// Who says how well this node knows the targets; until then it knows none.
  public void knowledge(Supplier<TargetPicture.Knowledge> source) {
    knowledge = source;
  }

  /// Offers exactly these: new ones in standby, and without their sessions those targets of which
  /// nothing is left. Nobody stays logged in who may not log in any more.
  public void show(Collection<Export> exports) {
    Set<String> wanted = exports.stream().map(Export::naa).collect(Collectors.toSet());
    for (String naa : List.copyOf(units.keySet())) {
      if (!wanted.contains(naa)) {
        take(naa);
      }
    }
    exports.forEach(this::removeIfMoved);
    Map<String, AccessRecord> before = new HashMap<>();
    targets.forEach((iqn, target) -> before.put(iqn, target.access));
    exports.forEach(export -> place(export, null));
    publish();
    targets.forEach(
        (iqn, target) -> {
          @Nullable AccessRecord was = before.get(iqn);
          if (was != null && !was.equals(target.access)) {
            endRefused(iqn, () -> {});
          }
        });
  }

  /// Ends the sessions of initiators that may not log in to a target any more.
  ///
  /// @param gone runs when there is none of them any more
  void endRefused(String iqn, Runnable gone) {
    @Nullable Target target = targets.get(iqn);
    if (sessions == null || target == null) {
      gone.run();
      return;
    }
    AccessRecord access = target.access;
    sessions.end(iqn, name -> !access.allows(name), "it may not log in any more", gone);
  }

  /// Before anything takes its place.
  private void removeIfMoved(Export export) {
    @Nullable Offered before = units.get(export.naa());
    if (before != null
        && (!before.export.iqn().equals(export.iqn()) || before.export.lun() != export.lun())) {
      take(export.naa());
    }
  }

  /// Whether this node's disk gives back space; for what is offered from now on.
  public void discards(boolean now) {
    discards = now;
  }

  /// Who keeps a WCE that a host selects, over restarts and for the other node.
  public interface Keeper {
    /// As [WriteCacheKeeper#keep] does, for the logical unit with an NAA identifier.
    void keep(String naa, boolean on, Nexus by, Completion done);
  }

  public void keeper(Keeper newKeeper) {
    keeper = newKeeper;
  }

  /// Offers one, or changes who may use it and how.
  void offer(Export export) {
    offer(export, null);
  }

  /// @param by who wanted it so, and need not be told
  void offer(Export export, @Nullable Nexus by) {
    place(export, by);
    publish();
  }

  private void place(Export export, @Nullable Nexus by) {
    removeIfMoved(export);
    @Nullable Target known = targets.get(export.iqn());
    Target target =
        new Target(
            known == null ? new ScsiTargetDevice(loop, pool) : known.device, export.access());
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
    var unit = new LogicalUnit(export.unit().identity(productRevision), port, loop, pool);
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
    take(naa);
    publish();
  }

  private void take(String naa) {
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
    if (sessions != null) {
      sessions.end(iqn, _ -> true, "the export was deleted", unmap);
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
      offered.unit.activate(device.get(), facts.sizeBytes());
    } else {
      offered.unit.activateWithoutMedium(facts.sizeBytes());
    }
    publish();
  }

  /// Whether the other node is known to be Primary: hosts are told that its paths are active.
  public void otherNodeActive(boolean active) {
    otherNodeActive = active;
    units.values().forEach(offered -> offered.unit.otherNodeActive(active));
  }

  /// Whether this node has stopped because its copy and the other node's have parted: hosts are
  /// told that there is nothing behind its paths, until a person has chosen.
  public void unavailable(boolean now) {
    unavailable = now;
    units.values().forEach(offered -> offered.unit.unavailable(now));
  }

  /// How large the volumes are and what may be done with them, as the Primary says; what it said
  /// last stays true while it cannot be heard.
  ///
  /// @param mediaByNaa of all that it exports; the numbers are the other node's, unchecked
  public void mediaTold(Map<String, MediumFacts> mediaByNaa) {
    mediaTold = mediaByNaa;
    mediaByNaa.forEach(
        (naa, facts) -> {
          Offered offered = units.get(naa);
          if (offered != null) {
            tell(offered.unit, facts);
          }
        });
    publish();
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
    publish();
  }

  private static void tell(LogicalUnit unit, MediumFacts facts) {
    if (!unit.isActive()) {
      unit.standbySize(facts.sizeBytes());
      unit.mediumProtected(facts.writeProtected());
    }
  }

  /// Whether the other node is taking over what this one serves, or has just stopped to serve.
  public void handingOver(boolean now) {
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
  public List<Export> exports() {
    return units.values().stream().map(Offered::export).toList();
  }

  /// The names of the volumes in a target, with commas; empty if there is no such target.
  public String volumes(String iqn) {
    return inTarget(iqn)
        .map(offered -> offered.export.volume())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private Stream<Offered> inTarget(String iqn) {
    return units.values().stream().filter(offered -> offered.export.iqn().equals(iqn));
  }

  /// The IQNs that an initiator may see; empty while it is not known which there are.
  public Optional<List<String>> visibleTo(String initiatorName) {
    return picture().visibleTo(initiatorName, knowledge.get());
  }

  /// The target with this IQN, for this initiator.
  public TargetPicture.Found find(String initiatorName, String iqn) {
    return picture().find(initiatorName, iqn, knowledge.get());
  }
}
