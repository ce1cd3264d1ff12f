package io.lockstep.world;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.node.Export;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.UnitRecord;
import io.lockstep.volume.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Gives commands to whoever is Primary, and holds the nodes to the answers.
///
/// - N2: what a node has open is what was promised: every command that was answered with success
///   was done, none that was refused, and each of the others was done whole or not at all.
/// - N3: volumes and records agree: no record of a volume that is not there, each by its name.
/// - N12: a volume that a job makes is not exported.
/// - N4: a volume keeps its identifiers for life, and no two ever had the same.
final class Administrator {
  private static final int VOLUMES_MAX = 5;
  private static final int OPEN_MAX = 3;

  /// Commands whose outcome nobody knows; with more of them nothing would be proved.
  private static final int UNKNOWN_MAX = 6;

  /// Of so many commands one cancels a job, if there is one.
  private static final int CANCEL_OF = 4;

  private static final long EXTENT_BYTES = 4 << 20;
  private static final List<String> NAMES = List.of("vm1", "vm2", "db", "mail", "scratch", "old");

  private final NodeWorld world;
  private final SplittableRandom random;
  private final InUse inUse;
  private Promised promised = new Promised();

  /// What was asked since `promised` was found, in order.
  private final List<Entry> asked = new ArrayList<>();

  /// The identifiers that hosts know, by the volume's; those of deleted volumes too.
  private final Map<String, Identity> identities = new HashMap<>();

  private record Identity(String naa, String serial) {}

  /// A command and how it ended.
  private static final class Entry {
    final Act act;
    final NodeLife at;

    /// The host's, if something would be taken from under it.
    final NodeLife.@Nullable Session session;

    Outcome outcome = Outcome.OPEN;

    Entry(Act act, NodeLife at, NodeLife.@Nullable Session session) {
      this.act = act;
      this.at = at;
      this.session = session;
    }
  }

  private enum Outcome {
    /// Not answered yet.
    OPEN,
    /// Answered with success.
    DONE,
    /// Whoever had it died first, or failed on the way.
    UNKNOWN
  }

  Administrator(NodeWorld world, SplittableRandom random) {
    this.world = world;
    this.random = random;
    this.inUse = new InUse(world);
  }

  /// Asks for something, if there is a Primary and it has not too much to do.
  void act() {
    NodeLife server = world.server();
    if (server == null || openCount() >= OPEN_MAX || asked.size() >= UNKNOWN_MAX + OPEN_MAX) {
      return;
    }
    Act act = drawnFor(server);
    var entry = new Entry(act, server, asked.isEmpty() ? InUse.of(act, server, promised) : null);
    asked.add(entry);
    world.event(-1, "asks: " + act);
    act.ask(server, answer -> answered(entry, answer));
  }

  /// A job may be cancelled while nothing else is asked that could rename its volume.
  private Act drawnFor(NodeLife server) {
    List<JobInfo> jobs = server.group().jobs();
    if (jobs.isEmpty() || !asked.isEmpty() || random.nextInt(CANCEL_OF) > 0) {
      return drawn();
    }
    JobInfo job = jobs.get(random.nextInt(jobs.size()));
    return new Act.CancelJob(job.id(), job.volume(), job.creates());
  }

  private Act drawn() {
    List<String> there = List.copyOf(promised.volumes().keySet());
    String some = there.isEmpty() ? "vm1" : there.get(random.nextInt(there.size()));
    String fresh = NAMES.get(random.nextInt(NAMES.size()));
    int dice = random.nextInt(there.size() < 2 ? 6 : 20);
    if (dice < 4 && there.size() < VOLUMES_MAX) {
      return new Act.CreateVolume(fresh, (1 + random.nextInt(2)) * EXTENT_BYTES);
    }
    return switch (dice) {
      case 0, 1, 2, 3 -> new Act.DeleteVolume(some);
      case 4, 5, 6, 7 -> drawnExport(some);
      case 8, 9, 10 -> new Act.RenameVolume(some, fresh);
      case 11, 12 -> new Act.DeleteVolume(some);
      case 13, 14, 15 -> drawnWriteCache(some);
      case 16, 17 -> new Act.DeleteExport(some);
      default -> new Act.ResizeVolume(some, (1 + random.nextInt(3)) * EXTENT_BYTES);
    };
  }

