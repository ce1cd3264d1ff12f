package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.volume.Route;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeMap;
import io.lockstep.volume.embedded.OpenOrigin.Part;
import io.lockstep.volume.snapshot.ChunkBudget;
import io.lockstep.volume.snapshot.Means;
import io.lockstep.volume.snapshot.Snapshot;
import io.lockstep.volume.snapshot.SnapshotDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The devices of an open group: one face for each volume, which follows its volume through every
/// change of the group; and of the volumes that have snapshots what keeps them ([OpenOrigin]).
///
/// A change of the group comes in two steps. [#hold] keeps the requests of every volume back whose
/// bytes or whose snapshots it changes, until those under way have ended; then the metadata is
/// committed, and [#adopt] lets all go on as the committed group says. Belongs to the engine's
/// loop.
final class GroupDevices {
  private final BlockDevice space;
  private final Loop loop;
  private final BufferPool pool;
  private final Means means;
  private final String physicalVolume;
  private final Consumer<String> allMoved;
  private final Map<String, VolumeDevice> faces = new HashMap<>();

  /// The bytes of origins and stores, past everybody who holds or keeps them, by UUID.
  private final Map<String, VolumeDevice> bytes = new HashMap<>();

  private final Map<String, Snapshot> snapshots = new HashMap<>();
  private final Map<String, OpenOrigin> origins = new HashMap<>();

  /// Snapshots whose tables are longer than is read here.
  private final Set<String> tooLong = new HashSet<>();

  /// Volumes of which a commit with an unknown outcome may have made something else.
  private final Set<String> uncertain = new HashSet<>();

  private GroupText text;

  /// What the group stands on.
  ///
  /// @param space the PV
  /// @param pool of the loop
  record Ground(BlockDevice space, Loop loop, BufferPool pool) {}

  private GroupDevices(
      Ground ground, String physicalVolume, GroupText text, Consumer<String> allMoved) {
    this.space = ground.space;
    this.loop = ground.loop;
    this.pool = ground.pool;
    this.means = new Means(pool, new ChunkBudget());
    this.physicalVolume = physicalVolume;
    this.text = text;
    this.allMoved = allMoved;
  }

  /// Opens the stores of all snapshots, one after another.
  ///
  /// @param allMoved told the UUID of a snapshot to which its origin has been put back
  static void open(
      Ground ground,
      String physicalVolume,
      GroupText text,
      Consumer<String> allMoved,
      Consumer<GroupDevices> done) {
    var devices = new GroupDevices(ground, physicalVolume, text, allMoved);
    List<Volume> stores = text.group().volumes().stream().filter(devices::isKept).toList();
    devices.openNext(stores.iterator(), () -> done.accept(devices));
  }

  private void openNext(Iterator<Volume> stores, Runnable done) {
    if (!stores.hasNext()) {
      arrange();
      done.run();
      return;
    }
    Volume store = stores.next();
    SnapshotOf of = store.snapshotOf().orElseThrow();
    Snapshot.open(
        new Snapshot.Devices(bytesOf(originOf(store)), bytesOf(store)),
        means,
        of.chunkBytes(),
        of.sizeBytes(),
        snapshot -> {
          if (snapshot.isTooLong()) {
            snapshot.forget();
            tooLong.add(store.uuid());
          } else {
            snapshots.put(store.uuid(), snapshot);
          }
          openNext(stores, done);
        });
  }

  private Volume originOf(Volume store) {
    return originOf(text.group(), store);
  }

  private static Volume originOf(VolumeGroup group, Volume store) {
    return group.volumeByUuid(store.snapshotOf().orElseThrow().originUuid()).orElseThrow();
  }

  /// Whether a volume is a snapshot that this engine keeps: it writes the origin, and both lie
  /// here.
  private boolean isKept(Volume volume) {
    return volume.snapshotOf().isPresent()
        && !tooLong.contains(volume.uuid())
        && isWritten(originOf(volume))
        && map(volume).isPresent();
  }

