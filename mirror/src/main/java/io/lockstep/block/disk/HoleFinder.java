package io.lockstep.block.disk;

import io.lockstep.block.BlockStatus;
import io.lockstep.block.ring.RingLoop;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Asks the kernel where the holes of a file are. lseek waits for whoever changes the file just now
/// and io_uring has no such request, so it goes to a thread of its own, which ends when nobody has
/// asked for a while. Belongs to the loop.
///
/// **What is said must be true of every write that has ended**: a block that is taken for a hole is
/// made a hole on the other node. ext4, XFS and tmpfs keep that, also of direct writes. Others are
/// not asked: more than one has told of holes where bytes had just been written.
final class HoleFinder {
  private static final long EXT4 = 0xEF53;
  private static final long XFS = 0x58465342;
  private static final long TMPFS = 0x01021994;
  private static final Set<Long> BELIEVED = Set.of(EXT4, XFS, TMPFS);

  private static final int IDLE_SECONDS = 10;

  /// Questions under way at most; what is asked beyond them may be data.
  private static final int ASKED_MAX = 64;

  private final RingLoop loop;
  private final int descriptor;
  private final SystemCalls calls = new SystemCalls();
  private final ThreadPoolExecutor thread;
  private int asked;

  HoleFinder(RingLoop loop, int descriptor) {
    this.loop = loop;
    this.descriptor = descriptor;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name(loop.name() + "-holes").factory());
    thread.allowCoreThreadTimeOut(true);
  }

  /// Whether the file system of an open file is one of those.
  static boolean isTold(SystemCalls calls, int descriptor) {
    return BELIEVED.contains(calls.fileSystem(descriptor) & 0xFFFF_FFFFL);
  }

  /// Whether nothing is under way.
  boolean isIdle() {
    return asked == 0;
  }

  /// How the range begins.
  void ask(long offset, long length, Consumer<BlockStatus> told) {
    if (asked == ASKED_MAX) {
      told.accept(BlockStatus.data(length));
      return;
    }
    asked++;
    thread.execute(
        () -> {
          BlockStatus status = status(calls, descriptor, offset, length);
          loop.execute(
              () -> {
                asked--;
                told.accept(status);
              });
        });
  }

  /// Nothing is under way.
  void close() {
    thread.shutdown();
  }

  /// What cannot be asked may be data.
  static BlockStatus status(SystemCalls calls, int descriptor, long offset, long length) {
    long data = calls.seek(descriptor, offset, SystemCalls.SEEK_DATA);
    if (data == -SystemCalls.ENXIO) {
      return BlockStatus.hole(length);
    }
    if (data > offset) {
      return BlockStatus.hole(Math.min(length, data - offset));
    }
    long hole = data < 0 ? -1 : calls.seek(descriptor, offset, SystemCalls.SEEK_HOLE);
    return BlockStatus.data(hole > offset ? Math.min(length, hole - offset) : length);
  }
}