  /// A host's command does not stand in one queue with an administrator's: it comes when there is
  /// nothing else.
  private Act drawnWriteCache(String volume) {
    boolean writeCache = random.nextBoolean();
    if (!asked.isEmpty() || random.nextInt(4) == 0) {
      return new Act.ChangeExport(volume, writeCache);
    }
    List<String> exported =
        promised.volumes().entrySet().stream()
            .filter(entry -> entry.getValue().exported())
            .map(Map.Entry::getKey)
            .toList();
    boolean blindly = exported.isEmpty() || random.nextInt(4) == 0;
    String seen = blindly ? volume : exported.get(random.nextInt(exported.size()));
    return new Act.SelectWriteCache(seen, writeCache);
  }

  private Act drawnExport(String volume) {
    return switch (random.nextInt(3)) {
      case 0 -> new Act.CreateExport(volume, null, null);
      case 1 -> new Act.CreateExport(volume, "shared", null);
      default -> new Act.CreateExport(volume, "shared", random.nextInt(4));
    };
  }

  private void answered(Entry entry, Answer answer) {
    Check.that(entry.outcome == Outcome.OPEN, "N0: a command is answered once");
    world.event(-1, "answer to " + entry.act + ": " + answer);
    String name = entry.act.name();
    switch (answer) {
      case Answer.Good good -> {
        world.met().one("command", name + " done");
        entry.outcome = Outcome.DONE;
        InUse.done(entry.act, entry.session);
        checkAnswer(good.body());
        if (!wasSoBefore(entry)) {
          world.acknowledged(world.machine(0).life() == entry.at ? 0 : 1);
        }
      }
      case Answer.Bad(int status, Refusal _) when status == 500 -> {
        world.met().one("command", "failed on the way");
        entry.outcome = Outcome.UNKNOWN;
      }
      case Answer.Bad(int status, Refusal refusal) -> {
        world.met().one("command", status == 503 ? "not taken" : name + " refused");
        if (status == 409) {
          inUse.refused(entry.act, entry.at, entry.session, refusal);
        }
        asked.remove(entry);
      }
    }
    if (entry.at.isOpen() && asked.stream().allMatch(one -> one.outcome == Outcome.DONE)) {
      look(entry.at);
      world.met().one("look", "after an answer");
    }
  }

  /// What changes nothing is answered without any disk.
  private boolean wasSoBefore(Entry entry) {
    Promised after = promised.copy();
    entry.act.apply(after);
    return asked.size() == 1 && promised.fits(after);
  }

  /// N8: an answer names a volume as hosts know it.
  private void checkAnswer(Object body) {
    if (body instanceof VolumeInfo(_, _, String uuid, VolumeInfo.Names names, _, _, _, _)) {
      @Nullable Identity known = identities.get(uuid);
      Check.that(
          known == null || known.naa().equals(names.naa()), "N8: an answer tells the identifiers");
    }
  }

  /// Whether a host's command is under way that changes something for good.
  boolean isSelecting() {
    return isOpen(Act.SelectWriteCache.class);
  }

  /// Whether a job is being cancelled.
  boolean isCancelling() {
    return isOpen(Act.CancelJob.class);
  }

  private boolean isOpen(Class<? extends Act> kind) {
    return asked.stream().anyMatch(one -> kind.isInstance(one.act) && one.outcome == Outcome.OPEN);
  }

  /// Commands that are not answered yet.
  int openCount() {
    return (int) asked.stream().filter(entry -> entry.outcome == Outcome.OPEN).count();
  }

  /// A node is dead: it answers nothing any more.
  void died(@Nullable NodeLife life) {
    for (Entry entry : asked) {
      if (entry.at == life && entry.outcome == Outcome.OPEN) {
        entry.outcome = Outcome.UNKNOWN;
        world.met().one("command", entry.act.name() + " never answered");
      }
    }
  }

  /// A node has opened its volumes. What is seen there is shown: it must outlive that node too.
  void opened(int node, NodeLife life) {
    life.group().jobs().forEach(job -> world.met().one("job", job.kind() + " went on"));
    look(life);
    world.acknowledged(node);
    world.met().one("look", "at an opening");
  }

