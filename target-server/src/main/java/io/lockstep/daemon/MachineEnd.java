package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Loop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this machine is shutting down. The daemon itself is told by SIGTERM, but that may come
/// late: an init system ends first what depends on it.
///
/// Asked is who knows: systemd by `systemctl is-system-running`, which says `stopping` from the
/// moment in which the shutdown begins until the end; OpenRC by its run level; other init systems
/// by `runlevel`, 0 and 6. A file such as /run/nologin does not say it: it is there while a machine
/// starts, too; and a shutdown that is only planned has not begun. Where nobody knows, or answers
/// in time, the machine counts as up: a question that hangs must not stand in the way of a
/// takeover.
///
/// The question waits for another program, so it has a thread of its own.
final class MachineEnd {
  /// How long one program may take.
  private static final long ANSWER_MILLIS_MAX = 2_000;

  private static final Logger LOG = LoggerFactory.getLogger(MachineEnd.class);

  private final Path openRcLevel;

  MachineEnd() {
    this(Path.of("/run/openrc/softlevel"));
  }

  /// @param openRcLevel the file in which OpenRC writes its run level
  MachineEnd(Path openRcLevel) {
    this.openRcLevel = openRcLevel;
  }

  /// Asks.
  ///
  /// @param answer runs on the loop, with who says that the machine is shutting down; empty if it
  ///     is not
  void ask(Loop loop, Consumer<Optional<String>> answer) {
    Thread.ofPlatform()
        .daemon()
        .name("machine-end")
        .start(
            () -> {
              Optional<String> found = find();
              try {
                loop.execute(() -> answer.accept(found));
              } catch (RejectedExecutionException e) {
                LOG.info("the node has ended before it knew whether it may be promoted");
              }
            });
  }

  /// Who says so. Blocks.
  Optional<String> find() {
    if (said("systemctl", "is-system-running").equals("stopping")) {
      return Optional.of("systemd");
    }
    if (List.of("shutdown", "reboot").contains(openRc())) {
      return Optional.of("OpenRC");
    }
    return said("runlevel").matches("\\S+ [06]") ? Optional.of("its run level") : Optional.empty();
  }

  private String openRc() {
    try {
      return Files.exists(openRcLevel) ? Files.readString(openRcLevel).strip() : "";
    } catch (IOException e) {
      LOG.warn("{} cannot be read: {}", openRcLevel, e.toString());
      return "";
    }
  }

  /// The one line that a program prints; nothing if there is no such program, or it takes too long.
  private static String said(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try {
        process.getOutputStream().close();
        if (process.waitFor(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
          return new String(process.getInputStream().readNBytes(100), UTF_8).strip();
        }
        LOG.warn("{} gave no answer in {} ms", command[0], ANSWER_MILLIS_MAX);
        return "";
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return ""; // There is none on this machine.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
