package io.lockstep.block.disk;

import io.lockstep.block.ring.RingLoop;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.ObjIntConsumer;

/// Disk I/O in threads of its own, for loops without io_uring. The loop never blocks; a thread
/// carries out one step and hands the answer back as a task of the loop.
///
/// The disk lets fewer slow steps (sync, holes) in than there are threads, so reads and writes
/// always find one. What waits for a thread is bounded by [DiskRing#SLOTS].
final class PoolDiskRing implements DiskRing {
  static final int THREADS = 16;

  private static final ThreadLocal<SystemCalls> CALLS = ThreadLocal.withInitial(SystemCalls::new);

  private final RingLoop loop;
  private final int descriptor;
  private final ObjIntConsumer<DiskOperation> ended;
  private final ExecutorService threads;

  PoolDiskRing(RingLoop loop, int descriptor, ObjIntConsumer<DiskOperation> ended) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.ended = ended;
    ThreadFactory factory = Thread.ofPlatform().daemon().name(loop.name() + "-disk-", 0).factory();
    this.threads = Executors.newFixedThreadPool(THREADS, factory);
  }

  @Override
  public void submit(DiskOperation operation) {
    threads.execute(() -> carryOut(operation));
  }

  @Override
  public void close() {
    threads.shutdown();
    new SystemCalls().close(descriptor);
  }

  private void carryOut(DiskOperation operation) {
    operation.result = call(CALLS.get(), operation);
    loop.execute(() -> ended.accept(operation, operation.result));
  }

  private int call(SystemCalls calls, DiskOperation operation) {
    long offset = operation.stepOffset();
    long bytes = DiskRing.stepBytes(operation);
    long address = operation.stepAddress();
    return switch (operation.step) {
      case READ -> calls.read(descriptor, address, (int) bytes, offset);
      case WRITE, WRITE_ZEROES -> calls.write(descriptor, address, (int) bytes, offset, 0);
      case WRITE_DSYNC ->
          calls.write(descriptor, address, (int) bytes, offset, SystemCalls.WRITE_DSYNC);
      case PUNCH_HOLE -> calls.punchHole(descriptor, offset, bytes);
      case SYNC_DATA -> calls.syncData(descriptor);
    };
  }
}
