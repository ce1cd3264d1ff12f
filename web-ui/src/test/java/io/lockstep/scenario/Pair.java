package io.lockstep.scenario;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A demo of its own in a temporary folder: two nodes and a console, on ports that were free.
///
/// What it starts it stops: the demo with `demo stop`, single daemons by their process.
final class Pair implements AutoCloseable {
  static final List<String> NODES = List.of("a", "b");
  private static final Duration READY_MAX = Duration.ofSeconds(60);
  private static final Path ROOT = root();

  private final Path directory;
  private final int basePort;
  private final List<Process> daemons = new ArrayList<>();

  private Pair(Path directory, int basePort) {
    this.directory = directory;
    this.basePort = basePort;
  }

  /// A pair that runs and is in sync.
  static Pair start(String diskSize) throws IOException {
    Pair pair = new Pair(Files.createTempDirectory("lockstep-pair"), freePorts());
    try {
      pair.startDemo("--size", diskSize, "--base-port", String.valueOf(pair.basePort));
      pair.awaitInSync();
      return pair;
    } catch (RuntimeException | AssertionError e) {
      pair.close();
      throw e;
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("lockstep"))) {
      folder = Optional.ofNullable(folder.getParent()).orElseThrow();
    }
    return folder;
  }

  /// The first of four ports that are free together, below the range of outgoing connections.
  static int freePorts() {
    SplittableRandom dice = new SplittableRandom();
    for (int attempt = 0; attempt < 200; attempt++) {
      int base = dice.nextInt(15_000, 30_000);
      if (Stream.of(0, 1, 2, 3).allMatch(offset -> isFree(base + offset))) {
        return base;
      }
    }
    throw new AssertionError("no four free ports");
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return probe.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  Path directory() {
    return directory;
  }

  int basePort() {
    return basePort;
  }

  void startDemo(String... options) {
    List<String> words = new ArrayList<>(List.of("demo", "--detach"));
    words.addAll(List.of(options));
    Tool.Result result = attempt(words.toArray(String[]::new));
    assertThat(result.status()).as(result.all()).isZero();
  }

  void stopDemo() {
    assertThat(lockstep("demo", "stop")).contains("has stopped");
  }

  /// A command that must succeed, with this pair's directory.
  String lockstep(String... words) {
    Tool.Result result = attempt(words);
    assertThat(result.status()).as(List.of(words) + ": " + result.all()).isZero();
    return result.out();
  }

  Tool.Result attempt(String... words) {
    List<Object> command = new ArrayList<>();
    command.add(ROOT.resolve("lockstep"));
    command.addAll(List.of(words));
    command.add("--dir");
    command.add(directory);
    return Tool.attempt(Duration.ofSeconds(200), command.toArray());
  }

  Path config(String node) {
    return directory.resolve(node).resolve("lockstepd.conf");
  }

  Path disk(String node) {
    return directory.resolve(node).resolve("disk.img");
  }

  ControlClient client(String node) {
    return new ControlClient(directory.resolve(node).resolve("control.sock"), "scenario");
  }

  /// Starts one daemon outside the demo, with its own configuration and these lines more.
  Process startDaemon(String node, String... moreLines) throws IOException {
    Path config = directory.resolve(node).resolve("scenario.conf");
    String text = Files.readString(config(node)) + String.join("\n", moreLines) + "\n";
    Files.writeString(config, text);
    Process daemon =
        new ProcessBuilder(
                ROOT.resolve("lockstep").toString(), "daemon", "--config", config.toString())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
            .start();
    daemons.add(daemon);
    return daemon;
  }

  Path log(String node) {
    return directory.resolve(node).resolve("lockstepd.log");
  }

  PairStatus status() {
    for (String node : NODES) {
      Optional<PairStatus> status = statusFrom(node);
      if (status.isPresent()) {
        return status.get();
      }
    }
    throw new AssertionError("no node answers");
  }

  Optional<PairStatus> statusFrom(String node) {
    try {
      return Optional.of(client(node).status());
    } catch (ControlException e) {
      return Optional.empty();
    }
  }

  /// What a node says of itself.
  Optional<NodeStatus> self(String node) {
    return statusFrom(node)
        .flatMap(
            status -> status.nodes().stream().filter(one -> one.name().equals(node)).findFirst());
  }

  boolean is(String node, String role) {
    return self(node).filter(one -> one.role().equals(role)).isPresent();
  }

  /// The node that is Primary; there is at most one here.
  String primary() {
    return NODES.stream().filter(node -> is(node, "Primary")).findFirst().orElseThrow();
  }

  static String other(String node) {
    return node.equals("a") ? "b" : "a";
  }

  /// Waits until both nodes are UpToDate and connected, no bit is set, and one is Primary.
  void awaitInSync() {
    Tool.await(
        "both nodes in sync and one of them Primary",
        READY_MAX,
        () ->
            NODES.stream().allMatch(node -> self(node).filter(Pair::isInSync).isPresent())
                && NODES.stream().anyMatch(node -> is(node, "Primary")));
  }

  private static boolean isInSync(NodeStatus node) {
    return node.diskState().equals("UpToDate")
        && node.connectionState().equals("Connected")
        && node.outOfSyncBytes() == 0;
  }

  void kill(String node) {
    long pid = self(node).map(NodeStatus::pid).orElseThrow();
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    process.destroyForcibly();
    Tool.await("the end of " + node, Duration.ofSeconds(10), () -> !process.isAlive());
  }

  ExportInfo export(String volume) {
    try {
      return client(primary()).exports().stream()
          .filter(one -> one.volume().equals(volume))
          .findFirst()
          .orElseThrow();
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
  }

  /// The volume's LUN at a node's portal, as libiscsi names it.
  String url(String node, String iqn) {
    int port = basePort + NODES.indexOf(node);
    return "iscsi://127.0.0.1:" + port + "/" + iqn + "/0";
  }

  /// Copies a volume's bytes past iSCSI and the daemon, from the disk of one node.
  void copyFromDisk(String node, String volume, Path copy) throws IOException {
    NodeStatus where = self(node).orElseThrow();
    try (FileChannel disk = FileChannel.open(disk(node), StandardOpenOption.READ);
        FileChannel out = FileChannel.open(copy, CREATE, WRITE, TRUNCATE_EXISTING)) {
      for (SegmentInfo segment : volume(volume).segments()) {
        long from = where.dataOffset() + segment.dataOffset();
        for (long done = 0; done < segment.lengthBytes(); ) {
          done += disk.transferTo(from + done, segment.lengthBytes() - done, out);
        }
      }
    }
  }

  VolumeInfo volume(String name) {
    return status().volumes().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /// The replicated spaces of both nodes, control region included, are equal byte for byte.
  void assertEqualDisks() throws IOException {
    long offset;
    long length;
    try {
      var mirror = client(primary()).mirror();
      offset =
          mirror.regions().stream()
              .filter(region -> region.name().equals("control"))
              .findFirst()
              .orElseThrow()
              .offset();
      length = mirror.replicatedBytes();
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
    assertThat(firstDifference(offset, length)).as("first differing byte of the disks").isNull();
  }

  private @Nullable Long firstDifference(long offset, long length) throws IOException {
    int chunk = 1 << 20;
    try (RandomAccessFile left = new RandomAccessFile(disk("a").toFile(), "r");
        RandomAccessFile right = new RandomAccessFile(disk("b").toFile(), "r")) {
      left.seek(offset);
      right.seek(offset);
      byte[] leftBytes = new byte[chunk];
      byte[] rightBytes = new byte[chunk];
      for (long done = 0; done < length; done += chunk) {
        int step = (int) Math.min(chunk, length - done);
        left.readFully(leftBytes, 0, step);
        right.readFully(rightBytes, 0, step);
        int at = Arrays.mismatch(leftBytes, 0, step, rightBytes, 0, step);
        if (at >= 0) {
          return offset + done + at;
        }
      }
    }
    return null;
  }

  /// Stops everything and removes the folder; the logs are shown by whoever fails.
  @Override
  public void close() throws IOException {
    attempt("demo", "stop");
    for (Process daemon : daemons) {
      daemon.destroyForcibly();
      try {
        daemon.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// The end of a node's log, for messages.
  String logTail(String node) {
    try {
      String text = Files.readString(log(node));
      return text.substring(Math.max(0, text.length() - 3000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// Flips one bit of a file.
  static void flipBit(Path file, long offset) throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.seek(offset);
      int value = disk.read();
      disk.seek(offset);
      disk.write(value ^ 1);
    }
  }
}
