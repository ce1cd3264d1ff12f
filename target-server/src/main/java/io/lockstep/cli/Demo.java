package io.lockstep.cli;

import io.lockstep.block.Refusal;
import io.lockstep.block.disk.FileSpace;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlException;
import io.lockstep.daemon.ConfigFile;
import io.lockstep.daemon.DaemonConfig;
import io.lockstep.daemon.DiskInit;
import io.lockstep.daemon.PairIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A running demo: the process that the nodes and the console belong to. They end with it.
final class Demo {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(60);
  private static final long STOP_SECONDS_MAX = 35;

  /// Alerts of two nodes that will not come together by themselves.
  private static final Set<String> APART = Set.of("split-brain", "stand-alone", "peer-refused");

  private final DemoLayout layout;
  private final DemoSettings settings;
  private final PrintWriter out;
  private final Map<String, Process> programs = new LinkedHashMap<>();
  private boolean logged;

  Demo(DemoLayout layout, DemoSettings settings, PrintWriter out) {
    this.layout = layout;
    this.settings = settings;
    this.out = out;
  }

  /// Starts everything and returns when it was told to stop.
  ///
  /// @param newLogged whether what it prints is a log, where no password belongs
  int run(boolean newLogged) throws IOException, InterruptedException {
    logged = newLogged;
    try (FileChannel channel =
            FileChannel.open(
                layout.directory().resolve("demo.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw new RefusedException(
            "The demo was not started",
            "one runs in " + layout.directory() + " already",
            "stop it with `lockstep demo stop`, or choose another directory with --dir");
      }
      Files.writeString(layout.pid(), ProcessHandle.current().pid() + "\n");
      Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
      return runLocked();
    }
  }

  private int runLocked() throws IOException, InterruptedException {
    Files.deleteIfExists(layout.ready());
    checkPorts();
    new DemoFiles(layout, settings).write();
    layOutDisks();
    settings.save(layout.settings());
    Files.deleteIfExists(layout.layingOut());
    startPrograms();
    awaitAnswers();
    String text = text() + attention();
    Path made = layout.directory().resolve("ready.new");
    Files.writeString(made, text);
    out.print(logged ? "The demo runs; " + layout.ready() + " says where.\n" : text);
    out.flush();
    Files.move(made, layout.ready(), StandardCopyOption.ATOMIC_MOVE);
    watch();
    return ExitStatus.DONE;
  }

