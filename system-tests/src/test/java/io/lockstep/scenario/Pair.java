package io.lockstep.scenario;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.RegionInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.daemon.ConfigText;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Two nodes on this machine, as a demo or as daemons of their own, in one folder that is laid out
/// as the demo does it. [Pairs] makes them and ends them.
final class Pair {
  static final List<String> NODES = List.of("a", "b");
  private static final Duration READY_MAX = Duration.ofSeconds(60);
  private static final Duration DEATH_MAX = Duration.ofSeconds(10);
  private static final Path ROOT = root();

  private final Path directory;
  private final int basePort;
  private final Place place;

  /// Every process that was seen; a handle never means another process that got the same number.
  private final Set<ProcessHandle> seen = new LinkedHashSet<>();

  Pair(Path directory, int basePort) {
    this(directory, basePort, Place.onLoopback(basePort));
  }

  /// Daemons in a network of their own.
  Pair(Path directory, Place place) {
    this(directory, 0, place);
  }

  private Pair(Path directory, int basePort, Place place) {
    this.directory = directory;
    this.basePort = basePort;
    this.place = place;
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("lockstep"))) {
      folder = Optional.ofNullable(folder.getParent()).orElseThrow();
    }
    return folder;
  }

  /// The path of a program of this source tree.
  static String program(String name) {
    return ROOT.resolve(name).toString();
  }

  static String other(String node) {
    return node.equals("a") ? "b" : "a";
  }

  // --- where things are ---

  Path directory() {
    return directory;
  }

  int basePort() {
    return basePort;
  }

  Path folder(String node) {
    return directory.resolve(node);
  }

  Path disk(String node) {
    return folder(node).resolve("disk.img");
  }

  Path config(String node) {
    return folder(node).resolve("lockstepd.yaml");
  }

  Path socket(String node) {
    return folder(node).resolve("control.sock");
  }

  ControlClient client(String node) {
    return new ControlClient(socket(node), "scenario");
  }

  /// The LUN at a node's portal, as libiscsi names it.
  String url(String node, String iqn) {
    return "iscsi://" + place.portals().get(NODES.indexOf(node)) + "/" + iqn + "/0";
  }

  // --- commands ---

  /// A command that must succeed, with this pair's directory.
  String lockstep(String... words) {
    Tool.Result result = attempt(words);
    assertThat(result.status()).as(List.of(words) + ": " + result.all()).isZero();
    return result.out();
  }

  Tool.Result attempt(String... words) {
    List<Object> command = new ArrayList<>(List.of(words));
    command.add("--dir");
    command.add(directory);
    return attemptAnywhere(command.toArray());
  }

  /// Any `./lockstep` command, as it is.
  static Tool.Result attemptAnywhere(Object... words) {
    List<Object> command = new ArrayList<>(List.of(words));
    command.addFirst(program("lockstep"));
    return Tool.attempt(Duration.ofMinutes(5), command.toArray());
  }

  // --- the demo ---

  void startDemo(String... options) {
    List<String> words = new ArrayList<>(List.of("demo", "--detach"));
    words.addAll(List.of(options));
    Tool.Result result = attempt(words.toArray(String[]::new));
    demoProcesses();
    assertThat(result.status()).as(result.all()).isZero();
  }

  void stopDemo() {
    assertThat(lockstep("demo", "stop")).contains("has stopped");
  }

  /// The demo's process and those it has started, if it runs.
  List<ProcessHandle> demoProcesses() {
    try {
      long pid = Long.parseLong(Files.readString(directory.resolve("demo.pid")).strip());
      List<ProcessHandle> processes =
          ProcessHandle.of(pid).stream()
              .flatMap(demo -> Stream.concat(Stream.of(demo), demo.descendants()))
              .toList();
      seen.addAll(processes);
      return processes;
    } catch (IOException | NumberFormatException e) {
      return List.of();
    }
  }

  // --- daemons of their own ---

  /// Writes a node's configuration file as docs/configuration.md says.
  void configure(String node, String... moreLines) throws IOException {
    int id = NODES.indexOf(node);
    String text =
        new ConfigText(id, socket(node))
            .mirror("main", place.linkPort(), disk(node))
            .portals(place.portals().get(id), place.portals().get(1 - id))
            .peerPort(place.controlPort())
            .text();
    Files.createDirectories(folder(node));
    Files.writeString(config(node), text + String.join("\n", moreLines) + "\n");
  }

  void makeDisk(String node, long sizeBytes) throws IOException {
    Files.createDirectories(folder(node));
    try (RandomAccessFile file = new RandomAccessFile(disk(node).toFile(), "rw")) {
      file.setLength(sizeBytes);
    }
  }

  /// @return the code that lets the other disk join
  String layOutFirst(String node) {
    String said = layOut(node, "--first");
    return said.substring(said.lastIndexOf(' ') + 1).strip();
  }

  String layOut(String node, String... which) {
    Tool.Result result = attemptLayOut(node, which);
    assertThat(result.status()).as(result.all()).isZero();
    return result.out();
  }

  Tool.Result attemptLayOut(String node, String... which) {
    List<Object> words = new ArrayList<>(List.of("daemon", "init", "--config", config(node)));
    words.addAll(List.of(which));
    return attemptAnywhere(words.toArray());
  }

  void startDaemons() throws IOException {
    for (String node : NODES) {
      startDaemon(node);
    }
  }

  Process startDaemon(String node) throws IOException {
    List<String> command = new ArrayList<>(place.enter());
    command.addAll(List.of(program("lockstepd"), "--config", config(node).toString()));
    Process daemon =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
            .start();
    seen.add(daemon.toHandle());
    return daemon;
  }

  /// A daemon that must not start: how it ends.
  Tool.Result attemptDaemon(Path config) {
    return attemptAnywhere("daemon", "--config", config);
  }

  // --- what the nodes say ---

  PairStatus status() {
    return NODES.stream()
        .flatMap(node -> statusFrom(node).stream())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no node answers"));
  }

  Optional<PairStatus> statusFrom(String node) {
    try {
      return Optional.of(client(node).status());
    } catch (ControlException e) {
      return Optional.empty();
    }
  }

  /// What a node says of itself, if it answers.
  Optional<NodeStatus> self(String node) {
    return statusFrom(node).flatMap(status -> status.node(node));
  }

  /// What a node says of its side of the mirror, if it answers.
  Optional<SideStatus> side(String node) {
    return statusFrom(node).flatMap(status -> status.mirrors().getFirst().side(node));
  }

  private boolean says(String node, Predicate<SideStatus> what) {
    return side(node).filter(what).isPresent();
  }

  /// Where the PV lies on the disk of a node.
  DiskInfo diskOf(String node) {
    return side(node).orElseThrow().copy().disks().getFirst();
  }

  /// The node that is Primary and has its volumes open.
  String primary() {
    return NODES.stream()
        .filter(node -> says(node, SideStatus::serves))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no node is Primary"));
  }

  /// Waits until both nodes are UpToDate and connected, no bit is set, and one serves.
  void awaitInSync() {
    Tool.await(
        () -> "both nodes in sync and one of them Primary; they are " + states(),
        READY_MAX,
        () -> isInSync() && NODES.stream().anyMatch(this::serves));
  }

  boolean isInSync() {
    return NODES.stream().allMatch(node -> says(node, Pair::isInSync));
  }

  /// Whether a node is Primary and has its volumes open.
  boolean serves(String node) {
    return statusFrom(node)
        .filter(status -> status.mirrors().getFirst().group() != null)
        .filter(_ -> says(node, SideStatus::serves))
        .isPresent();
  }

  static boolean isInSync(SideStatus side) {
    return side.diskState().equals("UpToDate")
        && side.connectionState().equals("Connected")
        && Long.valueOf(0).equals(side.outOfSyncBytes());
  }

  private String states() {
    return NODES.stream()
        .map(node -> side(node).map(String::valueOf).orElse("(" + node + " is silent)"))
        .toList()
        .toString();
  }

  VolumeInfo volume(String name) {
    return status().volumes().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  ExportInfo export(String volume) {
    return status().exports().stream()
        .filter(one -> one.volume().equals(volume))
        .findFirst()
        .orElseThrow();
  }

  // --- what an administrator does, past the command line ---

  void createVolume(String name, long sizeBytes) {
    done(() -> client(primary()).createVolume(name, sizeBytes));
  }

  void growVolume(String name, long sizeBytes) {
    done(() -> client(primary()).resizeVolume(name, sizeBytes, false));
  }

  /// @return the export's IQN
  String createExport(String volume) {
    return done(() -> client(primary()).createExport(volume, List.of())).iqn();
  }

  void promote(String node) {
    done(() -> client(node).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at(node)));
  }

  private interface Call<T> {
    T call() throws ControlException;
  }

  private static <T> T done(Call<T> call) {
    try {
      return call.call();
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
  }

  // --- ends ---

  /// `kill -9` of these nodes' daemons, at once, and waits for their end.
  void kill(String... nodes) {
    List<ProcessHandle> processes = Stream.of(nodes).map(this::process).toList();
    processes.forEach(ProcessHandle::destroyForcibly);
    Tool.await(
        "the end of " + List.of(nodes),
        DEATH_MAX,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  /// Ends both in order and in sync: the Primary of now serves again after the next start.
  void shutDown() {
    List<ProcessHandle> processes = NODES.stream().map(this::process).toList();
    lockstep("pair", "shutdown");
    Tool.await(
        "the orderly end of both",
        READY_MAX,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  /// SIGTERM to a node's daemon, and waits for its orderly end; a Primary hands over first.
  void stop(String node) {
    ProcessHandle process = process(node);
    process.destroy();
    Tool.await("the orderly end of " + node, READY_MAX, () -> !process.isAlive());
  }

  ProcessHandle process(String node) {
    long pid = self(node).map(NodeStatus::pid).orElseThrow();
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    seen.add(process);
    return process;
  }

  void killAll() {
    demoProcesses();
    NODES.stream()
        .flatMap(node -> self(node).stream())
        .flatMap(node -> ProcessHandle.of(node.pid() == null ? -1 : node.pid()).stream())
        .forEach(seen::add);
    seen.forEach(ProcessHandle::destroyForcibly);
  }

  /// Ends every process and removes the folder.
  void close() throws IOException {
    killAll();
    Tool.await("the end of all", DEATH_MAX, () -> seen.stream().noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  Path log(String node) {
    return folder(node).resolve("lockstepd.log");
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

  // --- past the daemons: the disks ---

  /// Copies a volume's bytes past iSCSI and the daemon, from the disk of one node.
  void copyFromDisk(String node, String volume, Path copy) throws IOException {
    long start = diskOf(node).dataOffset();
    try (FileChannel disk = FileChannel.open(disk(node), READ);
        FileChannel out = FileChannel.open(copy, CREATE, WRITE, TRUNCATE_EXISTING)) {
      for (SegmentInfo segment : volume(volume).segments()) {
        long from = start + segment.dataOffset();
        for (long done = 0; done < segment.lengthBytes(); ) {
          done += disk.transferTo(from + done, segment.lengthBytes() - done, out);
        }
      }
    }
  }

  /// The replicated spaces of both nodes, control region included, are equal byte for byte.
  void assertEqualDisks() throws IOException {
    assertThat(difference()).isEmpty();
  }

  /// Where the replicated spaces differ first; the nodes must have flushed.
  Optional<String> difference() throws IOException {
    DiskInfo data = diskOf("a");
    assertThat(diskOf("b").dataOffset()).isEqualTo(data.dataOffset());
    long from = controlRegion("a").offset();
    long end = data.dataOffset() + data.dataBytes();
    long at = DiskImage.firstDifference(disk("a"), disk("b"), from, end);
    return at == end
        ? Optional.empty()
        : Optional.of("the disks differ at byte " + (at - from) + " of the replicated space");
  }

  private RegionInfo controlRegion(String node) {
    return done(() -> client(node).mirrors()).getFirst().regions().stream()
        .filter(region -> region.name().equals("control"))
        .findFirst()
        .orElseThrow();
  }

  String sha256OfReplicatedSpace(String node) throws IOException {
    DiskInfo data = diskOf(node);
    RegionInfo control = controlRegion(node);
    return DiskImage.sha256(disk(node), control.offset(), control.lengthBytes() + data.dataBytes());
  }
}
