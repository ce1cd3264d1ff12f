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
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeMap;
import io.lockstep.volume.VolumeName;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.MetadataStore.Commit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The engine that reads and writes LVM2's format itself.
///
/// One change runs at a time, in this order:
///
/// ```
/// plan (pure) → extents it takes are made to read as zeroes → a volume that loses extents is held
/// until its running requests have ended → commit → the volume goes on with its new map
/// ```
///
/// A volume therefore never shows what a deleted one left behind, and no request of an old owner
/// reaches an extent of a new one. A crash in between leaves zeroes in free extents, nothing else.
/// Zeroing is a discard where the device below offers it, and costs a file or an SSD little; where
/// it must write zeroes, creating takes as long as that does.
///
/// All fields belong to the loop.
final class EmbeddedEngine implements VolumeEngine {
  private final BlockDevice space;
  private final Loop loop;
  private final BufferPool pool;
  private final EngineOptions options;
  private final SpaceIo io;
  private final MetadataStore store;
  private final String physicalVolume;
  private final ArrayDeque<Change> waiting = new ArrayDeque<>();
  private final Map<String, VolumeDevice> devicesByUuid = new HashMap<>();

  private GroupText text;
  private boolean changing;
  private Optional<Completion> closing = Optional.empty();

  private EmbeddedEngine(
      BlockDevice space,
      Loop loop,
      BufferPool pool,
      EngineOptions options,
      FoundSpace.Group found) {
    this.space = space;
    this.loop = loop;
    this.pool = pool;
    this.options = options;
    this.io = new SpaceIo(space, pool);
    this.store = new MetadataStore(io, found.header());
    this.physicalVolume = found.label().uuid();
    this.text = found.text();
  }

  /// A change that waits or runs.
  ///
  /// @param what the beginning of a refusal: "Volume vm1 was not created"
  /// @param description who wrote the metadata, for people who read it
  /// @param plan the next group
  private record Change(
      String what,
      String description,
      Function<VolumeGroup, GroupChange> plan,
      Consumer<VolumeResult> done) {}

