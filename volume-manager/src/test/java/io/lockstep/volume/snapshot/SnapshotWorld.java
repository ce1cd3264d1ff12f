package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.volume.Route;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A volume and its snapshots on a disk that can lose power, hosts that write and read all of them
/// at the same time, and a model of what each may show; in one thread, from one seed. It does by
/// hand what the engine does when a snapshot comes or goes: hold, change, go on.
final class SnapshotWorld {
  static final int CHUNK_BYTES = 4096;
  private static final int SECTOR = TornDisk.SECTOR_BYTES;
  private static final int TURNS_MAX = 1_000_000;

  final Counts counts = new Counts();
  private final SplittableRandom random;
  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private final int originBytes;
  private final int sectorCount;
  private final int sectorsWrittenMax;
  private final int storeBytes;
  private final TreeSet<Integer> freePlaces = new TreeSet<>();
  private final List<Kept> kept = new ArrayList<>();
  private SectorModel origin;
  private TornDisk disk;
  private VolumeDevice originFace;
  private @Nullable SnapshotMerge merge;
  private @Nullable Kept mergedFrom;
  private boolean allMoved;
  private long nextStamp = 1;

  /// How often what happened.
  static final class Counts {
    int snapshots;
    int losses;
    int powerCuts;
    int reads;
    int writes;
    int refusedWrites;
    int rollbacks;
    int rollbacksEnded;
    int powerCutsInRollbacks;
    int deletions;

    /// The most areas that a table had when the power went.
    int tableAreas;
  }

  /// @param originChunks size of the volume
  /// @param storeChunks room of each snapshot
  SnapshotWorld(long seed, int originChunks, int snapshotsMax, int storeChunks) {
    this.random = new SplittableRandom(seed);
    this.originBytes = originChunks * CHUNK_BYTES;
    this.sectorCount = originBytes / SECTOR;
    this.sectorsWrittenMax = Math.min(sectorCount / 8, 200);
    this.storeBytes = storeChunks * CHUNK_BYTES;
    this.origin = new SectorModel(new long[sectorCount]);
    byte[] old = new byte[originBytes + snapshotsMax * storeBytes];
    Arrays.fill(old, originBytes, old.length, (byte) 0xA5);
    this.disk = new TornDisk(loop, random, old);
    this.originFace = new VolumeDevice(Route.whole(originDevice()), loop, pool, false);
    for (int place = 0; place < snapshotsMax; place++) {
      freePlaces.add(place);
    }
  }

  /// A snapshot and what it should show.
  private final class Kept {
    private final int place;
    private final SectorModel model;
    private Snapshot snapshot;
    private VolumeDevice face;

    Kept(int place, SectorModel model, Snapshot snapshot) {
      this.place = place;
      this.model = model;
      this.snapshot = snapshot;
      this.face = face(snapshot);
    }

    Optional<String> lost() {
      return snapshot.status().state() instanceof SnapshotStatus.State.Lost(String why)
          ? Optional.of(why)
          : Optional.empty();
    }
  }

  private VolumeDevice face(Snapshot snapshot) {
    var device = new SnapshotDevice(snapshot, loop, pool);
    return new VolumeDevice(Route.whole(device), loop, pool, false);
  }

  private BlockDevice originDevice() {
    return raw(0, originBytes);
  }

  private BlockDevice storeDevice(int place) {
    return raw(originBytes + place * storeBytes, storeBytes);
  }

  private BlockDevice raw(int offset, int length) {
    var slice = new SliceDevice(disk, loop, new BlockRange(offset, length));
    return new VolumeDevice(Route.plain(slice, VolumeMap.whole(length)), loop, pool, false);
  }

  /// Something begins, and some time passes.
  void step() {
    switch (random.nextInt(40)) {
      case 0, 1 -> takeSnapshot();
      case 2 -> deleteSnapshot();
      case 3 -> rollBack();
      case 4 -> cutPower();
      case 5, 6, 7 -> flush();
      case 8, 9, 10, 11, 12, 13, 14 -> beginRead(anyVolume());
      case 15, 16, 17, 18 -> beginWrite(anyVolume());
      default -> beginWrite(-1);
    }
    if (random.nextInt(3) > 0) {
      loop.advance(random.nextInt(2500));
    }
    if (allMoved) {
      endRollback();
    }
  }

  /// The origin is -1; what is being rolled back to is no volume of its own.
  private int anyVolume() {
    int index = random.nextInt(kept.size() + 1) - 1;
    return index >= 0 && kept.get(index) == mergedFrom ? -1 : index;
  }

