package io.lockstep.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What a machine must have so that guests can run on it. `./check` prepares all of it where it
/// may.
final class LabNeeds {
  private static final Path TUN = Path.of("/dev/net/tun");

  /// Programs, each with the Debian package that brings it.
  private static final List<String[]> PROGRAMS =
      List.of(
          new String[] {"linux.uml", "user-mode-linux"},
          new String[] {"ip", "iproute2"},
          new String[] {"nsenter", "util-linux"},
          new String[] {"socat", "socat"},
          new String[] {"modprobe", "kmod"},
          new String[] {"iscsiadm", "open-iscsi"},
          new String[] {"multipath", "multipath-tools"},
          new String[] {"udevadm", "udev"},
          new String[] {"mke2fs", "e2fsprogs"});

  private static final List<Path> FOLDERS =
      Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

  private LabNeeds() {}

  /// What is missing here, each with what to do; empty where the lab can run.
  static List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!"root".equals(System.getProperty("user.name"))) {
      missing.add("root (network namespaces and a tun device need it)");
    }
    if (!"amd64".equals(System.getProperty("os.arch"))) {
      missing.add("an x86-64 processor (there is no other User-Mode Linux)");
    }
    if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
      missing.add(TUN + " (as root: modprobe tun)");
    }
    for (String[] program : PROGRAMS) {
      if (FOLDERS.stream().noneMatch(in -> Files.isExecutable(in.resolve(program[0])))) {
        missing.add(program[0] + " (Debian package " + program[1] + ")");
      }
    }
    return missing;
  }
}
