package io.lockstep.sim.command;

import io.lockstep.sim.CrashPoints;
import io.lockstep.sim.History;
import io.lockstep.sim.SimLauncher;
import io.lockstep.sim.plant.Plant;
import io.lockstep.sim.plant.PlantTrial;
import io.lockstep.sim.plant.Plants;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `./lockstep simulate`: many histories of the simulation on all cores, and planted bugs.
public final class Simulate {
  private static final int BROKEN = 1;
  private static final int MISUSED = 2;

  private final SimulateArguments arguments;
  private final PrintStream out;

  private Simulate(SimulateArguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = out;
  }

  public static void main(String[] words) throws IOException, InterruptedException {
    if (words.length == 1 && List.of("--help", "-h").contains(words[0])) {
      System.out.print(SimulateArguments.USAGE);
      return;
    }
    int status;
    try {
      status = new Simulate(SimulateArguments.parse(words), System.out).run();
    } catch (SimulateArguments.Wrong | Plant.Unfit wrong) {
      System.err.println("lockstep simulate: " + wrong.getMessage());
      status = MISUSED;
    }
    System.exit(status);
  }

  /// One history of the world of today, or one crash point.
  public static History history(Plant.Finder finder) {
    return switch (finder) {
      case HISTORIES, NOTHING_YET -> SimLauncher::live;
      case CRASH_POINTS -> CrashPoints::live;
    };
  }

  private int run() throws IOException, InterruptedException {
    Optional<String> plant = arguments.plant();
    if (plant.isPresent()) {
      return plants(plant.get());
    }
    History history =
        arguments.trace()
            ? seed -> SimLauncher.liveSeen(seed, arguments.only())
            : history(arguments.finder());
    return new Histories(history, arguments, out).run() ? 0 : BROKEN;
  }

  private int plants(String name) throws IOException, InterruptedException {
    Plants plants = Plants.ofThisTree(Plants.OF_MIRROR);
    List<Plant> all = plants.all();
    if (name.equals("list")) {
      all.forEach(this::list);
      return 0;
    }
    List<Plant> wanted =
        all.stream()
            .filter(plant -> name.equals("all") ? plant.isFound() : plant.name().equals(name))
            .toList();
    if (wanted.isEmpty()) {
      throw new SimulateArguments.Wrong("there is no plant " + name + "; --plant list names them");
    }
    // Whoever ends this process early does not want those of the plants to go on.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> ProcessHandle.current().children().forEach(ProcessHandle::destroy)));
    if (arguments.trace()) {
      return new PlantTrial(plants, Simulate.class.getName(), 0).show(wanted.getFirst(), traced());
    }
    PlantRun.Outcome outcome =
        new PlantRun(plants, Simulate::history, out)
            .run(wanted, arguments.from(), arguments.seeds().orElse(0), arguments.threads());
    out.printf(
        "%d plants, %d found, %d not%n",
        outcome.tried(), outcome.tried() - outcome.faults().size(), outcome.faults().size());
    return outcome.faults().isEmpty() ? 0 : BROKEN;
  }

  private void list(Plant plant) {
    String by =
        switch (plant.by()) {
          case HISTORIES -> "";
          case CRASH_POINTS -> " crash points";
          case NOTHING_YET -> " NOT FOUND YET";
        };
    out.printf("%-40s %4d%s  %s%n", plant.name(), plant.seeds(), by, plant.breaks());
  }

  private List<String> traced() {
    var words = new ArrayList<>(List.of("--trace", "--from", "" + arguments.from()));
    words.addAll(List.of("--seeds", "" + arguments.seeds().orElse(1)));
    arguments.only().ifPresent(only -> words.addAll(List.of("--only", only)));
    return words;
  }
}
