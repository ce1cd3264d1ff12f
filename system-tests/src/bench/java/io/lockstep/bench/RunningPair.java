package io.lockstep.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A demo of one source tree with one exported volume: started, waited for, and ended with all that
/// belongs to it. Only what every release answers alike is asked of it.
final class RunningPair implements AutoCloseable {
  static final long VOLUME_BYTES = 256L << 20;

  private static final int PORTS = 6;
  private static final int BASE_PORT_MIN = 14_260;
  private static final int BASE_PORT_MAX = 15_260;
  private static final long COMMAND_SECONDS_MAX = 900;
  private static final long IN_SYNC_SECONDS_MAX = 120;
  private static final Path PROCESSES = Path.of("/proc");
  private static final Pattern IQN = Pattern.compile("iqn\\.\\S+bench");

  private final Path tree;
  private final Path folder;
  private final int basePort;
  private final List<DaemonMeter> meters = new ArrayList<>();
  private String iqn = "";

  RunningPair(Path tree, Path folder) throws IOException {
    this.tree = tree.toAbsolutePath().normalize();
    this.folder = folder.toAbsolutePath();
    basePort = freePorts();
  }

  /// Builds the tree if that has to be, and starts its pair.
  void start() throws IOException, InterruptedException {
    lockstep("demo", "--detach", "--size", "1G", "--base-port", String.valueOf(basePort));
    lockstep("volume", "create", "bench", "--size", (VOLUME_BYTES >> 20) + "M");
    String told = lockstep("export", "create", "bench");
    Matcher found = IQN.matcher(told);
    if (!found.find()) {
      throw new IOException("no IQN in the answer to export create: " + told);
    }
    iqn = found.group();
    awaitInSync();
    for (String node : List.of("a", "b")) {
      meters.add(new DaemonMeter(daemon(node)));
    }
  }

  /// The daemons' JVMs, that of the Primary first.
  List<DaemonMeter> meters() {
    return List.copyOf(meters);
  }

  Lun open() throws IOException {
    return new Lun(basePort, iqn, VOLUME_BYTES);
  }

  private void awaitInSync() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(IN_SYNC_SECONDS_MAX);
    while (lockstep("status").split("UpToDate", -1).length != 3) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("the nodes are not in sync after " + IN_SYNC_SECONDS_MAX + " s");
      }
    }
  }

  /// The process of a node: a daemon's JVM that was told a file in the node's folder.
  private long daemon(String node) throws IOException {
    String inFolder = folder.resolve(node) + "/";
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
      for (Path process : processes) {
        String words = words(process);
        if (words.contains(inFolder) && words.contains("io.lockstep.daemon.DaemonMain")) {
          return Long.parseLong(process.getFileName().toString());
        }
      }
    }
    throw new IOException("no daemon of node " + node + " runs in " + folder);
  }

  /// The whole command line, of which ProcessHandle knows the beginning.
  private static String words(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  private String lockstep(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tree.resolve("lockstep").toString()));
    command.addAll(List.of(words));
    Path output = folder.resolve("command.log");
    Files.createDirectories(folder);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("LOCKSTEP_DIR", folder.toString());
    Process process = builder.start();
    boolean ended = process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS);
    if (!ended) {
      process.destroy();
    }
    String told = Files.readString(output);
    if (!ended || process.exitValue() != 0) {
      String why = ended ? told.strip() : "no answer after " + COMMAND_SECONDS_MAX + " s";
      throw new IOException(String.join(" ", command) + ": " + why);
    }
    return told;
  }

  private static int freePorts() throws IOException {
    for (int base = BASE_PORT_MIN; base < BASE_PORT_MAX; base += PORTS) {
      if (areFree(base)) {
        return base;
      }
    }
    throw new IOException(
        "no %d free ports from %d to %d".formatted(PORTS, BASE_PORT_MIN, BASE_PORT_MAX));
  }

  private static boolean areFree(int base) {
    for (int port = base; port < base + PORTS; port++) {
      try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        taken.setReuseAddress(true);
      } catch (IOException inUse) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    for (DaemonMeter meter : meters) {
      try {
        meter.close();
      } catch (IOException gone) {
        // Its daemon has ended before it.
      }
    }
    if (!Files.exists(folder.resolve("demo.properties"))) {
      return; // it never came so far
    }
    try {
      lockstep("demo", "stop");
    } catch (InterruptedException interrupted) {
      throw new IOException("interrupted while the demo in " + folder + " stops", interrupted);
    }
  }
}
