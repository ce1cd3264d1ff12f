package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.volume.SnapshotStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One snapshot of an origin: which chunks it keeps, and the copies under way.
///
/// A chunk that is about to change is copied once, whoever asks and how many do:
///
/// ```
///   find room → read the origin, write the store → entry stable ([ExceptionStore]) → reads of the
///   origin that the snapshot began before have ended → those who waited go on
/// ```
///
/// Belongs to the loop of its devices.
public final class Snapshot {
  /// Most chunks that are copied at the same time; others wait.
  static final int COPIES_MAX = 32;

  private final BlockDevice origin;
  private final BlockDevice storeDevice;
  private final ExceptionStore store;
  private final BufferPool pool;
  private final long sizeBytes;
  private final Copying copying;
  private final Map<Long, Copy> copies = new HashMap<>();
  private final ArrayDeque<Copy> waiting = new ArrayDeque<>();

  /// Reads of the origin under way, by chunk.
  private final Map<Long, Integer> readers = new HashMap<>();

  private int runningCount;
  private boolean starting;

  /// The devices of a snapshot; they stay the caller's.
  ///
  /// @param origin the origin's own bytes, as they are
  /// @param store the store; may grow
  public record Devices(BlockDevice origin, BlockDevice store) {}

  private Snapshot(Devices devices, ExceptionStore store, Means means, long sizeBytes) {
    this.origin = devices.origin;
    this.storeDevice = devices.store;
    this.store = store;
    this.pool = means.pool();
    this.sizeBytes = sizeBytes;
    this.copying = new Copying(origin, storeDevice, pool);
  }

  /// Opens a snapshot that is there: reads its store.
  ///
  /// @param chunkBytes what the volume group says; the store's own header comes first
  /// @param sizeBytes size of the snapshot, not more than the origin's
  public static void open(
      Devices devices, Means means, int chunkBytes, long sizeBytes, Consumer<Snapshot> done) {
    StoreOpening.open(
        devices.store,
        means,
        new StoreLayout(chunkBytes),
        store -> done.accept(new Snapshot(devices, store, means, sizeBytes)));
  }

  /// Writes the head of a store that no group knows yet.
  public static void format(
      BlockDevice storeDevice, BufferPool pool, int chunkBytes, Completion done) {
    StoreOpening.format(storeDevice, pool, new StoreLayout(chunkBytes), done);
  }

  /// A new snapshot, whose store has been formatted.
  public static Snapshot fresh(Devices devices, Means means, int chunkBytes, long sizeBytes) {
    var store = ExceptionStore.fresh(devices.store, means, new StoreLayout(chunkBytes));
    return new Snapshot(devices, store, means, sizeBytes);
  }

  /// A chunk on its way into the store.
  private static final class Copy {
    private final long chunk;
    private final List<Completion> forOrigin = new ArrayList<>();
    private final List<Completion> forSnapshot = new ArrayList<>();
    private boolean isKept;

    Copy(long chunk) {
      this.chunk = chunk;
    }

    List<Completion> all() {
      List<Completion> all = new ArrayList<>(forOrigin);
      all.addAll(forSnapshot);
      return all;
    }
  }

  BlockDevice origin() {
    return origin;
  }

  BlockDevice storeDevice() {
    return storeDevice;
  }

  ExceptionStore store() {
    return store;
  }

