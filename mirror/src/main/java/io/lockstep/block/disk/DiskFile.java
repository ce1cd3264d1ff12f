package io.lockstep.block.disk;

import static io.lockstep.block.disk.SystemCalls.EAGAIN;
import static io.lockstep.block.disk.SystemCalls.EBUSY;
import static io.lockstep.block.disk.SystemCalls.EINVAL;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An open file or block device that nobody else may use, and what the kernel says about it.
///
/// A block device is opened with O_EXCL, on which mount, LVM and a second daemon fail. A file
/// carries an exclusive lock (flock). Both belong to the open file and not to the process, unlike a
/// lock of fcntl (which `FileChannel.lock` takes): they outlive a killed process until the kernel
/// has finished its last requests, so that no write of one life of the daemon lands in the next.
/// A lock whose holder is gone is waited for, and for a second also a holder that may be dying, or
/// one that the kernel does not name.
///
/// @param descriptor the open file
/// @param tellsHoles whether the file system can be believed about what is a hole now
/// @param sizeBytes a multiple of the logical block size
/// @param alignmentBytes what buffers' addresses must be multiples of
/// @param holes whether a range can be given back and then reads as zeroes
/// @param volatileCache whether a write may be lost at a power cut before a sync
record DiskFile(
    Path path,
    int descriptor,
    boolean tellsHoles,
    long sizeBytes,
    BlockSizes sizes,
    int alignmentBytes,
    boolean holes,
    boolean volatileCache) {
  private static final Logger LOG = LoggerFactory.getLogger(DiskFile.class);

  private static final long LOCK_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A holder that is alive may be dying; one that stays is a second daemon.
  private static final long LIVING_HOLDER_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long LOCK_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /// Assumed where the kernel does not tell: right for every disk.
  private static final int SAFE_ALIGNMENT_BYTES = 4096;

  private static final int BUFFERED_ALIGNMENT_BYTES = 1;

  /// How opening ended.
  sealed interface Outcome {}

  record Opened(DiskFile file) implements Outcome {}

  record NotOpened(Refusal refusal) implements Outcome {}

  /// Makes a new file of the size, without blocks, durably. Never touches an existing one.
  ///
  /// @return why it could not, or nothing
  static Optional<String> create(Path path, long sizeBytes) {
    Check.that(sizeBytes > 0 && sizeBytes % 4096 == 0, "size in blocks", sizeBytes, 4096);
    try (var channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.truncate(0);
      channel.write(java.nio.ByteBuffer.allocate(1), sizeBytes - 1);
      channel.force(true);
    } catch (FileAlreadyExistsException exists) {
      return Optional.of("%s exists already; choose another name or remove it".formatted(path));
    } catch (NoSuchFileException missing) {
      return Optional.of("%s cannot be created: its directory does not exist".formatted(path));
    } catch (IOException failure) {
      return Optional.of(notCreated(path, sizeBytes, failure));
    }
    return syncDirectory(path.toAbsolutePath().resolveSibling("."));
  }

  /// What a file that was not made to the end leaves behind is nothing.
  private static String notCreated(Path path, long sizeBytes, IOException failure) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException stays) {
      failure.addSuppressed(stays);
    }
    String why = String.valueOf(failure.getMessage());
    return why.equals("File too large")
        ? "%s cannot be created: its file system takes no file of %d bytes (%.1f TiB); choose a"
                .formatted(path, sizeBytes, sizeBytes / (double) (1L << 40))
            + " smaller size, or a folder on another file system"
        : "%s cannot be created: %s".formatted(path, why);
  }

  private static Optional<String> syncDirectory(Path directory) {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
      return Optional.empty();
    } catch (IOException failure) {
      return Optional.of("%s cannot be synced: %s".formatted(directory, failure.getMessage()));
    }
  }

  /// May wait for the lock of a process that was just killed: not called on a loop.
  static Outcome open(Path path, DiskOptions options) {
    var calls = new SystemCalls();
    int exclusive = isBlockDevice(path) ? SystemCalls.O_EXCL : 0;
    int flags = SystemCalls.O_RDWR | exclusive;
    boolean direct = options.direct();
    int descriptor = calls.open(path, direct ? flags | SystemCalls.O_DIRECT : flags);
    if (descriptor == -EINVAL && direct) {
      LOG.warn("{}: no direct I/O on its file system; writes go through the page cache", path);
      direct = false;
      descriptor = calls.open(path, flags);
    }
    if (descriptor == -EBUSY) {
      descriptor = waitForDevice(calls, path, direct ? flags | SystemCalls.O_DIRECT : flags);
    }
    if (descriptor < 0) {
      return notOpened(path, -descriptor);
    }
    Outcome outcome = examine(calls, new Handle(path, descriptor, direct), options);
    if (outcome instanceof NotOpened) {
      calls.close(descriptor);
    }
    return outcome;
  }

  /// Who has a device exclusively is not told; a daemon that was just killed has it a little
  /// longer.
  private static int waitForDevice(SystemCalls calls, Path path, int flags) {
    long start = System.nanoTime();
    int descriptor = -EBUSY;
    while (descriptor == -EBUSY && System.nanoTime() - start < LIVING_HOLDER_WAIT_NANOS) {
      LockSupport.parkNanos(LOCK_PAUSE_NANOS);
      descriptor = calls.open(path, flags);
    }
    return descriptor;
  }

  /// An open file that has not been examined yet.
  private record Handle(Path path, int descriptor, boolean direct) {}

  private static boolean isBlockDevice(Path path) {
    try {
      Object mode = Files.getAttribute(path, "unix:mode");
      return (((Integer) mode) & 0xF000) == 0x6000;
    } catch (IOException unreadable) {
      return false;
    }
  }

  private static NotOpened notOpened(Path path, int error) {
    return switch (error) {
      case 2 -> notOpened(path, "it does not exist", "create it or correct the path");
      case EBUSY ->
          notOpened(
              path,
              "it is in use: mounted, part of a volume group, open in another daemon, or held by"
                  + " the last requests of one that was killed",
              "free it, or try again in a moment");
      default ->
          notOpened(
              path,
              SystemCalls.nameOf(error),
              "name a file or a block device that this user may read and write");
    };
  }

  private static NotOpened notOpened(Path path, String why, String action) {
    return new NotOpened(new Refusal("Disk " + path + " was not opened", why, action));
  }

  private static Outcome examine(SystemCalls calls, Handle handle, DiskOptions options) {
    SystemCalls.FileStatus status = calls.status(handle.descriptor);
    if (status.isBlockDevice()) {
      return examineDevice(calls, handle, status, options);
    }
    if (!status.isRegularFile()) {
      return notOpened(handle.path, "it is neither a file nor a block device", "name one of these");
    }
    Optional<NotOpened> held = lock(calls, handle, status.lockName());
    if (held.isPresent()) {
      return held.get();
    }
    return examineFile(calls, handle, status, options);
  }

  private static Outcome examineDevice(
      SystemCalls calls, Handle handle, SystemCalls.FileStatus status, DiskOptions options) {
    int logical = calls.logicalBlockBytes(handle.descriptor);
    int physical = calls.physicalBlockBytes(handle.descriptor);
    if (logical != 512 && logical != 4096) {
      return notOpened(
          handle.path,
          "it has blocks of %d bytes".formatted(logical),
          "take a disk with blocks of 512 or 4096 bytes");
    }
    var own = new BlockSizes(logical, physical > 512 ? 4096 : logical);
    BlockSizes sizes = options.declaredSizes().orElse(own);
    if (sizes.logicalBytes() < logical) {
      return tooSmallBlocks(handle.path, sizes, logical);
    }
    long size = calls.deviceSizeBytes(handle.descriptor);
    var queue = new DeviceQueue(status.device());
    return new Opened(
        new DiskFile(
            handle.path,
            handle.descriptor,
            false,
            size - size % sizes.logicalBytes(),
            sizes,
            handle.direct ? logical : BUFFERED_ALIGNMENT_BYTES,
            queue.zeroesInHardware(),
            queue.volatileCache()));
  }

  private static Outcome examineFile(
      SystemCalls calls, Handle handle, SystemCalls.FileStatus status, DiskOptions options) {
    int alignment = alignment(handle, status);
    BlockSizes own = alignment > 512 ? BlockSizes.NATIVE_4096 : BlockSizes.EMULATED_512;
    BlockSizes sizes = options.declaredSizes().orElse(own);
    if (sizes.logicalBytes() < alignment) {
      return tooSmallBlocks(handle.path, sizes, alignment);
    }
    int punched = calls.punchHole(handle.descriptor, status.sizeBytes(), SAFE_ALIGNMENT_BYTES);
    return new Opened(
        new DiskFile(
            handle.path,
            handle.descriptor,
            HoleFinder.isTold(calls, handle.descriptor),
            status.sizeBytes() - status.sizeBytes() % sizes.logicalBytes(),
            sizes,
            alignment,
            punched == 0,
            true));
  }

  private static Outcome tooSmallBlocks(Path path, BlockSizes sizes, int needed) {
    return notOpened(
        path,
        "it cannot offer blocks of %d bytes: direct I/O on it needs %d"
            .formatted(sizes.logicalBytes(), needed),
        "declare no smaller blocks");
  }

  private static int alignment(Handle handle, SystemCalls.FileStatus status) {
    if (!handle.direct || status.directAlignmentBytes() == 0) {
      return BUFFERED_ALIGNMENT_BYTES;
    }
    return status.directAlignmentBytes() < 0 ? SAFE_ALIGNMENT_BYTES : status.directAlignmentBytes();
  }

  private static Optional<NotOpened> lock(SystemCalls calls, Handle handle, String lockName) {
    long start = System.nanoTime();
    int result = calls.lock(handle.descriptor);
    while (result == -EAGAIN) {
      LockHolder holder = LockHolder.of(lockName);
      long waitNanos = holder.isAlive() ? LIVING_HOLDER_WAIT_NANOS : LOCK_WAIT_NANOS;
      if (holder.isThisProcess() || System.nanoTime() - start > waitNanos) {
        break;
      }
      LockSupport.parkNanos(LOCK_PAUSE_NANOS);
      result = calls.lock(handle.descriptor);
    }
    if (result == 0) {
      return Optional.empty();
    }
    return Optional.of(
        result == -EAGAIN
            ? notOpened(
                handle.path,
                "it is held by " + LockHolder.of(lockName).describe(),
                "stop it first, one daemon a disk")
            : notOpened(
                handle.path,
                "it cannot be locked: " + SystemCalls.nameOf(-result),
                "keep it on a file system that knows flock"));
  }
}