  private void beginWrite(int index) {
    @Nullable Kept target = index < 0 ? null : kept.get(index);
    VolumeDevice face = target == null ? originFace : target.face;
    int count = 1 + random.nextInt(sectorsWrittenMax);
    int first = random.nextInt(sectorCount - count + 1);
    boolean zeroes = random.nextInt(6) == 0;
    Durability durability = random.nextInt(6) == 0 ? Durability.FUA : Durability.WRITE_BACK;
    long[] stamps = new long[count];
    if (!zeroes) {
      Arrays.setAll(stamps, _ -> nextStamp++);
    }
    var change = (target == null ? origin : target.model).begins(first, stamps);
    Completion ended = result -> writeEnded(target, change, durability, result);
    long offset = (long) first * SECTOR;
    if (!zeroes) {
      face.write(offset, bytes(stamps), durability, ended);
    } else if (face.limits().discardZeroes() && random.nextBoolean()) {
      face.discard(offset, (long) count * SECTOR, durability, ended);
    } else {
      face.writeZeroes(offset, (long) count * SECTOR, durability, ended);
    }
  }

  private void writeEnded(
      @Nullable Kept target, SectorModel.Change change, Durability durability, IoResult result) {
    counts.writes++;
    if (result.isOk()) {
      change.completed(durability == Durability.FUA);
    } else {
      counts.refusedWrites++;
      change.refused();
      boolean allowed =
          target != null
              && (target.lost().isPresent() || result.reason() == IoResult.Reason.NO_SPACE);
      Check.that(allowed, "the origin never suffers: " + result.detail());
    }
  }

  private static ByteBuffer bytes(long[] stamps) {
    ByteBuffer bytes = BufferPool.allocate(stamps.length * SECTOR);
    for (int at = 0; at < bytes.limit(); at += Long.BYTES) {
      bytes.putLong(at, stamps[at / SECTOR]);
    }
    return bytes;
  }

  private static long[] stamps(ByteBuffer bytes) {
    long[] stamps = new long[bytes.limit() / SECTOR];
    for (int at = 0; at < bytes.limit(); at += Long.BYTES) {
      long stamp = bytes.getLong(at);
      Check.that(at % SECTOR == 0 || stamps[at / SECTOR] == stamp, "a whole sector", at, stamp);
      stamps[at / SECTOR] = stamp;
    }
    return stamps;
  }

  private void beginRead(int index) {
    @Nullable Kept target = index < 0 ? null : kept.get(index);
    VolumeDevice face = target == null ? originFace : target.face;
    SectorModel model = target == null ? origin : target.model;
    int count = 1 + random.nextInt(sectorsWrittenMax);
    int first = random.nextInt(sectorCount - count + 1);
    SectorModel.Look look = model.readBegins(first, count);
    ByteBuffer bytes = BufferPool.allocate(count * SECTOR);
    String where = target == null ? "origin" : "snapshot " + target.place;
    face.read(
        (long) first * SECTOR,
        bytes,
        result -> {
          if (result.isOk()) {
            counts.reads++;
            model.readEnds(look, stamps(bytes), where);
          } else {
            Check.that(target != null && target.lost().isPresent(), where + ": " + result);
          }
        });
  }

  /// Every volume lies on the one disk: a flush of one is a flush of all.
  private void flush() {
    List<Runnable> settling = flushBegins();
    originFace.flush(result -> settling.forEach(Runnable::run));
  }

  private List<Runnable> flushBegins() {
    List<Runnable> settling = new ArrayList<>(List.of(origin.flushBegins()));
    kept.forEach(one -> settling.add(one.model.flushBegins()));
    return settling;
  }

  /// All volumes stand still, all that was written is stable.
  private void holdAll() {
    await(originFace::hold);
    for (Kept one : kept) {
      if (one != mergedFrom) {
        await(one.face::hold);
      }
    }
    if (merge != null) {
      await(merge::stop);
      merge = null;
    }
    List<Runnable> settling = flushBegins();
    await(done -> originDevice().flush(result -> done.run()));
    settling.forEach(Runnable::run);
  }

  private void goOn() {
    List<Snapshot> others =
        kept.stream().filter(one -> one != mergedFrom).map(one -> one.snapshot).toList();
    var gate = new Origin(loop, others);
    @Nullable Kept from = mergedFrom;
    if (from == null) {
      VolumeMap map = VolumeMap.whole(originBytes);
      originFace.resume(new Route(originDevice(), map, Optional.of(gate)));
    } else {
      var merged = new MergedDevice(from.snapshot, gate, loop, pool);
      originFace.resume(Route.whole(merged));
      merge = new SnapshotMerge(from.snapshot, merged, loop, () -> allMoved = true);
      merge.start();
    }
    for (Kept one : kept) {
      if (one != mergedFrom) {
        one.face.resume(Route.whole(new SnapshotDevice(one.snapshot, loop, pool)));
      }
    }
  }

