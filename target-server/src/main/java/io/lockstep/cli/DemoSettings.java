package io.lockstep.cli;

import io.lockstep.control.client.Sizes;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// What the first `lockstep demo` in a directory chose, so that the next one finds everything as it
/// was.
///
/// @param sizeBytes size of each node's disk
/// @param basePort the first of [#PORT_COUNT] ports
record DemoSettings(long sizeBytes, int basePort) {
  /// Disk size without `--size`.
  static final long SIZE_DEFAULT = 4L << 30;

  /// First port without `--base-port`.
  static final int BASE_PORT_DEFAULT = 13260;

  /// How many ports the demo uses, one after another.
  static final int PORT_COUNT = 4;

  int portalPort(int nodeId) {
    return basePort + nodeId;
  }

  int consolePort() {
    return basePort + 2;
  }

  int peerPort() {
    return basePort + 3;
  }

  String consoleUrl() {
    return "http://127.0.0.1:" + consolePort() + "/";
  }

  /// What the directory says, with the options given now.
  ///
  /// @throws Refusal if `--size` differs from the size of the disks that are there
  static DemoSettings choose(Path file, @Nullable Long size, @Nullable Integer basePort)
      throws IOException {
    if (!Files.exists(file)) {
      return new DemoSettings(
          size == null ? SIZE_DEFAULT : size, basePort == null ? BASE_PORT_DEFAULT : basePort);
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      long before = Long.parseLong(properties.getProperty("sizeBytes", ""));
      int portBefore = Integer.parseInt(properties.getProperty("basePort", ""));
      if (size != null && size != before) {
        throw new Refusal(
            "The demo was not started",
            "its disks have " + Sizes.text(before) + " and are not resized",
            "leave --size away, or choose another directory with --dir");
      }
      return new DemoSettings(before, basePort == null ? portBefore : basePort);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          "The demo was not started: "
              + file
              + " is damaged; correct it (sizeBytes, basePort) or choose another directory.",
          e);
    }
  }

  void save(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("sizeBytes", String.valueOf(sizeBytes));
    properties.setProperty("basePort", String.valueOf(basePort));
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, "The demo of Lockstep in this directory");
    }
  }
}
