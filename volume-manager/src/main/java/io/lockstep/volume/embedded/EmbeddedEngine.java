package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.volume.GroupChange;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotAsk;
import io.lockstep.volume.SnapshotChange;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeChange;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeName;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.MetadataStore.Commit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The engine that reads and writes LVM2's format itself.
///
/// One change runs at a time, in this order:
///
/// ```
/// plan (pure) → extents it takes are made to read as zeroes, the head of a new snapshot's store is
/// written → volumes that lose extents, or get or lose a snapshot, are held until their running
/// requests have ended → commit → they go on as the new group says ([GroupDevices])
/// ```
///
/// A volume therefore never shows what a deleted one left behind, and no request of an old owner
/// reaches an extent of a new one. A crash in between leaves zeroes in free extents, nothing else.
/// Zeroing is a discard where the device below offers it, and costs a file or an SSD little; where
/// it must write zeroes, creating takes as long as that does.
///
/// All fields belong to the loop.
final class EmbeddedEngine implements VolumeEngine {
  /// How long it waits before it tries again to commit the end of a rollback: 5 s.
  private static final long ROLLED_BACK_RETRY_NANOS = 5_000_000_000L;

  private final Loop loop;
  private final EngineOptions options;
  private final SpaceIo io;
  private final MetadataStore store;
  private final String physicalVolume;
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();
  private final GroupDevices devices;

  private GroupText text;
  private boolean changing;
  private Optional<Completion> closing = Optional.empty();

  private EmbeddedEngine(
      GroupDevices.Ground ground,
      EngineOptions options,
      FoundSpace.Group found,
      GroupDevices devices) {
    this.loop = ground.loop();
    this.options = options;
    this.io = new SpaceIo(ground.space(), ground.pool());
    this.store = new MetadataStore(io, found.header());
    this.physicalVolume = found.label().uuid();
    this.text = found.text();
    this.devices = devices;
  }

  /// A change that waits or runs.
  ///
  /// @param what the beginning of a refusal: "Volume vm1 was not created"
  /// @param description who wrote the metadata, for people who read it
  /// @param plan the next group
  /// @param lastCheck what stands against it when the volumes that it changes stand still
  private record Change(
      String what,
      String description,
      Function<VolumeGroup, GroupChange> plan,
      Supplier<Optional<Refusal>> lastCheck,
      Consumer<VolumeResult> done) {
    Change(
        String what,
        String description,
        Function<VolumeGroup, GroupChange> plan,
        Consumer<VolumeResult> done) {
      this(what, description, plan, Optional::empty, done);
    }
  }

  /// See [EmbeddedEngines#open].
  static void open(
      BlockDevice space,
      Loop loop,
      BufferPool pool,
      EngineOptions options,
      Consumer<OpenResult> done) {
    SpaceIo io = new SpaceIo(space, pool);
    Consumer<FoundSpace> formatted =
        found -> openDevices(new GroupDevices.Ground(space, loop, pool), options, found, done);
    loop.execute(
        () -> SpaceReader.read(io, options, found -> complete(io, options, found, formatted)));
  }

  /// Does what [SpaceFormatter] has still to do.
  private static void complete(
      SpaceIo io, EngineOptions options, FoundSpace found, Consumer<FoundSpace> done) {
    switch (found) {
      case FoundSpace.Blank() -> SpaceFormatter.formatBlank(io, options, done);
      case FoundSpace.Orphan orphan -> SpaceFormatter.formatOrphan(io, options, orphan, done);
      case FoundSpace.Group group when lacksUsedFlag(group) ->
          SpaceFormatter.markUsed(io, group.label(), result -> done.accept(marked(group, result)));
      case FoundSpace.Group group -> done.accept(group);
      case FoundSpace.Refused refused -> done.accept(refused);
    }
  }

  /// A crash before the last step of [SpaceFormatter].
  private static boolean lacksUsedFlag(FoundSpace.Group group) {
    return group.text().readOnlyReason().isEmpty()
        && group.label().extensionVersion() >= PvLabel.EXTENSION_VERSION
        && !group.label().isUsed();
  }

  private static FoundSpace marked(FoundSpace.Group group, IoResult result) {
    return result.isOk()
        ? group
        : FoundSpace.refused(
            "its label could not be written: " + result.detail(), "see to the disk");
  }

  private static void openDevices(
      GroupDevices.Ground ground,
      EngineOptions options,
      FoundSpace found,
      Consumer<OpenResult> done) {
    switch (found) {
      case FoundSpace.Group group -> {
        var engine = new EmbeddedEngine[1];
        GroupDevices.open(
            ground,
            group.label().uuid(),
            group.text(),
            store -> Check.present(engine[0], "an open engine").rolledBack(store),
            devices -> {
              engine[0] = new EmbeddedEngine(ground, options, group, devices);
              done.accept(new OpenResult.Ready(engine[0]));
            });
      }
      case FoundSpace.Refused(Refusal refusal) -> done.accept(new OpenResult.Refused(refusal));
      case FoundSpace.Blank() -> throw new AssertionError("still blank after formatting");
      case FoundSpace.Orphan orphan ->
          throw new AssertionError("no group after formatting " + orphan);
    }
  }