  /// Compares what is open with what was promised, and goes on from what was found.
  void look(NodeLife life) {
    OpenGroup group = life.group();
    Promised found = found(group);
    checkIdentities(group);
    Promised fitting = fitting(found);
    if (fitting == null) {
      throw new AssertionError(
          "N2: promised was %s, then %s, and there is %s".formatted(promised, outcomes(), found));
    }
    promised = found;
    asked.removeIf(entry -> entry.outcome != Outcome.OPEN);
  }

  private List<String> outcomes() {
    return asked.stream().map(entry -> entry.act + " " + entry.outcome).toList();
  }

  /// Each command whose outcome is not known was done or not: one of the combinations fits.
  private @Nullable Promised fitting(Promised found) {
    List<Entry> unsure = asked.stream().filter(one -> one.outcome != Outcome.DONE).toList();
    for (int choice = 0; choice < 1 << unsure.size(); choice++) {
      Promised candidate = promised.copy();
      for (Entry entry : asked) {
        int index = unsure.indexOf(entry);
        if (index < 0 || (choice & 1 << index) != 0) {
          entry.act.apply(candidate);
        }
      }
      if (candidate.fits(found)) {
        count(unsure, choice);
        return candidate;
      }
    }
    return null;
  }

  private void count(List<Entry> unsure, int choice) {
    for (int index = 0; index < unsure.size(); index++) {
      if (unsure.get(index).outcome == Outcome.UNKNOWN) {
        boolean done = (choice & 1 << index) != 0;
        world.met().one("never answered", done ? "was done" : "was not done");
      }
    }
  }

  private static Promised found(OpenGroup group) {
    Map<String, UnitRecord> units = new HashMap<>();
    for (UnitRecord unit : group.units()) {
      if (!unit.deleted()) {
        Check.that(units.put(unit.volumeUuid(), unit) == null, "N3: one record for a volume");
      }
    }
    Map<String, String> places = new HashMap<>();
    for (Export export : group.exports()) {
      places.put(export.naa(), export.iqn() + " LUN " + export.lun());
    }
    Check.that(places.size() == group.exports().size(), "N4: an identifier is exported once");
    Check.that(new HashSet<>(places.values()).size() == places.size(), "N4: one unit for a LUN");
    Map<String, JobInfo> jobs = new HashMap<>();
    group.jobs().forEach(job -> jobs.put(job.volume(), job));
    Map<String, Promised.Volume> volumes = new TreeMap<>();
    for (Volume volume : group.volumes()) {
      @Nullable UnitRecord unit = units.remove(volume.uuid());
      Check.that(
          unit == null || unit.volume().equals(volume.name()),
          "N3: a volume and its record have one name");
      String naa = unit == null ? "" : unit.naa();
      boolean writeCache = unit == null || unit.writeCache();
      String place = places.getOrDefault(naa, "");
      @Nullable JobInfo job = jobs.get(volume.name());
      Check.that(
          job == null || !job.creates() || place.isEmpty(), "N12: a job's volume is not exported");
      volumes.put(
          volume.name(),
          new Promised.Volume(
              goal(volume, job), !place.isEmpty(), writeCache, volume.uuid(), naa, place));
    }
    if (!units.isEmpty()) {
      throw new AssertionError("N3: records of volumes that are not there: " + units.values());
    }
    return new Promised(volumes);
  }

  private static long goal(Volume volume, @Nullable JobInfo job) {
    return job == null
        ? volume.sizeBytes()
        : volume.sizeBytes() + job.bytesTotal() - job.bytesDone();
  }

  private void checkIdentities(OpenGroup group) {
    Set<String> taken = new HashSet<>();
    for (UnitRecord unit : group.units()) {
      Check.that(
          taken.add(unit.naa()) && taken.add(unit.serial()), "N4: an identifier is given once");
      var identity = new Identity(unit.naa(), unit.serial());
      @Nullable Identity before = identities.put(unit.volumeUuid(), identity);
      if (before != null && !before.equals(identity)) {
        throw new AssertionError("N4: %s was %s".formatted(unit, before));
      }
    }
    for (String uuid : identities.keySet()) {
      boolean known = group.units().stream().anyMatch(unit -> unit.volumeUuid().equals(uuid));
      Check.that(known, "N4: what was once given to a volume is remembered");
    }
  }
}
