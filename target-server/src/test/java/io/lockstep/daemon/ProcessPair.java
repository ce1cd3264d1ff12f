package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Check;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Two nodes, each a process of its own, on disks in files: a node that ends itself is seen as
/// that, and takes no test with it. Node 1 may be told another address of node 0, where something
/// stands between the two.
public final class ProcessPair implements AutoCloseable {
  private static final long DISK_BYTES = 64L << 20;
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Path directory;
  private final @Nullable Process[] processes = new Process[2];
  private final int peerPort;
  private final List<Integer> portalPorts;
  private final int controlPort;
  private int dialledPort;
  private boolean logsAsProgram;
  private int dialledControlPort;

  /// Lays out both disks; nothing runs yet.
  public ProcessPair(Path directory) throws IOException, ConfigFile.ConfigException {
    this.directory = directory;
    this.peerPort = FreePorts.one();
    this.controlPort = FreePorts.one();
    this.portalPorts = List.of(FreePorts.one(), FreePorts.one());
    this.dialledPort = peerPort;
    this.dialledControlPort = controlPort;
    var identity = PairIdentity.random(new Random(3));
    for (int node = 0; node < 2; node++) {
      assertThat(LocalDisk.create(disk(node), DISK_BYTES)).isEmpty();
      DaemonConfig config = ConfigFile.parse(file(node), text(node));
      var mirror = config.mirrors().getFirst();
      assertThat(DiskInit.run(config, mirror, identity, _ -> {}, node == 0)).isEmpty();
    }
  }

  /// From their next start on the nodes log as they do where no test has its own way.
  void logAsProgram() {
    logsAsProgram = true;
  }

  /// Where node 0 listens for node 1.
  public int peerPort() {
    return peerPort;
  }

  /// Where node 0 listens for the control connection of node 1.
  public int controlPort() {
    return controlPort;
  }

  /// Where node 1 looks for the control connection, from its next start on.
  public void dialControl(int port) {
    dialledControlPort = port;
  }

  /// Where hosts log in to a node.
  int portalPort(int node) {
    return portalPorts.get(node);
  }

  /// Where node 1 looks for node 0, from its next start on.
  public void dial(int port) {
    dialledPort = port;
  }

  /// Where a node's disk is.
  public Path disk(int node) {
    return directory.resolve("disk" + node);
  }

  /// Where a node is asked.
  public Path socket(int node) {
    return directory.resolve(node + ".sock");
  }

  private Path file(int node) {
    return directory.resolve(node + ".yaml");
  }

  private Path log(int node) {
    return directory.resolve(node + ".log");
  }

  private String text(int node) {
    return new ConfigText(node, socket(node))
        .mirror("main", node == 0 ? peerPort : dialledPort, disk(node))
        .portals("127.0.0.1:" + portalPorts.get(node), "127.0.0.1:" + portalPorts.get(1 - node))
        .peerPort(node == 0 ? controlPort : dialledControlPort)
        .text();
  }

  /// A node begins, as it is configured now.
  public void start(int node) throws IOException {
    Files.writeString(file(node), text(node));
    var builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-ea",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx256m",
                "-XX:MaxDirectMemorySize=1536m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                System.getProperty("java.class.path"),
                DaemonMain.class.getName(),
                "--config",
                file(node).toString())
            .redirectErrorStream(true)
            .redirectOutput(log(node).toFile());
    if (logsAsProgram) {
      builder.command().add(1, "-Dlogback.configurationFile=logback.xml");
    }
    builder.environment().merge("PATH", programs(node).toString(), (old, own) -> own + ":" + old);
    processes[node] = builder.start();
  }

  private Path programs(int node) {
    return directory.resolve("bin" + node);
  }

  /// A program that a node finds before the machine's own.
  void program(int node, String name, String script) throws IOException {
    Path file = Files.createDirectories(programs(node)).resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + script + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /// The orderly end of a node, which runs.
  ///
  /// @return its exit status
  int stop(int node) throws InterruptedException {
    Process process = Check.present(processes[node], "the node was started");
    process.destroy();
    assertThat(process.waitFor(WAIT_NANOS, TimeUnit.NANOSECONDS)).isTrue();
    processes[node] = null;
    return process.exitValue();
  }

  /// Asks a node.
  public ControlClient client(int node) {
    return new ControlClient(socket(node), "tester");
  }

  /// Both processes are still those that were started.
  void assertAlive(Object when) throws IOException {
    assertAlive(0, when);
    assertAlive(1, when);
  }

  void assertAlive(int node, Object when) throws IOException {
    assertThat(isRunning(node))
        .as("node %d runs (%s); its log: %s", node, when, tail(node))
        .isTrue();
  }

  /// A signal for a node, which runs: STOP freezes it, CONT lets it go on.
  public void signal(int node, String name) throws IOException, InterruptedException {
    Process process = Check.present(processes[node], "the node was started");
    var kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()));
    assertThat(kill.inheritIO().start().waitFor()).isZero();
  }

  /// The end of a node that nobody has ordered.
  public void kill(int node) {
    Process process = Check.present(processes[node], "the node was started");
    process.destroyForcibly().onExit().join();
    processes[node] = null;
  }

  private boolean isRunning(int node) {
    Process process = processes[node];
    return process != null && process.isAlive();
  }

  /// How many sockets a node has open.
  long sockets(int node) throws IOException {
    Process process = Check.present(processes[node], "the node was started");
    try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return files.filter(ProcessPair::isSocket).count();
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // It was closed meanwhile.
    }
  }

  /// Lets a node's garbage collector run, so that Netty sees which buffers were forgotten.
  void collectGarbage(int node) throws IOException, InterruptedException {
    Process process = Check.present(processes[node], "the node was started");
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process asked =
        new ProcessBuilder(jcmd.toString(), String.valueOf(process.pid()), "GC.run")
            .redirectErrorStream(true)
            .start();
    asked.getInputStream().readAllBytes();
    assertThat(asked.waitFor()).isZero();
  }

  /// What a node has logged.
  String logged(int node) throws IOException {
    return Files.readString(log(node));
  }

  private String tail(int node) throws IOException {
    List<String> lines = Files.readAllLines(log(node));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  /// Waits until a node, which runs, sees the pair so.
  public PairStatus await(int node, Predicate<PairStatus> condition) throws IOException {
    long start = System.nanoTime();
    String last = "nothing yet";
    while (System.nanoTime() - start < WAIT_NANOS && isRunning(node)) {
      try {
        PairStatus status = client(node).status();
        if (condition.test(status)) {
          return status;
        }
        last = status.toString();
      } catch (ControlException e) {
        last = e.getMessage();
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new AssertionError("not in time: " + last + "\n" + tail(node));
  }

  /// Starts both and waits until a is Primary and all is well.
  PairStatus startInSync() throws IOException {
    start(0);
    start(1);
    return awaitInSync();
  }

  /// Waits until a is Primary and all is well.
  public PairStatus awaitInSync() throws IOException {
    return await(0, ProcessPair::inSync);
  }

  /// Whether all is well.
  public static boolean inSync(PairStatus status) {
    return TwoDaemons.mirror(status).group() != null
        && status.nodes().stream().allMatch(one -> one.state().equals(NodeStatus.RUNNING))
        && TwoDaemons.mirror(status).sides().stream().allMatch(TwoDaemons::isWhole);
  }

  @Override
  public void close() {
    for (@Nullable Process process : processes) {
      if (process != null) {
        process.destroyForcibly().onExit().join();
      }
    }
  }
}
