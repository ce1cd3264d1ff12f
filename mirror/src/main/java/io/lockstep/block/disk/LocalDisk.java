package io.lockstep.block.disk;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.block.disk.DiskOperation.Step;
import io.lockstep.block.ring.RingLoop;
import io.netty.channel.unix.Buffer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A file or block device of this machine.
///
/// Three queues share the ring, each with its own limit, so that what is slow never keeps reads and
/// writes waiting: transfers, holes (which may take long), and syncs. Of the syncs one is in flight
/// at a time, and all flushes that come meanwhile wait together for the next one: each is thus
/// served by a sync that began after it, and a crowd of flushes costs two.
///
/// Zeroes are holes where the file or device makes them, else written. All fields belong to the
/// loop; [#open] and [#create] block and are called elsewhere.
public final class LocalDisk implements BlockDevice {
  /// How opening a local disk ended.
  public sealed interface Opened {
    /// The disk is ours alone until it is closed.
    record Ready(LocalDisk disk) implements Opened {}

    /// Nothing was opened or changed.
    record Refused(Refusal refusal) implements Opened {}
  }

  /// Transfers in flight at most; the rest waits here.
  public static final int TRANSFERS_MAX = 128;

  /// Holes (or zeroes in their place) in flight at most.
  public static final int HOLES_MAX = 4;

  /// Requests waiting at most, in each queue; beyond it they are refused as BUSY.
  public static final int WAITING_MAX = 65_536;

  private static final int RETRIES_MAX = 1000;
  private static final long RETRY_NANOS = 1_000_000;
  private static final int OPERATIONS_KEPT_MAX = 1024;

  private final RingLoop loop;
  private final DiskFile file;
  private final DiskRing ring;
  private final HoleFinder holes;
  private final BlockLimits limits;

  private final ArrayDeque<DiskOperation> free = new ArrayDeque<>();
  private final ArrayDeque<DiskOperation> transfersWaiting = new ArrayDeque<>();
  private final ArrayDeque<DiskOperation> holesWaiting = new ArrayDeque<>();
  private int transferCount;
  private int holeCount;

  /// Flushes served by the sync in flight, and those that came after it began.
  private ArrayList<Completion> flushing = new ArrayList<>();

  private ArrayList<Completion> flushesWaiting = new ArrayList<>();
  private final DiskOperation sync = new DiskOperation();
  private boolean syncing;

  private boolean holesOffered;
  private @Nullable ByteBuffer zeroes;
  private @Nullable Completion closing;
  private boolean closed;

  private LocalDisk(RingLoop loop, DiskFile file) {
    this.loop = loop;
    this.file = file;
    this.holesOffered = true;
    this.limits =
        new BlockLimits(
            file.sizeBytes(),
            file.sizes().logicalBytes(),
            file.sizes().physicalBytes(),
            BufferPool.BUFFER_BYTES_MAX,
            file.alignmentBytes(),
            file.holes(),
            file.volatileCache());
    this.holes = new HoleFinder(loop, file.descriptor());
    this.ring =
        switch (loop.kind()) {
          case IO_URING -> UringDiskRing.open(loop, file.descriptor(), this::stepEnded);
          case EPOLL -> new PoolDiskRing(loop, file.descriptor(), this::stepEnded);
        };
  }

  /// Opens a disk for this process alone. Blocks, a few seconds if a killed process still holds it:
  /// never called on a loop.
  public static Opened open(RingLoop loop, Path path, DiskOptions options) {
    Check.that(!loop.isCurrent(), "a disk is not opened on a loop");
    return switch (DiskFile.open(path, options)) {
      case DiskFile.Opened(DiskFile file) -> new Opened.Ready(new LocalDisk(loop, file));
      case DiskFile.NotOpened(Refusal refusal) -> new Opened.Refused(refusal);
    };
  }

  /// Makes a new file of `sizeBytes` zeroes that takes no space yet, durably. Blocks.
  ///
  /// @param sizeBytes a multiple of 4096
  /// @return what, why and what to do if it could not; an existing file is never touched
  public static Optional<String> create(Path path, long sizeBytes) {
    return DiskFile.create(path, sizeBytes);
  }

