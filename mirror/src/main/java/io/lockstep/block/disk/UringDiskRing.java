package io.lockstep.block.disk;

import io.lockstep.block.Check;
import io.lockstep.block.ring.RingLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/// Disk I/O on the io_uring that also serves the loop's sockets: no other thread of ours touches
/// it. The kernel runs what blocks (sync, holes) in its own bounded workers.
///
/// The number of a slot travels through the kernel as user data and finds the operation again.
final class UringDiskRing implements DiskRing, IoUringIoHandle {
  private static final byte FSYNC = 3;
  private static final byte FALLOCATE = 17;
  private static final byte READ = 22;
  private static final byte WRITE = 23;

  private static final int FSYNC_DATASYNC = 1;

  private final RingLoop loop;
  private final int descriptor;
  private final ObjIntConsumer<DiskOperation> ended;
  private final @Nullable DiskOperation[] inFlight = new @Nullable DiskOperation[SLOTS];
  private final int[] freeSlots = new int[SLOTS];
  private int freeCount = SLOTS;
  private @Nullable IoRegistration registration;

  private UringDiskRing(RingLoop loop, int descriptor, ObjIntConsumer<DiskOperation> ended) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.ended = ended;
    for (int slot = 0; slot < SLOTS; slot++) {
      freeSlots[slot] = slot;
    }
  }

  /// Registers with the loop and waits for it: not called on a loop.
  static UringDiskRing open(RingLoop loop, int descriptor, ObjIntConsumer<DiskOperation> ended) {
    var ring = new UringDiskRing(loop, descriptor, ended);
    ring.registration = loop.eventLoop().register(ring).syncUninterruptibly().getNow();
    return ring;
  }

  @Override
  public void submit(DiskOperation operation) {
    Check.that(freeCount > 0, "a free slot");
    int slot = freeSlots[--freeCount];
    inFlight[slot] = operation;
    operation.slot = slot;
    IoRegistration ring = Objects.requireNonNull(registration);
    Check.that(ring.isValid(), "the loop outlives its disks");
    ring.submit(entry(operation));
  }

  @Override
  public void handle(IoRegistration ring, IoEvent event) {
    try {
      var answer = (IoUringIoEvent) event;
      int result = answer.res();
      int slot = (int) answer.userData();
      DiskOperation operation = inFlight[slot];
      if (operation == null) {
        throw new AssertionError("an answer for an empty slot");
      }
      inFlight[slot] = null;
      freeSlots[freeCount++] = slot;
      ended.accept(operation, result);
    } catch (Throwable bug) {
      loop.fatal(bug);
    }
  }

  @Override
  public void close() {
    Check.that(freeCount == SLOTS, "nothing in flight", freeCount, SLOTS);
    IoRegistration ring = registration;
    if (ring != null) {
      registration = null;
      ring.cancel();
      new SystemCalls().close(descriptor);
    }
  }

  private IoUringIoOps entry(DiskOperation operation) {
    long bytes = DiskRing.stepBytes(operation);
    long address = operation.stepAddress();
    return switch (operation.step) {
      case READ -> entry(READ, operation, address, (int) bytes, 0);
      case WRITE, WRITE_ZEROES -> entry(WRITE, operation, address, (int) bytes, 0);
      case WRITE_DSYNC -> entry(WRITE, operation, address, (int) bytes, SystemCalls.WRITE_DSYNC);
      case PUNCH_HOLE -> entry(FALLOCATE, operation, bytes, SystemCalls.FALLOCATE_PUNCH_HOLE, 0);
      case SYNC_DATA -> entry(FSYNC, operation, 0, 0, FSYNC_DATASYNC);
    };
  }

  /// The fields mean what io_uring_enter(2) says for each opcode.
  private IoUringIoOps entry(
      byte opcode, DiskOperation operation, long address, int length, int flags) {
    return new IoUringIoOps(
        opcode,
        (byte) 0,
        (short) 0,
        descriptor,
        operation.stepOffset(),
        address,
        length,
        flags,
        (long) operation.slot,
        (short) 0,
        (short) 0,
        0,
        0);
  }
}
