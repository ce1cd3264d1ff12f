package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Requests;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.daemon.ConfigText;
import io.lockstep.daemon.DaemonMain;
import io.lockstep.daemon.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A node that is Primary, and a console before it, each a process of its own with the heap that
/// the wrapper gives it: one that ends itself is seen as that.
final class RunningConsole implements AutoCloseable {
  private static final Pattern SERVES = Pattern.compile("The console serves http://\\S+:(\\d+)");
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int DISK_BYTES = 64 << 20;

  private final Path directory;
  private String password = "";
  private final List<Process> processes = new ArrayList<>();
  private final int port;

  RunningConsole(Path directory) throws IOException {
    this.directory = directory;
    startNode();
    startConsole();
    this.port = servedPort();
  }

  private void startNode() throws IOException {
    try (var disk = new java.io.RandomAccessFile(file("disk").toFile(), "rw")) {
      disk.setLength(DISK_BYTES);
    }
    Files.writeString(
        file("node.yaml"),
        new ConfigText(0, file("a.sock")).mirror("main", FreePorts.one(), file("disk")).text());
    String daemon = DaemonMain.class.getName();
    String config = file("node.yaml").toString();
    Process init = start("init", 256, daemon, "init", "--config", config, "--first");
    assertThat(init.onExit().join().exitValue()).as(logged("init")).isZero();
    processes.add(start("node", 256, daemon, "--config", config));
    await("a node", () -> reaches(client -> client.status() != null));
    await(
        "a Primary",
        () ->
            reaches(
                client ->
                    client.mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at(null))
                        != null));
    await(
        "its volumes",
        () -> reaches(client -> client.status().mirrors().getFirst().group() != null));
  }

  private void startConsole() throws IOException {
    Files.writeString(
        file("console.conf"),
        """
        listen.port         = 0
        database.path       = %1$s/console
        control.sockets     = %1$s/a.sock
        first.password.file = %1$s/password
        """
            .formatted(directory));
    processes.add(
        start(
            "console",
            192,
            ConsoleMain.class.getName(),
            "--config",
            file("console.conf").toString()));
  }

  private int servedPort() {
    await("a console", () -> SERVES.matcher(logged("console")).find());
    Matcher served = SERVES.matcher(logged("console"));
    assertThat(served.find()).isTrue();
    return Integer.parseInt(served.group(1));
  }

  private Process start(String name, int heapMebibytes, String... program) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-ea",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx" + heapMebibytes + "m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path")));
    command.addAll(List.of(program));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(file(name + ".log").toFile())
        .start();
  }

  private interface Asked {
    boolean of(ControlClient client) throws ControlException;
  }

  private boolean reaches(Asked asked) {
    try {
      return asked.of(client());
    } catch (ControlException e) {
      return false;
    }
  }

  private void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start)
          .as(() -> what + ": " + logged("node") + logged("console"))
          .isLessThan(WAIT_NANOS);
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  /// What a program has said so far.
  String logged(String name) {
    try {
      return Files.exists(file(name + ".log")) ? Files.readString(file(name + ".log")) : "";
    } catch (IOException e) {
      return "";
    }
  }

  /// The node, past the console.
  ControlClient client() {
    return new ControlClient(file("a.sock"), "tester");
  }

  int port() {
    return port;
  }

  /// The password of `admin`; its file goes with the first use.
  String password() throws IOException {
    if (password.isEmpty()) {
      password = Files.readString(file("password")).strip();
    }
    return password;
  }

  void assertAlive(String when) {
    assertThat(processes)
        .as(() -> "node and console run (" + when + "): " + logged("node") + logged("console"))
        .allMatch(Process::isAlive);
  }

  @Override
  public void close() {
    processes.forEach(process -> process.destroyForcibly().onExit().join());
  }
}
