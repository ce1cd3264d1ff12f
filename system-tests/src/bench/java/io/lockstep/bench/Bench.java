package io.lockstep.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `./lockstep bench`: the data path of a pair beside a plain file, or of two source trees, in
/// interleaved rounds: what disturbs the machine meanwhile disturbs all of them.
public final class Bench {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private final BenchArguments arguments;
  private final PrintStream out;
  private final Path tree;
  private final Path folder;

  /// What has to be ended, the newest first.
  private final Deque<RunningPair> started = new ArrayDeque<>();

  private Bench(BenchArguments arguments, Path tree, PrintStream out) {
    this.arguments = arguments;
    this.tree = tree;
    this.out = out;
    folder =
        arguments
            .folder()
            .orElse(tree.resolve("target/bench"))
            .resolve("lockstep-bench-" + ProcessHandle.current().pid());
  }

  public static void main(String[] words) throws InterruptedException {
    if (words.length == 1 && List.of("--help", "-h").contains(words[0])) {
      System.out.print(BenchArguments.USAGE);
      return;
    }
    int status = 0;
    try {
      BenchArguments arguments = BenchArguments.parse(words);
      arguments.checkPlaces();
      new Bench(arguments, Path.of(System.getProperty("lockstep.tree", ".")), System.out).run();
    } catch (BenchArguments.Wrong wrong) {
      System.err.println("lockstep bench: " + wrong.getMessage());
      status = MISUSED;
    } catch (IOException | UncheckedIOException failed) {
      System.err.println("lockstep bench: " + failed.getMessage());
      status = FAILED;
    }
    System.exit(status);
  }

  private void run() throws IOException, InterruptedException {
    Thread ending = Thread.ofPlatform().unstarted(this::end);
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      Files.createDirectories(folder);
      List<Measured> all = start();
      for (int round = 0; round < arguments.rounds(); round++) {
        round(all, round);
      }
      new Report(all, out).print();
    } finally {
      end();
      Runtime.getRuntime().removeShutdownHook(ending);
    }
  }

  private List<Measured> start() throws IOException, InterruptedException {
    Path plain = folder.resolve("plain");
    List<Measured> all = new ArrayList<>();
    all.add(Measured.file(() -> new PlainFile(plain, RunningPair.VOLUME_BYTES)));
    all.add(pair("this tree", tree, "this"));
    if (arguments.against().isPresent()) {
      all.add(pair("the other", arguments.against().get(), "other"));
    }
    out.printf(
        "4 KiB in %d MiB, %d rounds, %d s for each load; load of the machine before: %s%n",
        RunningPair.VOLUME_BYTES >> 20,
        arguments.rounds(),
        arguments.seconds(),
        Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    out.println("this tree: " + tree.toAbsolutePath().normalize());
    arguments.against().ifPresent(it -> out.println("the other: " + it));
    try (PlainFile file = new PlainFile(plain, RunningPair.VOLUME_BYTES)) {
      if (!file.isDirect()) {
        out.println("The file system takes no direct I/O: the plain file is in the page cache.");
      }
    }
    for (Measured one : all) {
      one.prepare();
    }
    return all;
  }

  private Measured pair(String name, Path source, String place)
      throws IOException, InterruptedException {
    RunningPair pair = keep(new RunningPair(source, folder.resolve(place)));
    pair.start();
    return Measured.lun(name, pair);
  }

  private void round(List<Measured> all, int round) throws IOException {
    List<Measured> order = new ArrayList<>(all);
    Collections.rotate(order, round);
    for (Load load : Load.ALL) {
      for (Measured one : order) {
        one.run(round, load, TimeUnit.SECONDS.toNanos(arguments.seconds()));
      }
    }
  }

  private synchronized RunningPair keep(RunningPair one) {
    started.push(one);
    return one;
  }

  /// Ends all that was started, also after Ctrl-C, and takes the disks away.
  private synchronized void end() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (IOException failed) {
        System.err.println("lockstep bench: " + failed.getMessage());
      }
    }
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException | UncheckedIOException left) {
        System.err.println("lockstep bench: not removed: " + left.getMessage());
      }
    }
  }
}
