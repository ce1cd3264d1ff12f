package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.filter.Filter;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.volume.Route;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class SnapshotLimitsTest {
  private static final int CHUNK_BYTES = 4096;
  private static final int SIZE_BYTES = 400 * CHUNK_BYTES;
  private static final int STORE_BYTES = 500 * CHUNK_BYTES;
  private static final long TURNS_MAX = 1_000_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, SIZE_BYTES + STORE_BYTES, 512, 4096), loop);
  private final BlockDevice store = slice(SIZE_BYTES, STORE_BYTES);

  private BlockDevice slice(int offset, int length) {
    return new SliceDevice(disk, loop, new BlockRange(offset, length));
  }

  private Snapshot taken(BlockDevice origin) {
    assertThat(io(done -> Snapshot.format(store, pool, CHUNK_BYTES, done::accept)).isOk()).isTrue();
    return Snapshot.fresh(
        new Snapshot.Devices(origin, store),
        new Means(pool, new ChunkBudget()),
        CHUNK_BYTES,
        SIZE_BYTES);
  }

  private VolumeDevice face(BlockDevice origin, Snapshot snapshot) {
    var gate = new Origin(loop, List.of(snapshot));
    var route = new Route(origin, VolumeMap.whole(SIZE_BYTES), Optional.of(gate));
    return new VolumeDevice(route, loop, pool, false);
  }

  private IoResult io(Consumer<Consumer<IoResult>> work) {
    var results = new ArrayList<IoResult>();
    work.accept(results::add);
    loop.runUntil(() -> !results.isEmpty(), TURNS_MAX);
    return results.getFirst();
  }

  /// Counts the reads of the origin that are under way.
  private static final class Reading extends Filter {
    private int underWay;
    private int most;

    Reading(BlockDevice next) {
      super(next);
    }

    @Override
    public void read(long offset, ByteBuffer target, Completion completion) {
      underWay++;
      most = Math.max(most, underWay);
      next.read(
          offset,
          target,
          result -> {
            underWay--;
            completion.completed(result);
          });
    }
  }

  @Test
  void aLongChangeIsKeptAWindowAtATime() {
    var origin = new Reading(slice(0, SIZE_BYTES));
    Snapshot snapshot = taken(origin);
    VolumeDevice face = face(origin, snapshot);

    IoResult result =
        io(done -> face.writeZeroes(0, SIZE_BYTES, Durability.WRITE_BACK, done::accept));

    assertThat(result.isOk()).isTrue();
    assertThat(snapshot.changedChunks()).hasSize(400);
    assertThat(origin.most).isEqualTo(Snapshot.COPIES_MAX);
    assertThat(pool.borrowedBytes()).isZero();
  }

  /// Writes down what reaches the disk.
  private static final class Log extends Filter {
    private final List<String> seen = new ArrayList<>();

    Log(BlockDevice next) {
      super(next);
    }

    @Override
    public void read(long offset, ByteBuffer target, Completion completion) {
      seen.add("read " + offset + " " + target.remaining());
      next.read(offset, target, completion);
    }

    @Override
    public void write(long offset, ByteBuffer source, Durability durability, Completion done) {
      seen.add("write " + offset + " " + source.remaining() + " " + durability);
      next.write(offset, source, durability, done);
    }

    @Override
    public void flush(Completion completion) {
      seen.add("flush");
      next.flush(completion);
    }

    List<String> take() {
      List<String> taken = List.copyOf(seen);
      seen.clear();
      return taken;
    }
  }

  /// What an administrator is told of the price of a snapshot, in I/Os of one disk.
  @Test
  void theFirstWriteToAChunkCostsACopyAndEachLaterOneNothing() {
    var log = new Log(disk);
    BlockDevice origin = new SliceDevice(log, loop, new BlockRange(0, SIZE_BYTES));
    BlockDevice keeps = new SliceDevice(log, loop, new BlockRange(SIZE_BYTES, STORE_BYTES));
    assertThat(io(done -> Snapshot.format(keeps, pool, CHUNK_BYTES, done::accept)).isOk()).isTrue();
    var devices = new Snapshot.Devices(origin, keeps);
    VolumeDevice face =
        face(
            origin,
            Snapshot.fresh(devices, new Means(pool, new ChunkBudget()), CHUNK_BYTES, SIZE_BYTES));
    log.take();
    ByteBuffer bytes = BufferPool.allocate(512);

    write(face, 8192 + 512, bytes);
    assertThat(log.take())
        .containsExactly(
            "read 8192 4096",
            "write " + (SIZE_BYTES + 2 * CHUNK_BYTES) + " 4096 WRITE_BACK",
            "flush",
            "write " + (SIZE_BYTES + CHUNK_BYTES) + " 4096 FUA",
            "write 8704 512 WRITE_BACK");
    write(face, 8192 + 1024, bytes);
    assertThat(log.take()).containsExactly("write 9216 512 WRITE_BACK");
  }

  /// Chunks that wait together share one flush and one write of their entries.
  @Test
  void firstWritesThatComeTogetherShareTheirFlush() {
    var log = new Log(disk);
    BlockDevice origin = new SliceDevice(log, loop, new BlockRange(0, SIZE_BYTES));
    BlockDevice keeps = new SliceDevice(log, loop, new BlockRange(SIZE_BYTES, STORE_BYTES));
    assertThat(io(done -> Snapshot.format(keeps, pool, CHUNK_BYTES, done::accept)).isOk()).isTrue();
    var devices = new Snapshot.Devices(origin, keeps);
    VolumeDevice face =
        face(
            origin,
            Snapshot.fresh(devices, new Means(pool, new ChunkBudget()), CHUNK_BYTES, SIZE_BYTES));
    log.take();
    var ended = new ArrayList<IoResult>();
    for (int chunk = 0; chunk < 32; chunk++) {
      ByteBuffer bytes = BufferPool.allocate(512);
      face.write((long) chunk * CHUNK_BYTES, bytes, Durability.WRITE_BACK, ended::add);
    }
    loop.runUntil(() -> ended.size() == 32, TURNS_MAX);

    List<String> seen = log.take();
    assertThat(seen.stream().filter("flush"::equals).count()).isLessThanOrEqualTo(2);
    assertThat(seen.stream().filter(one -> one.endsWith("FUA")).count()).isLessThanOrEqualTo(2);
  }

  private void write(VolumeDevice face, long offset, ByteBuffer bytes) {
    assertThat(io(done -> face.write(offset, bytes, Durability.WRITE_BACK, done::accept)).isOk())
        .isTrue();
  }

  /// A table lies in memory, and the memory has an end.
  @Test
  void theTablesOfAllSnapshotsTogetherHaveALimit() {
    var means = new Means(pool, new ChunkBudget(40));
    BlockDevice origin = slice(0, SIZE_BYTES);
    assertThat(io(done -> Snapshot.format(store, pool, CHUNK_BYTES, done::accept)).isOk()).isTrue();
    var devices = new Snapshot.Devices(origin, store);
    Snapshot snapshot = Snapshot.fresh(devices, means, CHUNK_BYTES, SIZE_BYTES);
    VolumeDevice face = face(origin, snapshot);
    long fits = 40 * CHUNK_BYTES;
    assertThat(io(done -> face.writeZeroes(0, fits, Durability.FUA, done::accept)).isOk()).isTrue();
    assertThat(snapshot.status().state()).isEqualTo(new SnapshotStatus.State.Whole());

    var less = new Means(pool, new ChunkBudget(39));
    var opened = new ArrayList<Snapshot>();
    Snapshot.open(devices, less, CHUNK_BYTES, SIZE_BYTES, opened::add);
    loop.runUntil(() -> !opened.isEmpty(), TURNS_MAX);
    assertThat(opened.getFirst().isTooLong()).as("not read, and not spoilt").isTrue();
    opened.getFirst().forget();
    assertThat(less.budget().takenCount()).isZero();

    assertThat(io(done -> face.writeZeroes(fits, 512, Durability.FUA, done::accept)).isOk())
        .as("the origin never suffers")
        .isTrue();
    assertThat(snapshot.status().state()).isInstanceOf(SnapshotStatus.State.Lost.class);
    snapshot.forget();
    assertThat(means.budget().takenCount()).isZero();
  }

  @Test
  void aRollbackGoesOnAfterAnErrorOfTheDisk() {
    BlockDevice origin = slice(0, SIZE_BYTES);
    Snapshot snapshot = taken(origin);
    VolumeDevice face = face(origin, snapshot);
    assertThat(io(done -> face.writeZeroes(0, 65536, Durability.FUA, done::accept)).isOk())
        .isTrue();
    var merged = new MergedDevice(snapshot, new Origin(loop, List.of()), loop, pool);
    var moved = new ArrayList<Long>();
    var merge = new SnapshotMerge(snapshot, merged, loop, () -> moved.add(loop.nowNanos()));

    disk.failing(
        operation ->
            operation.kind() == FaultFilter.Kind.WRITE && operation.range().offset() < SIZE_BYTES
                ? IoResult.mediumError("planted")
                : IoResult.OK);
    merge.start();
    loop.advance(1_000_000_000L);
    assertThat(moved).isEmpty();
    assertThat(merge.status().state()).isEqualTo(new SnapshotStatus.State.RollingBack(65536));
    disk.failing(_ -> IoResult.OK);
    loop.advance(SnapshotMerge.RETRY_NANOS);
    assertThat(moved).hasSize(1);
    assertThat(snapshot.changedChunks()).isEmpty();
  }
}
