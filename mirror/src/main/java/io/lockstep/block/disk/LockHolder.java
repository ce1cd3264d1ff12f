package io.lockstep.block.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Who holds a file's lock, as far as `/proc` tells, for the sentence that refuses a second daemon.
///
/// @param pid the process, 0 = not known (another container's)
record LockHolder(long pid) {
  private static final Path LOCKS = Path.of("/proc/locks");

  /// A line: `1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF`.
  private static final int FIELD_PID = 4;

  private static final int FIELD_FILE = 5;

  /// @param lockName `major:minor:inode` as in `/proc/locks`
  static LockHolder of(String lockName) {
    try {
      for (String line : Files.readAllLines(LOCKS)) {
        List<String> fields = List.of(line.trim().split("\\s+"));
        if (fields.size() > FIELD_FILE
            && fields.get(1).equals("FLOCK")
            && fields.get(FIELD_FILE).equals(lockName)) {
          return new LockHolder(Math.max(0, Long.parseLong(fields.get(FIELD_PID))));
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      return new LockHolder(0);
    }
    return new LockHolder(0);
  }

  /// Whether a living process (not a zombie) is known to hold the lock.
  boolean isAlive() {
    try {
      return pid != 0
          && Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
              .noneMatch(line -> line.startsWith("State:") && line.contains("Z"));
    } catch (IOException gone) {
      return false;
    }
  }

  boolean isThisProcess() {
    return pid == ProcessHandle.current().pid();
  }

  String describe() {
    if (pid == 0) {
      return "another process";
    }
    if (isThisProcess()) {
      return "this very process";
    }
    return "process " + pid + commandOf(pid);
  }

  private static String commandOf(long pid) {
    try {
      return " (" + Files.readString(Path.of("/proc/" + pid + "/comm")).strip() + ")";
    } catch (IOException gone) {
      return "";
    }
  }
}
