package io.lockstep.block.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// How much room a sparse file still needs, and how much its file system has. A file without all
/// its blocks takes them as it is written, and a write that finds none fails. Immutable.
///
/// @param path the file
/// @param sizeBytes how large it is
/// @param missingBytes how much of it has no blocks yet
/// @param freeBytes what its file system can still give
public record FileSpace(Path path, long sizeBytes, long missingBytes, long freeBytes) {
  private static final long ALLOCATION_UNIT_BYTES = 512;

  /// A tenth and a hundredth of the file are much on a small one, so at least so much counts too.
  private static final long LOW_BYTES_MIN = 1L << 30;

  private static final long NEARLY_FULL_BYTES_MIN = 256L << 20;

  /// What is known of a file; empty for a block device, and where nothing is told. Blocks.
  public static Optional<FileSpace> of(Path path) {
    var calls = new SystemCalls();
    int descriptor = calls.open(path, SystemCalls.O_RDONLY);
    if (descriptor < 0) {
      return Optional.empty();
    }
    SystemCalls.FileStatus status = calls.status(descriptor);
    long allocated = calls.allocatedUnits(descriptor) * ALLOCATION_UNIT_BYTES;
    calls.close(descriptor);
    if (!status.isRegularFile()) {
      return Optional.empty();
    }
    long missing = Math.max(0, status.sizeBytes() - allocated);
    try {
      long free = Files.getFileStore(path).getUsableSpace();
      return Optional.of(new FileSpace(path, status.sizeBytes(), missing, free));
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }

  /// Whether the file can be filled to its end.
  public boolean isEnough() {
    return missingBytes <= freeBytes;
  }

  /// Whether it cannot, and little is left: a tenth of the file's size, or 1 GiB.
  public boolean isLow() {
    return !isEnough() && freeBytes < Math.max(sizeBytes / 10, LOW_BYTES_MIN);
  }

  /// Whether it cannot, and next to nothing is left: a hundredth of the file's size, or 256 MiB.
  public boolean isNearlyFull() {
    return !isEnough() && freeBytes < Math.max(sizeBytes / 100, NEARLY_FULL_BYTES_MIN);
  }

  /// What a person is told who makes a disk of the file: it may have less room than it promises.
  public Optional<String> warning() {
    return isEnough()
        ? Optional.empty()
        : Optional.of(
            text()
                + ". A write that finds no room makes the disk fail: make room before it comes.");
  }

  /// What there is, for people.
  public String text() {
    return "%s needs another %s to be full, and its file system has %s left"
        .formatted(path, gibibytes(missingBytes), gibibytes(freeBytes));
  }

  private static String gibibytes(long bytes) {
    return bytes < 1L << 30
        ? bytes / (1 << 20) + " MiB"
        : "%.1f GiB".formatted(bytes / (double) (1L << 30));
  }
}