  private boolean isWritten(Volume origin) {
    return text.serving(origin, physicalVolume, blockBytes()) instanceof Serving.ReadWrite;
  }

  private int blockBytes() {
    return space.limits().logicalBlockBytes();
  }

  private VolumeDevice bytesOf(Volume volume) {
    return bytes.computeIfAbsent(
        volume.uuid(),
        _ -> {
          Route route = Route.plain(space, map(volume).orElseThrow());
          return new VolumeDevice(route, loop, pool, false);
        });
  }

  private Optional<VolumeMap> map(Volume volume) {
    return text.map(volume, physicalVolume);
  }

  /// What is done with a volume's data: what the metadata says, and what became of its snapshots.
  Serving serving(Volume volume) {
    Serving serving = text.serving(volume, physicalVolume, blockBytes());
    if (serving instanceof Serving.Not) {
      return serving;
    }
    if (uncertain.contains(volume.uuid())) {
      return new Serving.Not("whether it was changed shows when the group is opened again");
    }
    if (volume.snapshotOf().isPresent()) {
      return snapshotServing(volume, serving);
    }
    for (Volume store : text.group().snapshotsOf(volume.uuid())) {
      @Nullable Snapshot snapshot = snapshots.get(store.uuid());
      boolean rollingBack = store.snapshotOf().orElseThrow().rollingBack();
      if (snapshot == null) {
        return rollingBack
            ? new Serving.Not("it is being put back to snapshot " + store.name())
            : readOnly(serving, "its snapshot " + store.name() + " could not be kept");
      }
      if (rollingBack && snapshot.status().state() instanceof SnapshotStatus.State.Lost(var why)) {
        return new Serving.Not(
            "it was being put back to snapshot %s, which is lost: %s".formatted(store.name(), why));
      }
    }
    return serving;
  }

  private static Serving readOnly(Serving serving, String why) {
    return serving instanceof Serving.ReadWrite ? new Serving.ReadOnly(why) : serving;
  }

  private Serving snapshotServing(Volume store, Serving serving) {
    @Nullable Snapshot snapshot = snapshots.get(store.uuid());
    if (snapshot == null) {
      return new Serving.Not(
          tooLong.contains(store.uuid())
              ? "its table is longer than is read here"
              : "its origin is not written here");
    }
    if (store.snapshotOf().orElseThrow().rollingBack()) {
      return new Serving.Not("volume " + originOf(store).name() + " is being put back to it");
    }
    return snapshot.status().state() instanceof SnapshotStatus.State.Lost(String why)
        ? new Serving.Not("it is lost: " + why)
        : serving;
  }

  Optional<SnapshotStatus> status(Volume volume) {
    @Nullable Snapshot snapshot = snapshots.get(volume.uuid());
    if (snapshot == null) {
      return Optional.empty();
    }
    if (!volume.snapshotOf().orElseThrow().rollingBack()) {
      return Optional.of(snapshot.status());
    }
    OpenOrigin origin = origins.get(originOf(volume).uuid());
    return origin == null ? Optional.of(snapshot.status()) : origin.rollbackStatus();
  }

  /// The face of a volume, if it is served.
  Optional<VolumeDevice> face(Volume volume) {
    @Nullable VolumeDevice open = faces.get(volume.uuid());
    if (open != null && !open.isClosed()) {
      return Optional.of(open);
    }
    Serving serving = serving(volume);
    if (serving instanceof Serving.Not) {
      return Optional.empty();
    }
    Optional<VolumeDevice> made =
        route(volume)
            .map(route -> new VolumeDevice(route, loop, pool, serving instanceof Serving.ReadOnly));
    made.ifPresent(face -> faces.put(volume.uuid(), face));
    return made;
  }

  private Optional<Route> route(Volume volume) {
    if (volume.snapshotOf().isPresent()) {
      return Optional.ofNullable(snapshots.get(volume.uuid()))
          .filter(_ -> !volume.snapshotOf().get().rollingBack())
          .map(snapshot -> Route.whole(new SnapshotDevice(snapshot, loop, pool)));
    }
    @Nullable OpenOrigin origin = origins.get(volume.uuid());
    return map(volume)
        .map(map -> origin == null ? Route.plain(space, map) : origin.route(space, map));
  }