  @Override
  public GroupStatus group() {
    return text.group().status(ourVolume(), text.readOnlyReason().or(store::brokenReason));
  }

  @Override
  public List<Volume> volumes() {
    return forPeople(text.group().volumes());
  }

  static List<Volume> forPeople(List<Volume> volumes) {
    return volumes.stream().filter(volume -> volume.access() != Volume.Access.INTERNAL).toList();
  }

  @Override
  public void create(String name, long sizeBytes, Consumer<VolumeResult> done) {
    submitCreation(name, this::unusedUuid, sizeBytes, done);
  }

  @Override
  public void create(String name, String uuid, long sizeBytes, Consumer<VolumeResult> done) {
    submitCreation(name, () -> uuid, sizeBytes, done);
  }

  private void submitCreation(
      String name, Supplier<String> uuid, long sizeBytes, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not created",
            "Volume " + name + " created.",
            group -> VolumeChange.create(group, name, uuid.get(), sizeBytes),
            done));
  }

  @Override
  public String unusedUuid() {
    VolumeGroup group = text.group();
    String uuid = LvmUuid.random(options.random());
    while (group.volumeByUuid(uuid).isPresent()) {
      uuid = LvmUuid.random(options.random());
    }
    return uuid;
  }

  @Override
  public void resize(
      String name, long sizeBytes, boolean shrinkAllowed, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not resized",
            "Volume " + name + " resized.",
            group -> VolumeChange.resize(group, name, sizeBytes, shrinkAllowed),
            done));
  }

  @Override
  public void rename(String name, String newName, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not renamed",
            "Volume " + name + " renamed.",
            group -> VolumeChange.rename(group, name, newName),
            done));
  }

  @Override
  public void delete(String name, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not deleted",
            "Volume " + name + " deleted.",
            group -> VolumeChange.delete(group, name),
            done));
  }

  @Override
  public void takeSnapshot(SnapshotAsk ask, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Snapshot " + VolumeName.shown(ask.name()) + " was not taken",
            "Snapshot " + ask.name() + " of volume " + ask.origin() + " taken.",
            group -> SnapshotChange.take(group, ask, unusedUuid(), unusedUuid()),
            done));
  }

  @Override
  public void rollBack(String snapshot, Consumer<VolumeResult> done) {
    String what = "The volume was not put back to snapshot " + VolumeName.shown(snapshot);
    submit(
        new Change(
            what,
            "Rollback to snapshot " + snapshot + " begun.",
            group -> SnapshotChange.rollBack(group, snapshot),
            () -> lostSnapshot(what, snapshot),
            done));
  }

  private Optional<Refusal> lostSnapshot(String what, String name) {
    return snapshot(name)
        .filter(status -> status.state() instanceof SnapshotStatus.State.Lost)
        .map(_ -> new Refusal(what, "the snapshot is lost", "delete it"));
  }

  /// A rollback has moved everything: the snapshot goes. Where that cannot be committed now, it is
  /// tried again.
  private void rolledBack(String storeUuid) {
    Optional<Volume> snapshot = text.group().volumeByUuid(storeUuid);
    if (closing.isPresent() || snapshot.isEmpty()) {
      return;
    }
    String name = snapshot.get().name();
    waiting.add(
        new Change(
            "The rollback to snapshot " + name + " was not ended",
            "Rollback to snapshot " + name + " ended.",
            group -> SnapshotChange.rolledBack(group, storeUuid),
            result -> {
              if (result instanceof VolumeResult.Refused) {
                loop.schedule(() -> rolledBack(storeUuid), ROLLED_BACK_RETRY_NANOS);
              }
            }));
    loop.execute(this::startNext);
  }

  @Override
  public Optional<SnapshotStatus> snapshot(String name) {
    return text.group()
        .volume(name)
        .filter(v -> v.snapshotOf().isPresent())
        .flatMap(devices::status);
  }

  private void submit(Change change) {
    if (closing.isPresent()) {
      later(change, "the volume manager is closed", "open it again");
    } else if (waiting.size() >= CHANGES_WAITING_MAX) {
      later(change, CHANGES_WAITING_MAX + " other changes wait", "try again when they are done");
    } else {
      waiting.add(change);
      loop.execute(this::startNext);
    }
  }

  private void later(Change change, String why, String action) {
    loop.execute(() -> change.done.accept(refused(change, why, action)));
  }

  private void startNext() {
    if (changing || waiting.isEmpty()) {
      return;
    }
    changing = true;
    Change change = waiting.remove();
    if (text.readOnlyReason().isPresent()) {
      String why = "the group is read-only here, because " + text.readOnlyReason().get();
      refuse(change, why, "change it with the lvm2 tools");
      return;
    }
    if (store.brokenReason().isPresent()) {
      refuse(change, store.brokenReason().get(), "open the group again");
      return;
    }
    switch (change.plan.apply(text.group())) {
      case GroupChange.Impossible(Refusal refusal) ->
          finish(change, new VolumeResult.Refused(refusal));
      case GroupChange.Unchanged() ->
          finish(change, new VolumeResult.Done(text.group().sequenceNumber()));
      case GroupChange.Planned planned -> erase(change, planned);
    }
  }

  private void erase(Change change, GroupChange.Planned planned) {
    if (planned.added().isEmpty()) {
      format(change, planned.next());
      return;
    }
    io.erase(
        planned.added().stream().map(this::bytes).toList(),
        result -> {
          if (result.isOk()) {
            hold(change, planned.next());
          } else {
            refuse(
                change,
                "its extents could not be zeroed (" + result.detail() + ")",
                "see to the disk, then try again");
          }
        });
  }

  private void format(Change change, VolumeGroup next) {
    devices.format(
        next,
        result -> {
          if (result.isOk()) {
            hold(change, next);
          } else {
            refuse(
                change,
                "its store could not be written (" + result.detail() + ")",
                "see to the disk, then try again");
          }
        });
  }

  private BlockRange bytes(VolumeGroup.Run run) {
    long extent = text.group().extentSizeBytes();
    return new BlockRange(
        ourVolume().extentStartBytes() + run.startExtent() * extent, run.extentCount() * extent);
  }

  private void hold(Change change, VolumeGroup next) {
    devices.hold(
        next,
        () -> {
          Optional<Refusal> refusal = change.lastCheck.get();
          if (refusal.isPresent()) {
            devices.adopt(text);
            finish(change, new VolumeResult.Refused(refusal.get()));
          } else {
            commit(change, next);
          }
        });
  }

  private void commit(Change change, VolumeGroup next) {
    GroupText after = textOf(next, change.description);
    store.commit(
        GroupWriter.bytes(after.root()),
        commit -> {
          switch (commit) {
            case Commit.Done() -> {
              text = after;
              devices.adopt(after);
              finish(change, new VolumeResult.Done(next.sequenceNumber()));
            }
            case Commit.Failed(String why, String action) -> {
              devices.adopt(text);
              refuse(change, why, action);
            }
            case Commit.Unknown(String why) -> {
              devices.adoptEither(text, after);
              finish(change, unknown(change, why));
            }
          }
        });
  }

  /// The tree to write, proved by reading it back: what goes to the disk says what the model says.
  private GroupText textOf(VolumeGroup next, String description) {
    var root = new GroupWriter(options).edited(text, next, description);
    String where = "new metadata text";
    try {
      GroupText after =
          GroupReader.read(
              where, ConfigParser.parse(where, GroupWriter.bytes(root)), physicalVolume);
      Check.that(after.group().equals(next), "the text says what the model says");
      Check.that(after.root().equals(root), "the text is read back as it was written");
      return after;
    } catch (DamagedException damaged) {
      throw new AssertionError("wrote a text that cannot be read", damaged);
    }
  }

  private static VolumeResult unknown(Change change, String why) {
    String what = change.what.replace(" was not ", " may not have been ");
    return new VolumeResult.Unknown(
        new Refusal(what, why, "see to the disk, then open the group again"));
  }

  private static VolumeResult refused(Change change, String why, String action) {
    return new VolumeResult.Refused(new Refusal(change.what, why, action));
  }

  private void refuse(Change change, String why, String action) {
    finish(change, refused(change, why, action));
  }

  private void finish(Change change, VolumeResult result) {
    changing = false;
    change.done.accept(result);
    if (closing.isPresent()) {
      closeDevices(closing.get());
    } else {
      loop.execute(this::startNext);
    }
  }

  @Override
  public Optional<BlockDevice> device(String name) {
    if (closing.isPresent()) {
      return Optional.empty();
    }
    return volumes().stream()
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .flatMap(devices::face)
        .map(BlockDevice.class::cast);
  }

  @Override
  public Serving serving(Volume volume) {
    return devices.serving(volume);
  }

  private PhysicalVolume ourVolume() {
    return text.group().physicalVolume(physicalVolume).orElseThrow();
  }

  @Override
  public void close(Completion done) {
    Check.that(closing.isEmpty(), "closed once");
    closing = Optional.of(done);
    waiting.forEach(change -> later(change, "the volume manager is closed", "open it again"));
    waiting.clear();
    if (!changing) {
      closeDevices(done);
    }
  }

  private void closeDevices(Completion done) {
    devices.close(() -> done.completed(IoResult.OK));
  }
}