  public Path path() {
    return file.path();
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    transfer(Step.READ, offset, target, completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    Step step =
        switch (durability) {
          case WRITE_BACK -> Step.WRITE;
          case FUA -> Step.WRITE_DSYNC;
        };
    transfer(step, offset, source, completion);
  }

  @Override
  public void flush(Completion completion) {
    checkUsable();
    if (flushesWaiting.size() >= WAITING_MAX) {
      refuseBusy(completion);
      return;
    }
    flushesWaiting.add(completion);
    startSync();
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits.discardZeroes(), "discard is offered");
    writeZeroes(offset, length, durability, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkUsable();
    Check.that(limits.contains(offset, length), "range inside the disk", offset, length);
    if (holesWaiting.size() >= WAITING_MAX) {
      refuseBusy(completion);
      return;
    }
    DiskOperation operation = take();
    operation.prepare(Step.PUNCH_HOLE, offset, length, completion);
    operation.durable = durability == Durability.FUA;
    holesWaiting.add(operation);
    startHoles();
  }

  @Override
  public void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    checkUsable();
    Check.that(limits.contains(offset, length), "range inside the disk", offset, length);
    if (!file.tellsHoles()) {
      told.accept(BlockStatus.data(length));
      return;
    }
    holes.ask(
        offset,
        length,
        status -> {
          told.accept(status);
          endIfIdle();
        });
  }

  @Override
  public void close(Completion completion) {
    checkUsable();
    closing = completion;
    endIfIdle();
  }

  // --- starting ---

  private void transfer(Step step, long offset, ByteBuffer buffer, Completion completion) {
    checkUsable();
    int length = buffer.remaining();
    Check.that(limits.contains(offset, length), "range inside the disk", offset, length);
    Check.that(length <= limits.transferBytesMax(), "transfer", length, limits.transferBytesMax());
    if (transfersWaiting.size() >= WAITING_MAX) {
      refuseBusy(completion);
      return;
    }
    DiskOperation operation = take();
    operation.prepare(step, offset, length, completion);
    operation.buffer = buffer;
    operation.address = addressOf(buffer);
    if (transferCount < TRANSFERS_MAX) {
      transferCount++;
      ring.submit(operation);
    } else {
      transfersWaiting.add(operation);
    }
  }

  private long addressOf(ByteBuffer buffer) {
    Check.that(buffer.isDirect(), "a direct buffer");
    long address = Buffer.memoryAddress(buffer) + buffer.position();
    Check.that(
        address % limits.bufferAlignmentBytes() == 0,
        "an aligned buffer",
        address,
        limits.bufferAlignmentBytes());
    return address;
  }

  private void startHoles() {
    while (holeCount < HOLES_MAX && !holesWaiting.isEmpty()) {
      holeCount++;
      DiskOperation operation = holesWaiting.remove();
      if (!holesOffered) {
        writeZeroesInstead(operation);
      }
      ring.submit(operation);
    }
  }

  private void startSync() {
    if (syncing || flushesWaiting.isEmpty()) {
      return;
    }
    syncing = true;
    ArrayList<Completion> next = flushesWaiting;
    flushesWaiting = flushing;
    flushing = next;
    sync.step = Step.SYNC_DATA;
    ring.submit(sync);
  }

  // --- ending ---

  /// A step has ended with `result`: bytes, 0, or minus the error number. Then the operation goes
  /// on, is tried again, or is done.
  private void stepEnded(DiskOperation operation, int result) {
    if (isTransient(result) && operation.retryCount < RETRIES_MAX) {
      operation.retryCount++;
      loop.schedule(() -> ring.submit(operation), RETRY_NANOS);
      return;
    }
    switch (operation.step) {
      case READ, WRITE, WRITE_DSYNC -> transferEnded(operation, result);
      case WRITE_ZEROES -> zeroesEnded(operation, result);
      case PUNCH_HOLE -> holeEnded(operation, result);
      case SYNC_DATA -> syncEnded(operation, result);
    }
  }

  private static boolean isTransient(int result) {
    return result == -SystemCalls.EAGAIN
        || result == -SystemCalls.EINTR
        || result == -SystemCalls.ECANCELED;
  }