  /// Writes the heads of the stores that `next` adds, one after another; ends at the first error.
  void format(VolumeGroup next, Consumer<IoResult> done) {
    List<Volume> added =
        next.volumes().stream()
            .filter(volume -> volume.snapshotOf().isPresent())
            .filter(volume -> text.group().volumeByUuid(volume.uuid()).isEmpty())
            .toList();
    Check.that(added.size() <= 1, "one store at a time", added.size(), 1);
    if (added.isEmpty()) {
      done.accept(IoResult.OK);
      return;
    }
    Volume store = added.getFirst();
    var map =
        VolumeMap.of(
                store, next.physicalVolume(physicalVolume).orElseThrow(), next.extentSizeBytes())
            .orElseThrow();
    var device = new VolumeDevice(Route.plain(space, map), loop, pool, false);
    Snapshot.format(device, pool, store.snapshotOf().orElseThrow().chunkBytes(), done::accept);
  }

  /// Keeps the requests of all volumes back that `next` changes under them.
  ///
  /// @param held runs in this turn or a later one, when none of their requests runs any more
  void hold(VolumeGroup next, Runnable held) {
    Set<String> changing = new HashSet<>();
    for (Volume volume : text.group().volumes()) {
      if (losesExtents(volume, next)
          || losesItsDisk(volume, next)
          || !sameSnapshots(volume, next)) {
        changing.add(volume.uuid());
      }
    }
    int[] left = {1};
    Runnable one =
        () -> {
          left[0]--;
          if (left[0] == 0) {
            held.run();
          }
        };
    for (Volume volume : text.group().volumes()) {
      if (changing.contains(volume.uuid()) && volume.access() != Volume.Access.INTERNAL) {
        Optional<VolumeDevice> face = face(volume);
        left[0] += face.isPresent() ? 1 : 0;
        face.ifPresent(device -> device.hold(one));
        @Nullable OpenOrigin origin = origins.remove(volume.uuid());
        if (origin != null) {
          left[0]++;
          origin.stop(one, loop);
        }
      }
    }
    one.run();
  }

  private static boolean losesExtents(Volume volume, VolumeGroup next) {
    return next.volumeByUuid(volume.uuid())
        .map(after -> after.sizeBytes() < volume.sizeBytes())
        .orElse(true);
  }

  /// Whether a snapshot is deleted, or its origin is put back to it from now on.
  private static boolean losesItsDisk(Volume volume, VolumeGroup next) {
    Optional<SnapshotOf> after = next.volumeByUuid(volume.uuid()).flatMap(Volume::snapshotOf);
    return volume.snapshotOf().isPresent() && !after.equals(volume.snapshotOf());
  }

  private boolean sameSnapshots(Volume volume, VolumeGroup next) {
    return keys(text.group(), volume).equals(keys(next, volume));
  }

  private static List<String> keys(VolumeGroup group, Volume origin) {
    return group.snapshotsOf(origin.uuid()).stream()
        .map(store -> store.uuid() + store.snapshotOf().orElseThrow().rollingBack())
        .toList();
  }

  /// Lets all go on as `next` says, which is in force.
  void adopt(GroupText next) {
    text = next;
    for (Map.Entry<String, VolumeDevice> entry : bytes.entrySet()) {
      next.group()
          .volumeByUuid(entry.getKey())
          .flatMap(this::map)
          .ifPresent(map -> entry.getValue().follow(Route.plain(space, map)));
    }
    arrange();
    faces.values().removeIf(VolumeDevice::isClosed);
    for (Map.Entry<String, VolumeDevice> entry : Map.copyOf(faces).entrySet()) {
      adopt(entry.getKey(), entry.getValue());
    }
    Set<String> used = new HashSet<>(origins.keySet());
    next.group().volumes().stream().filter(this::isKept).forEach(store -> used.add(store.uuid()));
    for (String uuid : Set.copyOf(snapshots.keySet())) {
      if (!used.contains(uuid)) {
        Check.present(snapshots.remove(uuid), "a snapshot").forget();
      }
    }
    bytes.keySet().retainAll(used);
  }