  /// See [EmbeddedEngines#open].
  static void open(
      BlockDevice space,
      Loop loop,
      BufferPool pool,
      EngineOptions options,
      Consumer<OpenResult> done) {
    SpaceIo io = new SpaceIo(space, pool);
    Consumer<FoundSpace> formatted =
        found -> done.accept(opened(space, loop, pool, options, found));
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

  private static OpenResult opened(
      BlockDevice space, Loop loop, BufferPool pool, EngineOptions options, FoundSpace found) {
    return switch (found) {
      case FoundSpace.Group group ->
          new OpenResult.Ready(new EmbeddedEngine(space, loop, pool, options, group));
      case FoundSpace.Refused(Refusal refusal) -> new OpenResult.Refused(refusal);
      case FoundSpace.Blank() -> throw new AssertionError("still blank after formatting");
      case FoundSpace.Orphan orphan ->
          throw new AssertionError("no group after formatting " + orphan);
    };
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
            group -> GroupChange.create(group, name, uuid.get(), sizeBytes),
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
            group -> GroupChange.resize(group, name, sizeBytes, shrinkAllowed),
            done));
  }

  @Override
  public void rename(String name, String newName, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not renamed",
            "Volume " + name + " renamed.",
            group -> GroupChange.rename(group, name, newName),
            done));
  }

  @Override
  public void delete(String name, Consumer<VolumeResult> done) {
    submit(
        new Change(
            "Volume " + VolumeName.shown(name) + " was not deleted",
            "Volume " + name + " deleted.",
            group -> GroupChange.delete(group, name),
            done));
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
      holdLosers(change, planned.next());
      return;
    }
    io.erase(
        planned.added().stream().map(this::bytes).toList(),
        result -> {
          if (result.isOk()) {
            holdLosers(change, planned.next());
          } else {
            refuse(
                change,
                "its extents could not be zeroed (" + result.detail() + ")",
                "see to the disk, then try again");
          }
        });
  }

  private BlockRange bytes(VolumeGroup.Run run) {
    long extent = text.group().extentSizeBytes();
    return new BlockRange(
        ourVolume().extentStartBytes() + run.startExtent() * extent, run.extentCount() * extent);
  }

  /// Holds the device of the volume that loses extents, if there is one; a change has at most one.
  /// The device is made if need be, so that one asked for from now on is held too.
  private void holdLosers(Change change, VolumeGroup next) {
    Optional<VolumeDevice> loser =
        volumes().stream()
            .filter(volume -> losesExtents(volume, next))
            .findFirst()
            .flatMap(this::openDevice);
    if (loser.isPresent()) {
      loser.get().hold(() -> commit(change, next));
    } else {
      commit(change, next);
    }
  }

  private static boolean losesExtents(Volume volume, VolumeGroup next) {
    return next.volumeByUuid(volume.uuid())
        .map(after -> after.sizeBytes() < volume.sizeBytes())
        .orElse(true);
  }

  private void commit(Change change, VolumeGroup next) {
    GroupText after = textOf(next, change.description);
    store.commit(
        GroupWriter.bytes(after.root()),
        commit -> {
          switch (commit) {
            case Commit.Done() -> {
              text = after;
              adoptMaps(next, false);
              finish(change, new VolumeResult.Done(next.sequenceNumber()));
            }
            case Commit.Failed(String why, String action) -> {
              adoptMaps(text.group(), false);
              refuse(change, why, action);
            }
            case Commit.Unknown(String why) -> {
              adoptMaps(next, true);
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

  /// Brings the devices in line with `group`.
  ///
  /// @param heldOnly after a commit with unknown outcome: whoever was to lose extents loses them,
  ///     for they may be gone; nobody else changes
  private void adoptMaps(VolumeGroup group, boolean heldOnly) {
    devicesByUuid.values().removeIf(VolumeDevice::isClosed);
    for (Map.Entry<String, VolumeDevice> entry : Map.copyOf(devicesByUuid).entrySet()) {
      VolumeDevice device = entry.getValue();
      if (heldOnly && !device.isHeld()) {
        continue;
      }
      Optional<VolumeMap> map = group.volumeByUuid(entry.getKey()).flatMap(this::map);
      if (map.isEmpty()) {
        device.end();
        devicesByUuid.remove(entry.getKey());
      } else if (device.isHeld()) {
        device.resume(map.get());
      } else {
        device.extend(map.get());
      }
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
        .flatMap(this::openDevice)
        .map(BlockDevice.class::cast);
  }

  @Override
  public Serving serving(Volume volume) {
    return text.serving(volume, physicalVolume, io.blockBytes());
  }

  private Optional<VolumeDevice> openDevice(Volume volume) {
    VolumeDevice open = devicesByUuid.get(volume.uuid());
    if (open != null && !open.isClosed()) {
      return Optional.of(open);
    }
    Optional<VolumeDevice> made =
        switch (serving(volume)) {
          case Serving.ReadWrite() -> map(volume).map(map -> device(map, false));
          case Serving.ReadOnly _ -> map(volume).map(map -> device(map, true));
          case Serving.Not _ -> Optional.empty();
        };
    made.ifPresent(device -> devicesByUuid.put(volume.uuid(), device));
    return made;
  }

  private VolumeDevice device(VolumeMap map, boolean readOnly) {
    return new VolumeDevice(space, loop, pool, map, readOnly);
  }

  private Optional<VolumeMap> map(Volume volume) {
    return text.map(volume, physicalVolume);
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
    List<VolumeDevice> open = new ArrayList<>(devicesByUuid.values());
    open.removeIf(VolumeDevice::isClosed);
    devicesByUuid.clear();
    if (open.isEmpty()) {
      loop.execute(() -> done.completed(IoResult.OK));
      return;
    }
    int[] left = {open.size()};
    for (VolumeDevice device : open) {
      device.close(
          result -> {
            left[0]--;
            if (left[0] == 0) {
              done.completed(IoResult.OK);
            }
          });
    }
  }
}
