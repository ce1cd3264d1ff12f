package io.lockstep.sim.command;

import io.lockstep.sim.History;
import io.lockstep.sim.plant.Plant;
import io.lockstep.sim.plant.PlantTrial;
import io.lockstep.sim.plant.Plants;
import java.io.PrintStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Tries planted bugs: each must be found within its number of histories, in one that is green
/// without it.
public final class PlantRun {
  /// More than any plant takes on a slow machine; a bug that makes the mirror turn in a circle is
  /// ended here.
  private static final long MINUTES_MAX = 30;

  private final Function<Plant.Finder, History> healthy;
  private final PrintStream out;
  private final PlantTrial trial;
  private final Map<Lived, String> control = new ConcurrentHashMap<>();

  /// Those of the mirror.
  ///
  /// @param healthy the simulation on the source as it is
  public PlantRun(Plants plants, Function<Plant.Finder, History> healthy, PrintStream out) {
    this(plants, Simulate.class, healthy, out);
  }

  /// @param program lives through the histories of a plant, see [PlantTrial]
  /// @param healthy the same on the source as it is
  public PlantRun(
      Plants plants, Class<?> program, Function<Plant.Finder, History> healthy, PrintStream out) {
    this.healthy = healthy;
    this.out = out;
    this.trial = new PlantTrial(plants, program.getName(), MINUTES_MAX);
  }

  private record Lived(Plant.Finder by, long seed) {}

  /// How a set of plants went.
  ///
  /// @param faults a sentence for each plant that was not found, or could not be tried
  public record Outcome(int tried, List<String> faults) {}

  /// Tries them, `threads` at a time.
  ///
  /// @param from the first seed
  /// @param seeds how many for each; 0: the plant's own number
  public Outcome run(Collection<Plant> plants, long from, int seeds, int threads)
      throws InterruptedException {
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      List<Future<String>> answers =
          workers.invokeAll(
              plants.stream()
                  .<java.util.concurrent.Callable<String>>map(
                      plant -> () -> fault(plant, from, seeds == 0 ? plant.seeds() : seeds))
                  .toList());
      var faults = answers.stream().map(Future::resultNow).filter(text -> !text.isEmpty()).toList();
      return new Outcome(answers.size(), faults);
    }
  }

  /// Empty if the plant was found as it must be.
  private String fault(Plant plant, long from, int seeds) {
    long began = System.nanoTime();
    String fault =
        "plant %s was not found in %d histories or crash points from %d"
            .formatted(plant.name(), seeds, from);
    long end = from + seeds;
    for (long next = from; next < end; ) {
      switch (trial.run(plant, next, (int) (end - next))) {
        case PlantTrial.Found(long seed, String sentence) -> {
          if (control.computeIfAbsent(new Lived(plant.by(), seed), this::liveHealthy).isEmpty()) {
            say(plant, began, "found at seed " + seed + " by " + sentence);
            return "";
          }
          next = seed + 1; // It breaks without the plant too, and proves nothing.
        }
        case PlantTrial.NotFound _ -> next = end;
        case PlantTrial.Useless(String why) -> {
          fault = why;
          next = end;
        }
      }
    }
    say(plant, began, "NOT FOUND: " + fault);
    return fault;
  }

  /// Empty if the history is green without any plant.
  private String liveHealthy(Lived one) {
    try {
      healthy.apply(one.by).live(one.seed);
      return "";
    } catch (AssertionError | RuntimeException broken) {
      out.println("seed " + one.seed + " breaks without any plant: " + broken.getMessage());
      return String.valueOf(broken.getMessage());
    }
  }

  private void say(Plant plant, long beganNanos, String what) {
    long seconds = (System.nanoTime() - beganNanos) / 1_000_000_000;
    out.printf("%-40s %4d s  %s%n", plant.name(), seconds, what);
  }
}
