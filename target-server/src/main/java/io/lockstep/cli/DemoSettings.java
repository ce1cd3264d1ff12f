package io.lockstep.cli;

import io.lockstep.block.ByteSize;
import io.lockstep.block.Refusal;
import io.lockstep.daemon.DiskInit;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// What the first `lockstep demo` in a directory chose, so that the next one finds everything as it
/// was.
///
/// @param sizeBytes size of each disk
/// @param basePort the first of [#PORT_COUNT] ports
/// @param mirrorCount how many mirrors, 1 or 2
record DemoSettings(long sizeBytes, int basePort, int mirrorCount) {
  /// The names of the mirrors.
  static final List<String> MIRRORS = List.of("main", "second");

  /// Disk size without `--size`.
  static final long SIZE_DEFAULT = 4L << 30;

  /// The smallest disk of a demo: what a mirror needs.
  static final long SIZE_MIN = DiskInit.SIZE_BYTES_MIN;

  /// Disks have whole blocks of this size.
  private static final long SIZE_STEP = 4096;

  /// First port without `--base-port`.
  static final int BASE_PORT_DEFAULT = 13260;

  /// How many ports the demo uses, one after another.
  static final int PORT_COUNT = 6;

  /// A size that a disk can have: `bytes`, rounded up.
  ///
  /// @throws RefusedException if it is too small
  static long diskBytes(long bytes) {
    if (bytes < SIZE_MIN) {
      throw new RefusedException(
          "The demo was not started",
          "disks of " + ByteSize.text(bytes) + " are too small for a mirror",
          "choose --size " + ByteSize.exact(SIZE_MIN).replace(" ", "") + " or more");
    }
    return Math.ceilDiv(bytes, SIZE_STEP) * SIZE_STEP;
  }

  int portalPort(int nodeId) {
    return basePort + nodeId;
  }

  int consolePort() {
    return basePort + 2;
  }

  /// Where node a listens for node b, for a mirror.
  ///
  /// @param mirror 0 or 1
  int peerPort(int mirror) {
    return basePort + 3 + mirror;
  }

  List<String> mirrors() {
    return MIRRORS.subList(0, mirrorCount);
  }

  /// The control connection.
  int controlPort() {
    return basePort + 3 + MIRRORS.size();
  }

  String consoleUrl() {
    return "http://127.0.0.1:" + consolePort() + "/";
  }

  /// What the directory says, with the options given now.
  ///
  /// @throws RefusedException if `--size` or `--mirrors` differs from the disks that are there
  static DemoSettings choose(
      Path file, @Nullable Long size, @Nullable Integer basePort, @Nullable Integer mirrors)
      throws IOException {
    if (!Files.exists(file)) {
      return new DemoSettings(
          size == null ? SIZE_DEFAULT : size,
          basePort == null ? BASE_PORT_DEFAULT : basePort,
          mirrors == null ? 1 : mirrors);
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      long before = Long.parseLong(properties.getProperty("sizeBytes", ""));
      int portBefore = Integer.parseInt(properties.getProperty("basePort", ""));
      int mirrorsBefore = Integer.parseInt(properties.getProperty("mirrors", "1"));
      if (mirrors != null && mirrors != mirrorsBefore) {
        throw new RefusedException(
            "The demo was not started",
            "it was made with --mirrors " + mirrorsBefore,
            "leave --mirrors away, or choose another directory with --dir");
      }
      if (size != null && size != before) {
        throw new RefusedException(
            "The demo was not started",
            "its disks have " + ByteSize.text(before) + " and are not resized",
            "leave --size away, or choose another directory with --dir");
      }
      return new DemoSettings(before, basePort == null ? portBefore : basePort, mirrorsBefore);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(
          new Refusal(
              "The demo was not started",
              file + " is damaged",
              "correct it (sizeBytes, basePort, mirrors) or choose another directory"),
          e);
    }
  }

  void save(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("sizeBytes", String.valueOf(sizeBytes));
    properties.setProperty("basePort", String.valueOf(basePort));
    properties.setProperty("mirrors", String.valueOf(mirrorCount));
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, "The demo of Lockstep in this directory");
    }
  }
}