  private void transferEnded(DiskOperation operation, int result) {
    operation.position += Math.max(0, result);
    if (result > 0 && operation.left() > 0) {
      ring.submit(operation);
      return;
    }
    transferCount--;
    complete(operation, result > 0 ? IoResult.OK : failure(operation, result));
    if (transferCount < TRANSFERS_MAX && !transfersWaiting.isEmpty()) {
      transferCount++;
      ring.submit(transfersWaiting.remove());
    }
    endIfIdle();
  }

  private void holeEnded(DiskOperation operation, int result) {
    if (result == -SystemCalls.EOPNOTSUPP || result == -SystemCalls.ENODEV) {
      holesOffered = false;
      writeZeroesInstead(operation);
      ring.submit(operation);
    } else {
      zeroesEnded(operation, result == 0 ? DiskRing.stepBytes(operation) : result);
    }
  }

  /// A step of a hole, or of written zeroes, covered `result` bytes or failed.
  private void zeroesEnded(DiskOperation operation, long result) {
    operation.position += Math.max(0, result);
    if (result > 0 && operation.left() > 0) {
      ring.submit(operation);
      return;
    }
    holeCount--;
    complete(operation, result > 0 ? IoResult.OK : failure(operation, (int) result));
    startHoles();
    endIfIdle();
  }

  private void syncEnded(DiskOperation operation, int result) {
    operation.retryCount = 0;
    IoResult outcome = result == 0 ? IoResult.OK : failure(operation, result);
    ArrayList<Completion> served = flushing;
    flushing = new ArrayList<>();
    syncing = false;
    startSync();
    for (Completion completion : served) {
      completion.completed(outcome);
    }
    endIfIdle();
  }

  /// A durable hole is done once a sync that began after it is.
  private void complete(DiskOperation operation, IoResult outcome) {
    Completion completion = Objects.requireNonNull(operation.completion);
    boolean sync = operation.durable && outcome.isOk();
    operation.completion = null;
    operation.buffer = null;
    if (free.size() < OPERATIONS_KEPT_MAX) {
      free.addLast(operation);
    }
    if (sync) {
      flushesWaiting.add(completion);
      startSync();
    } else {
      completion.completed(outcome);
    }
  }

  private IoResult failure(DiskOperation operation, int result) {
    String where = "%s at byte %d of %s".formatted(operation.step, operation.stepOffset(), path());
    return switch (-result) {
      case 0 -> IoResult.mediumError("the disk ends early: " + where);
      case SystemCalls.ENOSPC, SystemCalls.EDQUOT ->
          IoResult.noSpace(
              "no space is left on the file system of %s for %s at byte %d; free some there"
                  .formatted(path(), operation.step, operation.stepOffset()));
      default -> IoResult.mediumError(SystemCalls.nameOf(-result) + ": " + where);
    };
  }

  private void endIfIdle() {
    Completion completion = closing;
    boolean idle = transferCount == 0 && holeCount == 0 && !syncing && holes.isIdle();
    if (completion == null || !idle || !flushesWaiting.isEmpty()) {
      return;
    }
    closing = null;
    closed = true;
    loop.execute(
        () -> {
          holes.close();
          ring.close();
          completion.completed(IoResult.OK);
        });
  }

  // --- zeroes where there are no holes ---

  /// The operation goes on as writes of the shared zeroes, whatever was done of it.
  private void writeZeroesInstead(DiskOperation operation) {
    if (zeroes == null) {
      zeroes = BufferPool.allocate(DiskRing.ZEROES_BYTES_MAX);
    }
    operation.step = Step.WRITE_ZEROES;
    operation.buffer = zeroes;
    operation.address = Buffer.memoryAddress(zeroes);
  }

  // --- the rest ---

  private void checkUsable() {
    Check.that(loop.isCurrent(), "called on the loop");
    Check.that(closing == null && !closed, "the disk is open");
  }

  private void refuseBusy(Completion completion) {
    loop.execute(
        () ->
            completion.completed(
                IoResult.busy("%d requests wait for %s".formatted(WAITING_MAX, path()))));
  }

  private DiskOperation take() {
    DiskOperation operation = free.pollLast();
    return operation == null ? new DiskOperation() : operation;
  }
}