  private void takeSnapshot() {
    if (freePlaces.isEmpty() || mergedFrom != null) {
      return;
    }
    int place = freePlaces.removeFirst();
    BlockDevice store = storeDevice(place);
    await(done -> Snapshot.format(store, pool, CHUNK_BYTES, result -> done.run()));
    holdAll();
    var snapshot =
        Snapshot.fresh(
            new Snapshot.Devices(originDevice(), store),
            new Means(pool, new ChunkBudget()),
            CHUNK_BYTES,
            originBytes);
    var taken = new Kept(place, new SectorModel(origin.last()), snapshot);
    await(taken.face::hold);
    kept.add(taken);
    counts.snapshots++;
    goOn();
  }

  private void deleteSnapshot() {
    if (kept.isEmpty() || mergedFrom != null) {
      return;
    }
    holdAll();
    Kept gone = kept.remove(random.nextInt(kept.size()));
    counts.losses += gone.lost().isPresent() ? 1 : 0;
    gone.face.end();
    freePlaces.add(gone.place);
    counts.deletions++;
    goOn();
  }

  private void rollBack() {
    if (mergedFrom != null) {
      return;
    }
    holdAll();
    List<Kept> whole = kept.stream().filter(one -> one.lost().isEmpty()).toList();
    if (whole.isEmpty()) {
      goOn();
      return;
    }
    Kept from = whole.get(random.nextInt(whole.size()));
    mergedFrom = from;
    from.face.end();
    origin = new SectorModel(from.model.last());
    counts.rollbacks++;
    goOn();
  }

  private void endRollback() {
    Kept from = Check.present(mergedFrom, "a rollback");
    holdAll();
    allMoved = false;
    mergedFrom = null;
    kept.remove(from);
    freePlaces.add(from.place);
    counts.rollbacksEnded++;
    goOn();
  }

  /// The node starts again, from what the disk holds.
  private void cutPower() {
    byte[] left = disk.cutPower();
    counts.powerCuts++;
    counts.powerCutsInRollbacks += mergedFrom == null ? 0 : 1;
    merge = null;
    allMoved = false;
    disk = new TornDisk(loop, random, left);
    originFace = new VolumeDevice(Route.whole(originDevice()), loop, pool, false);
    await(originFace::hold);
    for (Kept one : kept) {
      int areas = 1 + one.snapshot.changedChunks().length / (CHUNK_BYTES / 16);
      counts.tableAreas = Math.max(counts.tableAreas, areas);
      BlockDevice store = storeDevice(one.place);
      Consumer<Consumer<Snapshot>> open =
          done ->
              Snapshot.open(
                  new Snapshot.Devices(originDevice(), store),
                  new Means(pool, new ChunkBudget()),
                  CHUNK_BYTES,
                  originBytes,
                  done);
      await(
          done ->
              open.accept(
                  snapshot -> {
                    one.snapshot = snapshot;
                    done.run();
                  }));
      one.face = face(one.snapshot);
      if (one != mergedFrom) {
        await(one.face::hold);
      }
    }
    goOn();
    checkAll();
  }

  private void checkAll() {
    origin.cutPower(all(originFace).orElseThrow(), "origin");
    for (Kept one : List.copyOf(kept)) {
      if (one != mergedFrom && one.lost().isEmpty()) {
        // A rollback that goes on may fill another snapshot's room meanwhile.
        Optional<long[]> seen = all(one.face);
        Check.that(seen.isPresent() || one.lost().isPresent(), "a whole snapshot is read");
        seen.ifPresent(stamps -> one.model.cutPower(stamps, "snapshot " + one.place));
      }
    }
  }

  /// The end of a history: all that is under way ends, and everything is what it should be.
  void end() {
    loop.advance(60_000_000_000L);
    if (allMoved) {
      endRollback();
    }
    for (Kept one : kept) {
      counts.losses += one.lost().isPresent() ? 1 : 0;
    }
    List<Runnable> settling = flushBegins();
    await(done -> originFace.flush(result -> done.run()));
    settling.forEach(Runnable::run);
    checkAll();
    cutPower();
    Check.that(pool.borrowedBytes() >= 0, "buffers");
  }

  private Optional<long[]> all(VolumeDevice face) {
    long[] all = new long[sectorCount];
    boolean[] failed = {false};
    int pieceMax = face.limits().transferBytesMax();
    for (int done = 0; done < originBytes; done += pieceMax) {
      ByteBuffer piece = BufferPool.allocate(Math.min(pieceMax, originBytes - done));
      long offset = done;
      Consumer<Runnable> reading =
          ended ->
              face.read(
                  offset,
                  piece,
                  result -> {
                    failed[0] |= !result.isOk();
                    ended.run();
                  });
      await(reading);
      System.arraycopy(stamps(piece), 0, all, done / SECTOR, piece.limit() / SECTOR);
    }
    return failed[0] ? Optional.empty() : Optional.of(all);
  }

  private void await(Consumer<Runnable> call) {
    boolean[] done = {false};
    call.accept(() -> done[0] = true);
    loop.runUntil(() -> done[0], TURNS_MAX);
  }
}
