package io.lockstep.block.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// The Linux calls that the JDK has no face for: O_DIRECT with O_EXCL, locks that name their
/// holder, block sizes, holes, positioned I/O on a descriptor of our own.
///
/// Every method answers like the kernel: a result, or minus the error number. One object is used by
/// one thread (it keeps that thread's memory for errors and vectors). Numbers are those of Linux on
/// 64-bit x86 and ARM, which agree on everything here except [#O_DIRECT].
final class SystemCalls {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_EXCL = 0x80;
  static final int O_CLOEXEC = 0x80000;
  static final int O_DIRECT = System.getProperty("os.arch").equals("aarch64") ? 0x10000 : 0x4000;

  static final int ENXIO = 6;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;
  static final int EBUSY = 16;
  static final int ENODEV = 19;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EOPNOTSUPP = 95;
  static final int EDQUOT = 122;
  static final int ECANCELED = 125;

  /// FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE: the range reads as zeroes afterwards, on a file
  /// and (where the device guarantees it) on a block device.
  static final int FALLOCATE_PUNCH_HOLE = 0x3;

  /// lseek: the next byte that is not in a hole, or the next one that is.
  static final int SEEK_DATA = 3;

  static final int SEEK_HOLE = 4;

  /// RWF_DSYNC: this write is on stable storage when it is done.
  static final int WRITE_DSYNC = 0x2;

