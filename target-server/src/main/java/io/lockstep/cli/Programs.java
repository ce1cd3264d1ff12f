package io.lockstep.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Starts the product's other processes with the Java and the jars that run this one.
final class Programs {
  /// The command line's main class.
  private static final String LOCKSTEP = "io.lockstep.cli.Main";

  /// The daemon's main class.
  static final String DAEMON = "io.lockstep.daemon.DaemonMain";

  /// The console's main class, in the web-ui module.
  static final String CONSOLE = "io.lockstep.web.ConsoleMain";

  /// What docs/design.md adds up, with a margin; the same as in the script `lockstep`.
  private static final int DAEMON_DIRECT_MEBIBYTES = 1536;

  private static final List<String> JVM =
      List.of(
          "-ea",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=4",
          "-Xshare:auto",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  /// More flags for each JVM, as the script `lockstep` takes them too.
  private static final String MORE_FLAGS = "LOCKSTEP_JAVA_FLAGS";

  private Programs() {}

  /// Whether the console's module is among the jars.
  static boolean hasConsole() {
    return Programs.class.getResource("/" + CONSOLE.replace('.', '/') + ".class") != null;
  }

  /// Starts a program that ends with the process `tetherPid`; its output is added to `log`.
  static Process startTethered(long tetherPid, Path log, String mainClass, String... arguments)
      throws IOException {
    List<String> command =
        mainClass.equals(DAEMON) ? java(256, DAEMON_DIRECT_MEBIBYTES) : java(192, 384);
    command.add(Tethered.class.getName());
    command.add(String.valueOf(tetherPid));
    command.add(mainClass);
    command.addAll(List.of(arguments));
    return start(command, log);
  }

  /// Starts another `lockstep` in a session of its own, so that a terminal's Ctrl-C and its end do
  /// not reach it.
  static Process startDetached(Path log, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    Path setsid = Path.of("/usr/bin/setsid");
    if (Files.isExecutable(setsid)) {
      command.add(setsid.toString());
    }
    command.addAll(java(64, 128));
    command.add(LOCKSTEP);
    command.addAll(arguments);
    return start(command, log);
  }

  private static Process start(List<String> command, Path log) throws IOException {
    return new ProcessBuilder(command)
        .redirectInput(new File("/dev/null"))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .redirectErrorStream(true)
        .start();
  }

  private static List<String> java(int heapMebibytes, int directMebibytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add("-Xmx" + heapMebibytes + "m");
    command.add("-XX:MaxDirectMemorySize=" + directMebibytes + "m");
    command.addAll(words(System.getenv().getOrDefault(MORE_FLAGS, "")));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    return command;
  }

  private static List<String> words(String text) {
    return Pattern.compile("\\s+").splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }

  /// The last line that a program wrote, to say why it ended; empty if there is none.
  static String lastLine(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.reversed().stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("at "))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }
}
