package io.lockstep.node;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.record.RecordKey;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.block.record.RecordStore;
import io.lockstep.control.api.Json;
import io.lockstep.volume.Volume;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The records of logical units, targets, who may use them, and jobs: those of a store, decoded.
/// What it says is on stable storage. Belongs to the loop of its store.
///
/// **A change of several records** is a list in which the one that makes the others count comes
/// last: access and target before the logical unit that is offered in them, and access after it
/// where nothing is offered there any more. Each is stable before the next begins; what a crash
/// leaves is a beginning of the list, and every beginning is sound: a target or an access record in
/// which nothing is offered counts for nothing. The next opening removes such access records
/// ([#mend]).
public final class ExportRecords {
  private final RecordStore store;
  private final TreeMap<String, UnitRecord> units = new TreeMap<>();
  private final TreeMap<String, TargetRecord> targets = new TreeMap<>();
  private final TreeMap<String, AccessRecord> accesses = new TreeMap<>();
  private final TreeMap<String, JobRecord> jobs = new TreeMap<>();

  /// Those that stand in one record for all, as older releases wrote them.
  private final Set<String> older = new TreeSet<>();

  private ExportRecords(RecordStore store) {
    this.store = store;
  }

  /// How reading a store ended.
  public sealed interface Read {
    record Good(ExportRecords records) implements Read {}

    /// @param sentence what, where, and what to do
    record Bad(String sentence) implements Read {}
  }

  /// The form of a record, whatever else it holds.
  private record Form(int version) {}

  /// A record that cannot be used.
  private static final class BadRecordException extends Exception {
    private static final long serialVersionUID = 1;

    BadRecordException(String sentence) {
      super(sentence);
    }

    BadRecordException(String name, String why) {
      this(
          "the record %s cannot be used (%s); restore it from the other node".formatted(name, why));
    }
  }

  /// Reads and checks all of them: what is on a disk is outside input.
  public static Read read(RecordStore store) {
    var records = new ExportRecords(store);
    try {
      for (RecordKey key : store.keys(TargetRecord.TYPE)) {
        records.take(key, TargetRecord.VERSION, TargetRecord::decode, records::takeTarget);
      }
      for (RecordKey key : store.keys(AccessRecord.TYPE)) {
        records.take(key, AccessRecord.VERSION, AccessRecord::decode, records::takeAccess);
      }
      for (RecordKey key : store.keys(UnitRecord.TYPE)) {
        records.take(key, UnitRecord.VERSION, records::unit, records::takeUnit);
      }
      for (RecordKey key : store.keys(JobRecord.TYPE)) {
        records.take(key, JobRecord.VERSION, JobRecord::decode, records::takeJob);
      }
      records.checkTogether();
      return new Read.Good(records);
    } catch (BadRecordException e) {
      return new Read.Bad(String.valueOf(e.getMessage()));
    }
  }

  private interface Decoder<T> {
    T decode(byte[] json) throws Json.BadJsonException;
  }

  private interface Taker<T> {
    /// The name that the record gives itself.
    String take(T record);
  }

  private <T> void take(RecordKey key, int versionMax, Decoder<T> decoder, Taker<T> taker)
      throws BadRecordException {
    byte[] json = store.get(key).orElseThrow();
    try {
      int version = Json.readStored(json, Form.class).version;
      if (version < 1 || version > versionMax) {
        throw new BadRecordException(
            "the record %s has version %d, this release knows %d; run a newer release"
                .formatted(key.name(), version, versionMax));
      }
      String name = taker.take(decoder.decode(json));
      if (!name.equals(key.name())) {
        throw new BadRecordException(key.name(), "it says that it is " + name);
      }
    } catch (Json.BadJsonException e) {
      throw new BadRecordException(key.name(), String.valueOf(e.getMessage()));
    }
  }

  private String takeTarget(TargetRecord record) {
    targets.put(record.name(), record);
    return record.name();
  }

  private String takeAccess(AccessRecord record) {
    accesses.put(record.target(), record);
    return record.target();
  }

  private String takeJob(JobRecord record) {
    jobs.put(record.id(), record);
    return record.id();
  }

  private String takeUnit(UnitRecord record) {
    units.put(record.name(), record);
    return record.name();
  }