  private static final int LOCK_EX_NB = 2 | 4;
  private static final int BLKSSZGET = 0x1268;
  private static final int BLKPBSZGET = 0x127B;
  private static final long BLKGETSIZE64 = 0x80081272L;

  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_AND_DIOALIGN = 0x7FF | 0x2000;
  private static final int STATX_BYTES = 256;

  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      call("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle FLOCK =
      call("flock", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      call("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle STATX =
      call(
          "statx",
          -1,
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle FALLOCATE =
      call(
          "fallocate",
          -1,
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle LSEEK =
      call("lseek", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FSTATFS =
      call("fstatfs", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle FDATASYNC =
      call("fdatasync", -1, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle PREAD =
      call(
          "pread", -1, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle PWRITEV2 =
      call(
          "pwritev2",
          -1,
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT));

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment capture = arena.allocate(CAPTURE);
  private final MemorySegment vector = arena.allocate(2 * Long.BYTES, Long.BYTES);
  private final MemorySegment answer = arena.allocate(STATX_BYTES, Long.BYTES);

  /// What `statx` says about an open file.
  ///
  /// @param mode file type and permissions
  /// @param device the device number of a block device, `major:minor`
  /// @param lockName how `/proc/locks` names the file: `major:minor:inode`
  /// @param directAlignmentBytes the alignment O_DIRECT needs, 0 = it is refused, -1 = not told
  record FileStatus(
      int mode, long sizeBytes, String device, String lockName, int directAlignmentBytes) {
    boolean isBlockDevice() {
      return (mode & 0xF000) == 0x6000;
    }

    boolean isRegularFile() {
      return (mode & 0xF000) == 0x8000;
    }
  }

  int open(Path path, int flags) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment name = local.allocateFrom(path.toString());
      return (int) answer((int) OPEN.invokeExact(capture, name, flags | O_CLOEXEC, 0));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  int close(int descriptor) {
    try {
      return (int) answer((int) CLOSE.invokeExact(capture, descriptor));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Takes the file's exclusive lock or answers -EAGAIN at once. It ends with the descriptor.
  int lock(int descriptor) {
    try {
      return (int) answer((int) FLOCK.invokeExact(capture, descriptor, LOCK_EX_NB));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  int logicalBlockBytes(int descriptor) {
    long result = ioctl(descriptor, BLKSSZGET);
    return result < 0 ? (int) result : answer.get(JAVA_INT, 0);
  }

  int physicalBlockBytes(int descriptor) {
    long result = ioctl(descriptor, BLKPBSZGET);
    return result < 0 ? (int) result : answer.get(JAVA_INT, 0);
  }

  long deviceSizeBytes(int descriptor) {
    long result = ioctl(descriptor, BLKGETSIZE64);
    return result < 0 ? result : answer.get(JAVA_LONG, 0);
  }

  /// How many units of 512 bytes an open file takes of its file system.
  long allocatedUnits(int descriptor) {
    askStatus(descriptor);
    return answer.get(JAVA_LONG, 48);
  }

  /// Only for a descriptor that is open: then it cannot fail.
  FileStatus status(int descriptor) {
    askStatus(descriptor);
    boolean told = (answer.get(JAVA_INT, 0) & 0x2000) != 0;
    return new FileStatus(
        Short.toUnsignedInt(answer.get(java.lang.foreign.ValueLayout.JAVA_SHORT, 28)),
        answer.get(JAVA_LONG, 40),
        answer.get(JAVA_INT, 128) + ":" + answer.get(JAVA_INT, 132),
        "%02x:%02x:%d"
            .formatted(
                answer.get(JAVA_INT, 136), answer.get(JAVA_INT, 140), answer.get(JAVA_LONG, 32)),
        told ? Math.max(answer.get(JAVA_INT, 152), answer.get(JAVA_INT, 156)) : -1);
  }

  private void askStatus(int descriptor) {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment empty = local.allocateFrom("");
      int result =
          (int)
              STATX.invokeExact(
                  capture, descriptor, empty, AT_EMPTY_PATH, STATX_BASIC_AND_DIOALIGN, answer);
      if (result != 0) {
        throw new AssertionError("statx of an open file: " + capture.get(JAVA_INT, ERRNO));
      }
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  int punchHole(int descriptor, long offset, long length) {
    try {
      return (int)
          answer(
              (int)
                  FALLOCATE.invokeExact(capture, descriptor, FALLOCATE_PUNCH_HOLE, offset, length));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Where data or a hole comes next, at `offset` or behind it; -ENXIO if nowhere. It moves the
  /// descriptor's position, which nobody here uses.
  ///
  /// @param whence [#SEEK_DATA] or [#SEEK_HOLE]
  long seek(int descriptor, long offset, int whence) {
    try {
      return answer((long) LSEEK.invokeExact(capture, descriptor, offset, whence));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// The magic number of the file system of an open file, as statfs(2) lists them.
  long fileSystem(int descriptor) {
    try {
      long result = answer((int) FSTATFS.invokeExact(capture, descriptor, answer));
      return result < 0 ? result : answer.get(JAVA_LONG, 0);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  int syncData(int descriptor) {
    try {
      return (int) answer((int) FDATASYNC.invokeExact(capture, descriptor));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// @param address of the memory to fill
  int read(int descriptor, long address, int length, long offset) {
    try {
      return (int)
          answer((long) PREAD.invokeExact(capture, descriptor, address, (long) length, offset));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// @param address of the bytes to write
  /// @param flags 0 or [#WRITE_DSYNC]
  int write(int descriptor, long address, int length, long offset, int flags) {
    vector.set(JAVA_LONG, 0, address);
    vector.set(JAVA_LONG, Long.BYTES, length);
    try {
      return (int)
          answer((long) PWRITEV2.invokeExact(capture, descriptor, vector, 1, offset, flags));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// The name of an error number, for sentences.
  static String nameOf(int errorNumber) {
    return switch (errorNumber) {
      case 1 -> "operation not permitted";
      case 2 -> "no such file";
      case EIO -> "input/output error";
      case ENXIO -> "no such device";
      case 13 -> "permission denied";
      case EBUSY -> "device or resource busy";
      case 20 -> "not a directory";
      case 21 -> "is a directory";
      case EINVAL -> "invalid argument";
      case 24 -> "too many open files";
      case ENOSPC -> "no space left";
      case 30 -> "read-only file system";
      case EDQUOT -> "quota exceeded";
      default -> "error " + errorNumber;
    };
  }

  private long ioctl(int descriptor, long request) {
    try {
      return answer((int) IOCTL.invokeExact(capture, descriptor, request, answer));
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  private long answer(long result) {
    return result >= 0 ? result : -capture.get(JAVA_INT, ERRNO);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, int variadicFrom, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    MemorySegment symbol = linker.defaultLookup().findOrThrow(name);
    Linker.Option errno = Linker.Option.captureCallState("errno");
    return variadicFrom < 0
        ? linker.downcallHandle(symbol, descriptor, errno)
        : linker.downcallHandle(
            symbol, descriptor, errno, Linker.Option.firstVariadicArg(variadicFrom));
  }
}
