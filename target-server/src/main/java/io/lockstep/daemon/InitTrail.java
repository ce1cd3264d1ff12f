package io.lockstep.daemon;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.audit.AuditFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What `lockstepd init` has done, or has refused, in the audit trail of its node: the file that
/// the daemon writes. As there, a trail that cannot be written stops nothing.
final class InitTrail {
  private static final String FROM = "lockstepd init";

  private final DaemonConfig config;
  private final Map<String, Object> asked;
  private final Consumer<String> warnings;

  /// @param asked the options that were given
  /// @param warnings takes a line that could not be written, and why
  InitTrail(DaemonConfig config, Map<String, Object> asked, Consumer<String> warnings) {
    this.config = config;
    this.asked = asked;
    this.warnings = warnings;
  }

  /// A disk was laid out. Before that there was nothing on it.
  void laidOut(DaemonConfig.MirrorPart part, PairIdentity identity) {
    Map<String, Object> after = new LinkedHashMap<>();
    after.put("disk", part.disk().toString());
    after.put("pair", identity.pairName());
    after.put("pairId", identity.pairId().toString());
    after.put("mirrorId", identity.mirrorId().toString());
    write(
        "mirror " + part.name() + " at node " + config.nodeName(),
        new AuditInfo.Outcome(AuditInfo.DONE, "", null, after));
  }

  /// It was refused, or broke off; what was laid out before that has a line of its own.
  void refused(String why) {
    write("node " + config.nodeName(), new AuditInfo.Outcome(AuditInfo.REFUSED, why, null, null));
  }

  private void write(String about, AuditInfo.Outcome outcome) {
    Path file = config.written().auditFile();
    try {
      AuditFile.add(
          file,
          new AuditInfo(
              AuditInfo.When.of(Instant.now(), config.nodeName()),
              new AuditInfo.Who(account(), actor(), FROM),
              new AuditInfo.What("disk init", about, asked.isEmpty() ? null : asked),
              outcome));
    } catch (IOException e) {
      @Nullable String why = e.getMessage();
      warnings.accept("Warning: this is not in the audit trail " + file + ": " + why);
    }
  }

  private static String actor() {
    return System.getProperty("user.name", "").toLowerCase(Locale.ROOT).strip();
  }

  /// As the kernel has it, in the words of the control socket.
  private static String account() throws IOException {
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return "uid %s, pid %d".formatted(user, ProcessHandle.current().pid());
  }
}