  private void checkPorts() {
    Map<Integer, String> ports = new LinkedHashMap<>();
    ports.put(settings.portalPort(0), "the portal of node a");
    ports.put(settings.portalPort(1), "the portal of node b");
    ports.put(settings.consolePort(), "the console");
    for (int mirror = 0; mirror < settings.mirrorCount(); mirror++) {
      ports.put(
          settings.peerPort(mirror), "the link of mirror " + DemoSettings.MIRRORS.get(mirror));
    }
    ports.put(settings.controlPort(), "the control connection between the nodes");
    ports.forEach(
        (port, use) -> {
          try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
          } catch (IOException e) {
            throw new RefusedException(
                new Refusal(
                    "The demo was not started",
                    "port %d for %s is in use".formatted(port, use),
                    "choose other ports with --base-port N (six from N on)"),
                e);
          }
        });
  }

  /// Makes the disks that are not there. They are made all or none: a single one that is missing is
  /// somebody's accident, and is not papered over.
  private void layOutDisks() throws IOException {
    List<Path> disks = disks();
    if (Files.exists(layout.layingOut())) { // They are no mirror, and nobody has used them.
      remove(disks);
    }
    List<Path> there = disks.stream().filter(Files::exists).toList();
    if (there.size() == disks.size()) {
      return;
    }
    if (!there.isEmpty()) {
      throw new RefusedException(
          "The demo was not started",
          "only some of its disks are there (" + there.getFirst() + ")",
          "bring the others back, or choose another directory with --dir");
    }
    Files.createFile(layout.layingOut());
    SecureRandom dice = new SecureRandom();
    PairIdentity pair = PairIdentity.random(dice);
    for (int mirror = 0; mirror < settings.mirrorCount(); mirror++) {
      PairIdentity identity = mirror == 0 ? pair : pair.further(mirror + 1, dice);
      for (String node : DemoLayout.NODES) {
        Optional<String> refusal = layOut(node, mirror, identity);
        if (refusal.isPresent()) {
          remove(disks);
          Files.deleteIfExists(layout.settings());
          throw new RefusedException(
              "The demo was not started",
              refusal.get(),
              "see to it, or choose another directory with --dir");
        }
      }
    }
  }

  /// Takes away disks that were not all laid out, and with the last one the note that says so.
  private void remove(List<Path> disks) throws IOException {
    for (Path made : disks) {
      Files.deleteIfExists(made);
    }
    Files.deleteIfExists(layout.layingOut());
  }

  private List<Path> disks() {
    List<Path> disks = new ArrayList<>();
    for (int mirror = 0; mirror < settings.mirrorCount(); mirror++) {
      for (String node : DemoLayout.NODES) {
        disks.add(layout.disk(node, mirror));
      }
    }
    return disks;
  }

  /// Makes and lays out one. Of two mirrors each node fills the other's disk of one, and so becomes
  /// Primary of it.
  private Optional<String> layOut(String node, int mirror, PairIdentity identity) {
    Optional<String> refusal = LocalDisk.create(layout.disk(node, mirror), settings.sizeBytes());
    if (refusal.isPresent()) {
      return refusal;
    }
    try {
      DaemonConfig config = ConfigFile.read(layout.config(node));
      boolean first = node.equals(DemoLayout.NODES.get(mirror));
      return DiskInit.run(config, config.mirrors().get(mirror), identity, out::println, first);
    } catch (ConfigFile.ConfigException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private void startPrograms() throws IOException {
    long self = ProcessHandle.current().pid();
    for (String node : DemoLayout.NODES) {
      String config = layout.config(node).toString();
      programs.put(
          "node " + node,
          Programs.startTethered(self, layout.nodeLog(node), Programs.DAEMON, "--config", config));
    }
    if (Programs.hasConsole()) {
      String config = layout.consoleConfig().toString();
      programs.put(
          "the console",
          Programs.startTethered(self, layout.consoleLog(), Programs.CONSOLE, "--config", config));
    }
  }

  private Path logOf(String program) {
    return switch (program) {
      case "node a" -> layout.nodeLog("a");
      case "node b" -> layout.nodeLog("b");
      default -> layout.consoleLog();
    };
  }

  private void awaitAnswers() throws InterruptedException {
    boolean ready =
        Waiting.until(
            ANSWER_MAX,
            () -> {
              checkAllRun();
              return nodesServe() && (consoleAnswers() || !Programs.hasConsole());
            });
    if (!ready) {
      throw new RefusedException(
          "The demo was not started",
          "after " + ANSWER_MAX.toSeconds() + " s " + missing(),
          "look at the logs below " + layout.directory());
    }
  }

  private String missing() {
    return nodesServe() ? "the console does not answer" : "the two nodes do not serve yet";
  }

  private void checkAllRun() {
    programs.forEach(
        (name, process) -> {
          if (!process.isAlive()) {
            throw new RefusedException(
                "The demo was not started",
                name + " has ended: " + Programs.lastLine(logOf(name)),
                "its log is " + logOf(name));
          }
        });
  }

  /// Both nodes answer, and each mirror has a Primary or says why it has none; time will not change
  /// that.
  private boolean nodesServe() {
    Set<String> served = new LinkedHashSet<>();
    boolean apart = false;
    for (String node : DemoLayout.NODES) {
      @Nullable PairStatus status = statusOf(node);
      if (status == null) {
        return false;
      }
      for (MirrorSides mirror : status.mirrors()) {
        if (mirror.side(node).stream().anyMatch(SideStatus::serves)) {
          served.add(mirror.name());
        }
      }
      apart |= status.alerts().stream().anyMatch(one -> APART.contains(one.code()));
    }
    return served.size() == settings.mirrorCount() || apart;
  }

  private @Nullable PairStatus statusOf(String node) {
    try {
      return layout.client(node).status();
    } catch (ControlException e) {
      return null;
    }
  }

  private boolean consoleAnswers() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.consolePort()), 500);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String text() throws IOException {
    String option = " --dir " + layout.directory();
    String mirror =
        settings.mirrorCount() == 1 ? "" : " --mirror " + DemoSettings.MIRRORS.getFirst();
    return """
    Two nodes and a console are running in %s.
      Console  %s  user admin, %s
      Portals  127.0.0.1:%d (node a)  127.0.0.1:%d (node b)
    Try:
      ./lockstep volume create vm1 --size 256M%s%s
      ./lockstep export create vm1%s
      ./lockstep connect vm1%s
      ./lockstep status%s
      ./lockstep mirror promote --node b%s%s
    Stop with Ctrl-C or `./lockstep demo stop%s`.
    """
        .formatted(
            layout.directory(),
            settings.consoleUrl(),
            password(),
            settings.portalPort(0),
            settings.portalPort(1),
            mirror,
            option,
            option,
            option,
            option,
            mirror,
            option,
            option);
  }

  private String password() throws IOException {
    return Files.exists(layout.password())
        ? "password " + Files.readString(layout.password()).strip()
        : "with the password that you have used before";
  }

  /// What a person has to look at, a line each; empty if all is well.
  private String attention() {
    Set<String> lines = new LinkedHashSet<>();
    for (Path disk : disks()) {
      FileSpace.of(disk).flatMap(FileSpace::warning).ifPresent(one -> lines.add("Warning: " + one));
    }
    for (String node : DemoLayout.NODES) {
      @Nullable PairStatus status = statusOf(node);
      if (status != null) {
        status.alerts().stream()
            .filter(one -> one.severity().equals(Alert.CRITICAL) || APART.contains(one.code()))
            .forEach(one -> lines.add("Attention: %s %s".formatted(one.what(), one.action())));
      }
    }
    return lines.stream().map(line -> line.strip() + "\n").collect(Collectors.joining());
  }

  /// Says once when one of them ends by itself; goes on, since the others serve.
  private void watch() throws InterruptedException {
    programs.forEach(
        (name, process) ->
            process
                .onExit()
                .thenAccept(
                    ended -> {
                      out.println(
                          "%s has ended (exit status %d), see %s"
                              .formatted(name, ended.exitValue(), logOf(name)));
                      out.flush();
                    }));
    new CountDownLatch(1).await();
  }

  /// Runs in a shutdown hook: Ctrl-C, SIGTERM, or a start that failed.
  private void stop() {
    try {
      Files.deleteIfExists(layout.ready());
      Files.deleteIfExists(layout.pid());
    } catch (IOException e) {
      // The next start does not mind them.
    }
    // Nodes that `lockstep node start` has started are not among the programs.
    Set<ProcessHandle> nodes = new LinkedHashSet<>();
    for (String node : DemoLayout.NODES) {
      layout.processOf(node).flatMap(ProcessHandle::of).ifPresent(nodes::add);
    }
    Set<ProcessHandle> processes = new LinkedHashSet<>(nodes);
    programs.values().forEach(process -> processes.add(process.toHandle()));
    boolean bothEnd = shutDownPair();
    processes.stream()
        .filter(process -> !(bothEnd && nodes.contains(process)))
        .forEach(ProcessHandle::destroy);
    for (ProcessHandle process : processes) {
      try {
        process.onExit().get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        process.destroyForcibly();
      }
    }
  }

  /// Whether both nodes end now, in sync, so that neither hands over to the other first. If they
  /// cannot, each is told to end by itself.
  private boolean shutDownPair() {
    for (String node : DemoLayout.NODES) {
      try {
        layout.client(node).shutDownPair();
        return true;
      } catch (ControlException e) {
        // It does not run, or it is alone; the other one may say more.
      }
    }
    return false;
  }
}
