package io.lockstep.sim.command;

import io.lockstep.sim.History;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Many histories, each in one thread, several at a time; what was counted in them is added up.
///
/// Shared by the threads: everything is guarded by this object's monitor.
final class Histories {
  private static final long PROGRESS_NANOS = 10_000_000_000L;

  private final History history;
  private final SimulateArguments arguments;
  private final PrintStream out;
  private final long end;
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final TreeMap<Long, String> failures = new TreeMap<>();
  private final long beganNanos = System.nanoTime();
  private final long beganCpuNanos = cpuNanos();
  private long next;
  private long done;
  private long shownNanos = beganNanos;

  Histories(History history, SimulateArguments arguments, PrintStream out) {
    this.history = history;
    this.arguments = arguments;
    this.out = out;
    this.next = arguments.from();
    this.end = arguments.from() + arguments.seeds().orElse(SimulateArguments.SEEDS_USUAL);
  }

  /// Lives through all of them and prints how it went.
  ///
  /// @return whether every history was green
  boolean run() throws InterruptedException {
    var threads = new ArrayList<Thread>();
    for (int index = 0; index < arguments.threads(); index++) {
      threads.add(Thread.ofPlatform().name("histories-" + index).start(this::live));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    printEnd();
    return failures.isEmpty();
  }

  private void live() {
    for (long seed = take(); seed >= 0; seed = take()) {
      try {
        lived(history.live(seed));
      } catch (AssertionError | RuntimeException | StackOverflowError broken) {
        failed(seed, broken);
      }
    }
  }

  /// The next seed, or -1. After a failure the seeds below it are still lived through, so that the
  /// first one is named whatever the number of threads.
  private synchronized long take() {
    boolean over = !arguments.keepGoing() && !failures.isEmpty() && next > failures.firstKey();
    return over || next == end ? -1 : next++;
  }

  private synchronized void lived(Map<String, Long> counted) {
    done++;
    counted.forEach((name, count) -> counts.merge(name, count, Long::sum));
    long now = System.nanoTime();
    if (now - shownNanos > PROGRESS_NANOS) {
      shownNanos = now;
      out.println(progress());
    }
  }

  private synchronized void failed(long seed, Throwable broken) {
    done++;
    String sentence = String.valueOf(broken.getMessage()).lines().findFirst().orElse("");
    failures.put(seed, sentence.isEmpty() ? broken.toString() : sentence);
    if (arguments.keepGoing()) {
      out.println("broken: seed " + seed + ": " + failures.get(seed));
    } else if (failures.firstKey() == seed) {
      broken.printStackTrace(out);
    }
  }

  private synchronized void printEnd() {
    if (!counts.isEmpty()) {
      int width = counts.keySet().stream().mapToInt(String::length).max().orElse(0);
      counts.forEach((name, count) -> out.printf("%-" + width + "s %,14d%n", name, count));
      out.println();
    }
    out.println(progress());
    for (Map.Entry<Long, String> failure : failures.entrySet()) {
      long seed = failure.getKey();
      out.println("FAILED seed " + seed + ": " + failure.getValue());
      String how =
          switch (arguments.finder()) {
            case HISTORIES, NOTHING_YET -> " --trace";
            case CRASH_POINTS -> " --crash-points";
          };
      out.println("  ./lockstep simulate --from " + seed + " --seeds 1" + how);
    }
  }

  private String progress() {
    double seconds = Math.max(1, System.nanoTime() - beganNanos) / 1e9;
    double cpuSeconds = Math.max(1, cpuNanos() - beganCpuNanos) / 1e9;
    return String.format(
        Locale.ROOT,
        "%,d of %,d histories, %d broken; %.0f s, %.1f a second, %.1f a CPU second",
        done,
        end - arguments.from(),
        failures.size(),
        seconds,
        done / seconds,
        done / cpuSeconds);
  }

  private static long cpuNanos() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean process
        ? process.getProcessCpuTime()
        : 0;
  }

  /// The seeds that broke.
  List<Long> broken() {
    return List.copyOf(failures.keySet());
  }
}