  /// An older record speaks for its target and for who may use it: where these are there already,
  /// they were about to take its place.
  private UnitRecord unit(byte[] json) throws Json.BadJsonException {
    if (Json.readStored(json, Form.class).version > LuRecord.VERSION_MAX) {
      return UnitRecord.decode(json);
    }
    LuRecord record = LuRecord.decode(json);
    older.add(record.name());
    targets.put(record.name(), record.target());
    accesses.remove(record.name());
    record.access().ifPresent(access -> accesses.put(record.name(), access));
    return record.unit();
  }

  /// What one record alone does not show: names given twice, and offers of which a part is missing.
  private void checkTogether() throws BadRecordException {
    var given = new HashSet<String>();
    for (TargetRecord target : targets.values()) {
      if (!given.add(target.iqn())) {
        throw new BadRecordException(target.name(), "another record has its iqn");
      }
    }
    for (UnitRecord unit : units.values()) {
      if (!given.add(unit.naa()) || !given.add(unit.serial())) {
        throw new BadRecordException(unit.name(), "another record has its naa or serial");
      }
      if (unit.exported()) {
        if (!targets.containsKey(unit.target()) || !accesses.containsKey(unit.target())) {
          throw new BadRecordException(unit.name(), "the records of its target are missing");
        }
        if (!given.add(unit.target() + " " + unit.lun())) {
          throw new BadRecordException(unit.name(), "another record has its LUN");
        }
      }
    }
  }

  // --- what there is ---

  /// All logical units, those of deleted volumes too.
  public List<UnitRecord> units() {
    return List.copyOf(units.values());
  }

  /// What is given for life, to those of deleted volumes too.
  public LuNames.Taken taken() {
    Set<String> names = new HashSet<>(targets.keySet());
    names.addAll(units.keySet());
    return new LuNames.Taken(names, units());
  }

  public Optional<TargetRecord> target(String name) {
    return Optional.ofNullable(targets.get(name));
  }

  /// What is offered.
  public List<Export> exports() {
    return units.values().stream().filter(UnitRecord::exported).map(this::export).toList();
  }

  /// What is offered in a target.
  public List<Export> exportsIn(String target) {
    return exports().stream().filter(one -> one.unit().target().equals(target)).toList();
  }

  private Export export(UnitRecord unit) {
    TargetRecord target = targets.get(unit.target());
    AccessRecord access = accesses.get(unit.target());
    if (target == null || access == null) {
      throw new AssertionError("an offer is whole: " + unit.name());
    }
    return new Export(unit, target, access);
  }

  /// The jobs that have not ended, in the order of their names.
  public List<JobRecord> jobs() {
    return List.copyOf(jobs.values());
  }

  /// How far the records have come.
  public RecordPosition position() {
    return store.position();
  }

  /// The logical unit of a volume that exists.
  public Optional<UnitRecord> ofVolume(String volume) {
    return units.values().stream()
        .filter(unit -> !unit.deleted() && unit.volume().equals(volume))
        .findFirst();
  }

  /// The offer of a volume, if it is offered.
  public Optional<Export> exportOf(String volume) {
    return ofVolume(volume).filter(UnitRecord::exported).map(this::export);
  }

  /// Ends them: what is being stored ends first, what waits and what comes later is refused.
  ///
  /// @param done runs when nothing of them reaches the device any more
  void close(Runnable done) {
    store.close(done);
  }

  // --- changes ---

  /// One of the steps of a change.
  private sealed interface Step {
    record PutUnit(UnitRecord unit) implements Step {}

    record PutTarget(TargetRecord target) implements Step {}

    record PutAccess(AccessRecord access) implements Step {}

    record DropAccess(AccessRecord access) implements Step {}

    record PutJob(JobRecord job) implements Step {}

    record DropJob(JobRecord job) implements Step {}
  }

  /// Stores a logical unit that is offered as it was, or not at all.
  public void put(UnitRecord unit, Completion done) {
    run(List.of(new Step.PutUnit(unit)), done);
  }

  /// Stores that a job has begun.
  void put(JobRecord job, Completion done) {
    run(List.of(new Step.PutJob(job)), done);
  }

  /// Stores that a job has ended.
  void drop(JobRecord job, Completion done) {
    run(List.of(new Step.DropJob(job)), done);
  }

