package io.lockstep.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
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
          new String[] {"lvm", "lvm2"},
          new String[] {"mke2fs", "e2fsprogs"});

  private static final List<Path> FOLDERS =
      Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

  private LabNeeds() {}

  /// What is missing on this machine, each with what to do; empty where the lab can run.
  static List<String> missing() {
    return missing(
        System.getProperty("user.name"), System.getProperty("os.arch"), LabNeeds::isThere);
  }

  private static boolean isThere(Path path) {
    return path.equals(TUN) ? Files.isWritable(path) : Files.isExecutable(path);
  }

  /// The same for any machine.
  ///
  /// @param isThere whether it has a program or a device that can be opened
  static List<String> missing(String user, String architecture, Predicate<Path> isThere) {
    List<String> missing = new ArrayList<>();
    if (!user.equals("root")) {
      missing.add("root (network namespaces and a tun device need it)");
    }
    if (!architecture.equals("amd64")) {
      missing.add("an x86-64 processor (there is no other User-Mode Linux)");
    }
    if (!isThere.test(TUN)) {
      missing.add(TUN + " (as root: modprobe tun)");
    }
    for (String[] program : PROGRAMS) {
      if (FOLDERS.stream().noneMatch(in -> isThere.test(in.resolve(program[0])))) {
        missing.add(program[0] + " (Debian package " + program[1] + ")");
      }
    }
    return missing;
  }
}
