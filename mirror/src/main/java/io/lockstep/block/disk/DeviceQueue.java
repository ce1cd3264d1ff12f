package io.lockstep.block.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What sysfs says about the request queue of a block device. Where it says nothing, the answer is
/// the careful one. Immutable.
final class DeviceQueue {
  private final Path directory;

  /// @param device `major:minor`
  DeviceQueue(String device) {
    Path own = Path.of("/sys/dev/block", device);
    Path queue = own.resolve("queue");
    this.directory = Files.isDirectory(queue) ? queue : own.resolve("../queue");
  }

  /// Whether the device turns a range into zeroes by itself, so that a hole is worth asking for.
  boolean zeroesInHardware() {
    String bytes = read("write_zeroes_max_bytes");
    return !bytes.isEmpty() && !bytes.equals("0");
  }

  boolean volatileCache() {
    return !read("write_cache").equals("write through");
  }

  private String read(String name) {
    try {
      return Files.readString(directory.resolve(name)).strip();
    } catch (IOException missing) {
      return "";
    }
  }
}