  /// From the store back to the origin.
  Copying moving() {
    return new Copying(storeDevice, origin, pool);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  int chunkBytes() {
    return store.layout().chunkBytes();
  }

  /// Bytes of a chunk: less than a whole one at the end of a snapshot that is no multiple of it.
  int bytesOf(long chunk) {
    return (int) Math.min(chunkBytes(), sizeBytes - chunk * chunkBytes());
  }

  /// How it does, when it is not being rolled back to.
  public SnapshotStatus status() {
    SnapshotStatus.State state =
        store.lost().isPresent()
            ? new SnapshotStatus.State.Lost(store.lost().get())
            : new SnapshotStatus.State.Whole();
    return new SnapshotStatus(sizeBytes, store.roomBytes(), store.usedBytes(), state);
  }

  /// Whether it is whole on the disk, but its table is more than is read here: it is not kept, and
  /// its origin must not be written.
  public boolean isTooLong() {
    return store.isTooLong();
  }

  /// It is gone, or is not kept: nothing is copied for it any more.
  public void forget() {
    store.forget();
  }

  /// The chunks that differ from the origin's, or may, by rising number.
  public long[] changedChunks() {
    return store.table().sortedOriginChunks();
  }

  /// Whether nothing is copied and nobody reads the origin for it.
  boolean isIdle() {
    return copies.isEmpty() && readers.isEmpty();
  }

  /// Whether a change of that chunk of the origin has to [#preserve] it first.
  boolean mustPreserve(long chunk) {
    if (store.lost().isPresent()) {
      return !store.isGone();
    }
    return chunk * chunkBytes() < sizeBytes
        && (isBeingCopied(chunk) || store.table().find(chunk) == ExceptionTable.NONE);
  }

  private boolean isBeingCopied(long chunk) {
    return !copies.isEmpty() && copies.containsKey(chunk);
  }

  /// Keeps a chunk before the origin changes; where that cannot be, the snapshot is lost, and the
  /// disk says so.
  ///
  /// @param done runs in a later turn, or within this call: OK, and the origin may change; an error
  ///     where neither could be made stable
  void preserve(long chunk, Completion done) {
    if (store.lost().isPresent()) {
      store.lose("", done);
    } else if (mustPreserve(chunk)) {
      copyOf(chunk).forOrigin.add(done);
      startWaiting();
    } else {
      done.completed(IoResult.OK);
    }
  }

  /// Whether a change of that chunk of the snapshot has to [#take] it first.
  boolean mustTake(long chunk) {
    return isBeingCopied(chunk) || store.table().find(chunk) == ExceptionTable.NONE;
  }

  /// Gives a chunk of its own to the snapshot, before it is written. Where that cannot be, the
  /// snapshot stays what it was.
  void take(long chunk, Completion done) {
    if (store.lost().isPresent()) {
      done.completed(lostResult());
    } else if (mustTake(chunk)) {
      copyOf(chunk).forSnapshot.add(done);
      startWaiting();
    } else {
      done.completed(IoResult.OK);
    }
  }

  /// What a host is told that reads or writes a lost snapshot.
  IoResult lostResult() {
    return IoResult.mediumError("the snapshot is lost: " + store.lost().orElse(""));
  }

  private Copy copyOf(long chunk) {
    @Nullable Copy present = copies.get(chunk);
    if (present != null) {
      return present;
    }
    var copy = new Copy(chunk);
    copies.put(chunk, copy);
    waiting.add(copy);
    return copy;
  }

  /// A copy that fails at once comes back here; the outer call goes on with the next one.
  private void startWaiting() {
    if (starting) {
      return;
    }
    starting = true;
    while (runningCount < COPIES_MAX && !waiting.isEmpty()) {
      start(waiting.remove());
    }
    starting = false;
  }

  private void start(Copy copy) {
    runningCount++;
    if (store.lost().isPresent()) {
      failed(copy, lostResult(), "");
      return;
    }
    if (!store.hasRoom()) {
      failed(copy, IoResult.noSpace("the snapshot's room is full"), "its room is full");
      return;
    }
    long place = store.reserve();
    copying.copy(
        copy.chunk * chunkBytes(),
        place * chunkBytes(),
        bytesOf(copy.chunk),
        copied -> {
          if (copied.isOk()) {
            store.commit(copy.chunk, place, result -> committed(copy, result));
          } else {
            store.release();
            failed(copy, copied, "a chunk could not be copied: " + copied.detail());
          }
        });
  }

  private void committed(Copy copy, IoResult result) {
    if (!result.isOk()) {
      failed(copy, result, "its table could not be written: " + result.detail());
      return;
    }
    copy.isKept = true;
    if (!readers.containsKey(copy.chunk)) {
      kept(copy);
    }
  }

  private void kept(Copy copy) {
    forget(copy);
    copy.all().forEach(done -> done.completed(IoResult.OK));
    startWaiting();
  }

  private void forget(Copy copy) {
    Check.that(copies.remove(copy.chunk) == copy, "copied once");
    runningCount--;
  }

  /// What could not be done now, but may be another time, costs nobody the snapshot: the change
  /// that waited for it fails and has changed nothing.
  private void failed(Copy copy, IoResult result, String why) {
    forget(copy);
    boolean passing =
        switch (result.reason()) {
          case NOT_READY, CLOSED, BUSY -> true;
          case OK, MEDIUM_ERROR, NO_SPACE, WRITE_PROTECTED -> false;
        };
    copy.forSnapshot.forEach(done -> done.completed(result));
    if (passing) {
      copy.forOrigin.forEach(done -> done.completed(result));
    } else {
      copy.forOrigin.forEach(done -> store.lose(why, done));
    }
    startWaiting();
  }

  /// Somebody begins to read a chunk from the origin, because the snapshot does not keep it.
  void readBegins(long chunk) {
    readers.merge(chunk, 1, Integer::sum);
  }

  void readEnds(long chunk) {
    int left = Check.present(readers.get(chunk), "a reader") - 1;
    if (left > 0) {
      readers.put(chunk, left);
      return;
    }
    readers.remove(chunk);
    @Nullable Copy copy = copies.get(chunk);
    if (copy != null && copy.isKept) {
      kept(copy);
    }
  }
}