  /// After a commit of which nobody knows whether it is in force: what goes on must be true of both
  /// groups until the group is opened again. Nothing is committed any more until then, so a
  /// snapshot that may be gone is kept on in extents that nobody else gets; a volume that may be
  /// put back to one ends.
  void adoptEither(GroupText before, GroupText next) {
    List<Volume> changed =
        before.group().volumes().stream()
            .filter(volume -> volume.snapshotOf().isPresent())
            .filter(volume -> losesItsDisk(volume, next.group()))
            .toList();
    for (Volume snapshot : changed) {
      endAsUncertain(snapshot.uuid());
      boolean mayBeginRollback = next.group().volumeByUuid(snapshot.uuid()).isPresent();
      if (mayBeginRollback) {
        endAsUncertain(snapshot.snapshotOf().orElseThrow().originUuid());
      }
    }
    adopt(changed.isEmpty() ? next : before);
  }

  private void endAsUncertain(String uuid) {
    uncertain.add(uuid);
    @Nullable VolumeDevice face = faces.remove(uuid);
    if (face != null && face.isHeld()) {
      face.end();
    }
  }

  /// Ends the moving and all faces; requests under way end first.
  void close(Runnable closed) {
    List<VolumeDevice> open = new ArrayList<>(faces.values());
    open.removeIf(VolumeDevice::isClosed);
    faces.clear();
    int[] left = {1 + open.size() + origins.size()};
    Runnable one =
        () -> {
          left[0]--;
          if (left[0] == 0) {
            closed.run();
          }
        };
    origins.values().forEach(origin -> origin.stop(one, loop));
    origins.clear();
    open.forEach(face -> face.close(_ -> one.run()));
    loop.execute(one);
  }

  private void adopt(String uuid, VolumeDevice face) {
    Optional<Route> route = text.group().volumeByUuid(uuid).flatMap(this::route);
    if (route.isEmpty()) {
      face.end();
      faces.remove(uuid);
    } else if (face.isHeld()) {
      face.resume(route.get());
    } else if (text.group().volumeByUuid(uuid).orElseThrow().snapshotOf().isEmpty()) {
      face.extend(route.get());
    }
  }

  /// Makes what keeps snapshots anew where there are others than before.
  private void arrange() {
    for (Volume volume : text.group().volumes()) {
      List<Part> parts = parts(volume);
      @Nullable OpenOrigin present = origins.get(volume.uuid());
      if (parts.isEmpty()) {
        origins.remove(volume.uuid());
      } else if (present == null || !present.has(parts)) {
        Optional<Part> target = parts.stream().filter(Part::rollingBack).findFirst();
        Runnable moved = () -> target.ifPresent(part -> allMoved.accept(part.uuid()));
        var origin = new OpenOrigin(parts, loop, pool, moved);
        origins.put(volume.uuid(), origin);
        origin.start();
      }
    }
    origins.keySet().removeIf(uuid -> text.group().volumeByUuid(uuid).isEmpty());
  }

  /// The snapshots of a volume that are kept; one that is new was formatted before the commit.
  private List<Part> parts(Volume origin) {
    List<Part> parts = new ArrayList<>();
    for (Volume store : text.group().snapshotsOf(origin.uuid())) {
      if (isKept(store)) {
        SnapshotOf of = store.snapshotOf().orElseThrow();
        Snapshot snapshot =
            snapshots.computeIfAbsent(
                store.uuid(),
                _ ->
                    Snapshot.fresh(
                        new Snapshot.Devices(bytesOf(origin), bytesOf(store)),
                        means,
                        of.chunkBytes(),
                        of.sizeBytes()));
        parts.add(new Part(store.uuid(), of.rollingBack(), snapshot));
      }
    }
    return parts;
  }
}