  /// Stores an offer.
  public void put(Export export, Completion done) {
    String name = export.target().name();
    var steps = new ArrayList<Step>();
    if (!export.access().equals(accesses.get(name))) {
      steps.add(new Step.PutAccess(export.access()));
    }
    if (!export.target().equals(targets.get(name))) {
      steps.add(new Step.PutTarget(export.target()));
    }
    steps.add(new Step.PutUnit(export.unit()));
    run(steps, done);
  }

  /// Stores that a logical unit is offered no longer.
  public void withdraw(Export export, Completion done) {
    var steps = new ArrayList<Step>(List.of(new Step.PutUnit(export.unit().notExported())));
    String name = export.target().name();
    @Nullable AccessRecord access = accesses.get(name);
    if (access != null && exportsIn(name).size() == 1) {
      steps.add(new Step.DropAccess(access));
    }
    run(steps, done);
  }

  /// Brings the records in line with the volumes, which are told apart by their LVM identifier: a
  /// crash between a change of the group and the change of its record leaves the record behind.
  /// Before that, what older releases wrote gets its new form, and after it, what a crash has left
  /// of a change of several records goes. A job ends whose volume is not there, or has its size.
  public void mend(Collection<Volume> volumes, Completion done) {
    List<Step> steps = new ArrayList<>();
    for (String name : older) {
      addUpgrade(name, steps);
    }
    Set<String> used = new HashSet<>();
    for (UnitRecord unit : units.values()) {
      Optional<Volume> volume =
          volumes.stream().filter(one -> one.uuid().equals(unit.volumeUuid())).findFirst();
      if (volume.isEmpty() && !unit.deleted()) {
        steps.add(new Step.PutUnit(unit.tombstone()));
      } else if (volume.isPresent() && !volume.get().name().equals(unit.volume())) {
        steps.add(new Step.PutUnit(unit.renamed(volume.get().name())));
      }
      if (volume.isPresent() && unit.exported()) {
        used.add(unit.target());
      }
    }
    for (AccessRecord access : accesses.values()) {
      if (!used.contains(access.target())) {
        steps.add(new Step.DropAccess(access));
      }
    }
    for (JobRecord job : jobs.values()) {
      if (volumes.stream().noneMatch(job::isUnfinished)) {
        steps.add(new Step.DropJob(job));
      }
    }
    run(steps, done);
  }

  /// The logical unit comes last: it stands where the older record stood.
  private void addUpgrade(String name, List<Step> steps) {
    @Nullable AccessRecord access = accesses.get(name);
    @Nullable TargetRecord target = targets.get(name);
    @Nullable UnitRecord unit = units.get(name);
    if (access != null) {
      steps.add(new Step.PutAccess(access));
    }
    if (target != null && unit != null) {
      steps.add(new Step.PutTarget(target));
      steps.add(new Step.PutUnit(unit));
    }
  }

  private void run(List<Step> steps, Completion done) {
    next(new ArrayDeque<>(steps), done);
  }

  private void next(ArrayDeque<Step> steps, Completion done) {
    @Nullable Step step = steps.poll();
    if (step == null) {
      done.completed(IoResult.OK);
      return;
    }
    Completion stored =
        result -> {
          if (result.isOk()) {
            apply(step);
            next(steps, done);
          } else {
            done.completed(result);
          }
        };
    switch (step) {
      case Step.PutUnit(UnitRecord unit) -> store.put(unit.key(), Json.bytes(unit), stored);
      case Step.PutTarget(TargetRecord target) ->
          store.put(target.key(), Json.bytes(target), stored);
      case Step.PutAccess(AccessRecord access) -> store.put(access.key(), access.encode(), stored);
      case Step.DropAccess(AccessRecord access) -> store.delete(access.key(), stored);
      case Step.PutJob(JobRecord job) -> store.put(job.key(), Json.bytes(job), stored);
      case Step.DropJob(JobRecord job) -> store.delete(job.key(), stored);
    }
  }

  private void apply(Step step) {
    switch (step) {
      case Step.PutUnit(UnitRecord unit) -> {
        units.put(unit.name(), unit);
        older.remove(unit.name());
      }
      case Step.PutTarget(TargetRecord target) -> targets.put(target.name(), target);
      case Step.PutAccess(AccessRecord access) -> accesses.put(access.target(), access);
      case Step.DropAccess(AccessRecord access) -> accesses.remove(access.target());
      case Step.PutJob(JobRecord job) -> jobs.put(job.id(), job);
      case Step.DropJob(JobRecord job) -> jobs.remove(job.id());
    }
  }
}
