package io.lockstep.sim.plant;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Runs the simulation on a planted bug: in a process of its own, since a bug may hang, and with
/// the same command that a person would use.
public final class PlantTrial {
  /// How the command names the first history that broke an invariant.
  private static final Pattern FAILED = Pattern.compile("(?m)^FAILED seed (\\d+): (.*)$");

  private static final int LINES_OF_TROUBLE = 20;

  private static final String CLASSES = "classes";

  private final PlantCompiler compiler;
  private final String mainClass;
  private final long minutesMax;

  /// @param mainClass what runs histories: takes `--from S --seeds N --threads 1` and
  ///     `--crash-points`, prints a line
  ///     `FAILED seed N: sentence` and ends with 1 when one breaks, with 0 when none does
  /// @param minutesMax how long one plant may take
  public PlantTrial(Plants plants, String mainClass, long minutesMax) {
    this.compiler = new PlantCompiler(plants);
    this.mainClass = mainClass;
    this.minutesMax = minutesMax;
  }

  /// How it went.
  public sealed interface Verdict {}

  /// The simulation has noticed.
  ///
  /// @param seed the first history that broke
  /// @param sentence what the checker said
  public record Found(long seed, String sentence) implements Verdict {}

  /// Every history was green.
  public record NotFound(long histories) implements Verdict {}

  /// The plant does not fit the source any more, does not compile, or its process went wrong.
  ///
  /// @param why for people
  public record Useless(String why) implements Verdict {}

  /// Tries histories from `firstSeed` on.
  public Verdict run(Plant plant, long firstSeed, int seeds) {
    try {
      return planted(plant, scratch -> tried(plant, scratch, firstSeed, seeds));
    } catch (Plant.Unfit unfit) {
      return new Useless(String.valueOf(unfit.getMessage()));
    } catch (IOException e) {
      return new Useless("plant " + plant.name() + ": " + e);
    }
  }

  /// Makes sure that the plant fits the source and compiles.
  ///
  /// @throws Plant.Unfit if not
  public void compile(Plant plant) throws IOException {
    planted(plant, _ -> true);
  }

  /// The arguments that have the command use what finds the plant.
  public static List<String> finder(Plant plant) {
    return switch (plant.by()) {
      case HISTORIES, NOTHING_YET -> List.of();
      case CRASH_POINTS -> List.of("--crash-points");
    };
  }

  /// Runs the command on the planted classes with `arguments`; what it prints is this process's
  /// output.
  ///
  /// @return its exit status
  public int show(Plant plant, List<String> arguments) throws IOException {
    return planted(plant, scratch -> waitFor(command(scratch, arguments).inheritIO().start()));
  }

  private <T> T planted(Plant plant, Use<T> use) throws IOException {
    Path scratch = Files.createTempDirectory("planted-" + plant.name() + "-");
    try {
      compiler.compile(plant, scratch.resolve(CLASSES));
      return use.with(scratch);
    } finally {
      delete(scratch);
    }
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private Verdict tried(Plant plant, Path scratch, long firstSeed, int seeds) throws IOException {
    Path log = scratch.resolve("output");
    var arguments = new ArrayList<>(finder(plant));
    arguments.addAll(List.of("--from", "" + firstSeed, "--seeds", "" + seeds, "--threads", "1"));
    Process process =
        command(scratch, arguments).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(minutesMax, TimeUnit.MINUTES)) {
        return new Useless(
            "plant %s: %d histories were not over after %d minutes"
                .formatted(plant.name(), seeds, minutesMax));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
    String output = Files.readString(log, StandardCharsets.UTF_8);
    Matcher failed = FAILED.matcher(output);
    if (process.exitValue() == 0) {
      return new NotFound(seeds);
    }
    return failed.find()
        ? new Found(Long.parseLong(failed.group(1)), failed.group(2))
        : new Useless("plant " + plant.name() + ": its process failed:\n" + endOf(output));
  }

  private ProcessBuilder command(Path scratch, List<String> arguments) {
    var words = new ArrayList<String>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-ea", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx640m"));
    String classPath = scratch.resolve(CLASSES) + ":" + HealthyClasses.path();
    words.addAll(List.of("-cp", classPath, mainClass));
    words.addAll(arguments);
    return new ProcessBuilder(words);
  }

  private static String endOf(String output) {
    List<String> lines = output.lines().toList();
    int from = Math.max(0, lines.size() - LINES_OF_TROUBLE);
    return String.join("\n", lines.subList(from, lines.size()));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// What is done with a folder that holds the planted classes.
  private interface Use<T> {
    T with(Path scratch) throws IOException;
  }
}
