package io.lockstep.scenario;

import io.lockstep.daemon.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Makes pairs, each in a folder of its own and on ports that were free, and ends all of their
/// processes, also when a test failed (then it shows the ends of their logs) and when this process
/// is ended: after each test, or, where [#ofTheClass] says so, after the class.
///
/// A pair that serves more than one test is never used again after one of them has failed.
final class Pairs implements AfterEachCallback, AfterAllCallback {
  private static final int PORT_COUNT = 6;

  private final List<Pair> made = new ArrayList<>();
  private final Thread atExit = new Thread(this::killAll, "kill");
  private final boolean untilTheClassEnds;

  /// Pairs of one test, as a field of it.
  Pairs() {
    this(false);
  }

  /// Pairs that live until the class ends or a test of it fails, as a static field of it.
  static Pairs ofTheClass() {
    return new Pairs(true);
  }

  private Pairs(boolean untilTheClassEnds) {
    this.untilTheClassEnds = untilTheClassEnds;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /// A demo, with its console, that is in sync.
  ///
  /// @param diskSize as `--size` takes it
  /// @param configLines added to the configuration of both nodes
  Pair demo(String diskSize, String... configLines) throws IOException {
    Pair pair = blank();
    for (String node : Pair.NODES) {
      Files.createDirectories(pair.folder(node));
      Files.write(pair.folder(node).resolve("extra.yaml"), List.of(configLines));
    }
    pair.startDemo("--size", diskSize, "--base-port", String.valueOf(pair.basePort()));
    pair.awaitInSync();
    return pair;
  }

  /// Two daemons without a demo around them, in sync.
  Pair daemons(long diskBytes, String... configLines) throws IOException {
    Pair pair = laidOut(diskBytes, configLines);
    pair.startDaemons();
    pair.awaitInSync();
    return pair;
  }

  /// Two daemons in the network of a lab, in sync.
  Pair daemons(Place place, long diskBytes) throws IOException {
    Pair pair = new Pair(Files.createTempDirectory("lockstep-pair"), place);
    made.add(pair);
    layOut(pair, diskBytes);
    pair.startDaemons();
    pair.awaitInSync();
    return pair;
  }

  /// Two disks that are laid out as a pair, and no process yet.
  Pair laidOut(long diskBytes, String... configLines) throws IOException {
    Pair pair = blank();
    layOut(pair, diskBytes, configLines);
    return pair;
  }

  private static void layOut(Pair pair, long diskBytes, String... configLines) throws IOException {
    for (String node : Pair.NODES) {
      pair.configure(node, configLines);
      pair.makeDisk(node, diskBytes);
    }
    pair.layOut("b", "--join", pair.layOutFirst("a"));
  }

  /// Nothing but a folder and ports.
  Pair blank() throws IOException {
    Pair pair = new Pair(Files.createTempDirectory("lockstep-pair"), FreePorts.first(PORT_COUNT));
    made.add(pair);
    return pair;
  }

  /// The same below a folder: on another file system.
  Pair blank(Path parent) throws IOException {
    Pair pair =
        new Pair(Files.createTempDirectory(parent, "lockstep-pair"), FreePorts.first(PORT_COUNT));
    made.add(pair);
    return pair;
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    boolean failed = context.getExecutionException().isPresent();
    if (failed) {
      made.forEach(Pairs::showLogs);
    }
    if (failed || !untilTheClassEnds) {
      closeAll();
    }
    if (!untilTheClassEnds) {
      Runtime.getRuntime().removeShutdownHook(atExit);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (untilTheClassEnds) {
      closeAll();
      Runtime.getRuntime().removeShutdownHook(atExit);
    }
  }

  private static void showLogs(Pair pair) {
    Pair.NODES.forEach(
        node -> System.out.println("--- log of node " + node + "\n" + pair.logTail(node)));
  }

  private void closeAll() throws IOException {
    for (Pair pair : made) {
      pair.close();
    }
    made.clear();
  }

  private void killAll() {
    made.forEach(Pair::killAll);
  }
}
