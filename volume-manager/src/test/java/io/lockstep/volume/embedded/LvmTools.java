package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.zeroturnaround.exec.ProcessExecutor;
import org.zeroturnaround.exec.ProcessResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Debian's lvm2 on image files behind loop devices: with a configuration of its own, which shows
/// it nothing but those devices, and without device-mapper. Needs root (for losetup), lvm2,
/// util-linux.
final class LvmTools implements AutoCloseable {
  static final String SYSTEM_ID = "lockstep-abc";

  private static final int TIMEOUT_SECONDS = 60;
  private static final int COPY_BYTES = 1 << 20;

  private final Path directory;
  private final List<String> devices = new ArrayList<>();
  private final JsonMapper json = new JsonMapper();

  LvmTools(Path directory) {
    this.directory = directory;
  }

  /// Makes a device of each image; all commands see these and no others.
  List<String> attach(Path... images) {
    for (Path image : images) {
      devices.add(run("util-linux", "losetup", "--find", "--show", "--", image.toString()).strip());
    }
    configure();
    return List.copyOf(devices);
  }

  /// Takes the devices away; what the tools wrote is then in the images.
  void detach() {
    for (String device : devices) {
      run("util-linux", "losetup", "--detach", device);
    }
    devices.clear();
  }

  @Override
  public void close() {
    detach();
  }

  /// Runs a command of lvm2 and returns what it printed.
  String lvm(String command, String... arguments) {
    List<String> line = new ArrayList<>(List.of(command, "--driverloaded", "n"));
    line.addAll(Arrays.asList(arguments));
    return run("lvm2", line.toArray(String[]::new));
  }

  /// Runs a reporting command and returns the rows of its JSON.
  List<JsonNode> report(String command, String fields, String kind) {
    String text =
        lvm(command, "--reportformat", "json", "--units", "b", "--nosuffix", "--options", fields);
    List<JsonNode> rows = new ArrayList<>();
    json.readTree(text).path("report").path(0).path(kind).forEach(rows::add);
    return rows;
  }

  private void configure() {
    StringBuilder accepted = new StringBuilder();
    devices.forEach(device -> accepted.append("\"a|^").append(device).append("$|\", "));
    String filter = "[" + accepted + "\"r|.*|\"]";
    String conf =
        """
        devices {
          filter = %1$s
          global_filter = %1$s
          use_devicesfile = 0
          obtain_device_list_from_udev = 0
          external_device_info_source = "none"
          hints = "none"
        }
        global {
          system_id_source = "lvmlocal"
          use_lvmpolld = 0
          use_lvmlockd = 0
          event_activation = 0
          locking_dir = "%2$s/lock"
        }
        activation { monitoring = 0 udev_sync = 0 udev_rules = 0 }
        backup { backup = 0 archive = 0 backup_dir = "%2$s/b" archive_dir = "%2$s/a" }
        """
            .formatted(filter, directory);
    try {
      Files.writeString(directory.resolve("lvm.conf"), conf);
      Files.writeString(
          directory.resolve("lvmlocal.conf"), "local { system_id = \"" + SYSTEM_ID + "\" }\n");
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private String run(String packageName, String... line) {
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try {
      ProcessResult result =
          new ProcessExecutor(line)
              .environment("LVM_SYSTEM_DIR", directory.toString())
              .environment("LVM_SUPPRESS_FD_WARNINGS", "1")
              .environment("LC_ALL", "C")
              .redirectError(errors)
              .readOutput(true)
              .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .execute();
      if (result.getExitValue() != 0) {
        throw new AssertionError(
            "%s ended with %d (this test needs root, loop devices and Debian's package %s): %s%s"
                .formatted(
                    String.join(" ", line),
                    result.getExitValue(),
                    packageName,
                    result.outputUTF8(),
                    errors.toString(StandardCharsets.UTF_8)));
      }
      return result.outputUTF8();
    } catch (IOException missing) {
      throw new AssertionError(
          "cannot run %s; this test needs Debian's package %s and root"
              .formatted(line[0], packageName),
          missing);
    } catch (TimeoutException late) {
      throw new AssertionError(String.join(" ", line) + " did not end", late);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(interrupted);
    }
  }

  /// Copies a device to an image file; blocks of zeroes become holes.
  static void save(Fixture fixture, BlockDevice device, Path image) {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(device.limits().sizeBytes());
      byte[] zeroes = new byte[COPY_BYTES];
      for (long offset = 0; offset < file.length(); offset += COPY_BYTES) {
        byte[] bytes = fixture.read(device, offset, COPY_BYTES);
        if (!Arrays.equals(bytes, zeroes)) {
          file.seek(offset);
          file.write(bytes);
        }
      }
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /// Copies an image file to a new device.
  static BlockDevice load(Fixture fixture, Path image) {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
      BlockDevice device = fixture.memory(file.length());
      byte[] bytes = new byte[COPY_BYTES];
      byte[] zeroes = new byte[COPY_BYTES];
      for (long offset = 0; offset < file.length(); offset += COPY_BYTES) {
        file.readFully(bytes);
        if (!Arrays.equals(bytes, zeroes)) {
          fixture.write(device, offset, bytes);
        }
      }
      return device;
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }
}
