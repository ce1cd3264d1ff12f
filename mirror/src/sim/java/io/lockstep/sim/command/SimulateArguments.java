package io.lockstep.sim.command;

import io.lockstep.sim.plant.Plant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What `./lockstep simulate` was asked for.
///
/// @param seeds how many histories; empty: the usual number, or each plant's own
/// @param from the first seed
/// @param threads how many at a time
/// @param finder histories or crash points
/// @param plant a plant's name, `all` or `list`
/// @param keepGoing whether to go on after the first history that broke
/// @param trace whether to print what happens in the histories
/// @param only which part of the trace: `frames`, `states` or `io`
record SimulateArguments(
    OptionalInt seeds,
    long from,
    int threads,
    Plant.Finder finder,
    Optional<String> plant,
    boolean keepGoing,
    boolean trace,
    Optional<String> only) {
  static final int SEEDS_USUAL = 1000;

  static final String USAGE =
      """
      usage: ./lockstep simulate [options]

      Lives through seeded histories of a whole pair, with every fault that the simulator has.
      The same seed is the same history. Exit status 0: nothing broke; 1: something did.

        --seeds N      how many histories (1000; with --plant: the plant's own number)
        --from S       the first seed (1)
        --threads N    how many at a time (the number of cores)
        --keep-going   go on after the first history that breaks
        --trace        print what happens, for one seed that is looked at
        --only WHAT    of the trace: frames, states or io
        --crash-points instead of histories: crashes at drawn moments of short ones
        --plant NAME   put a planted bug into a copy of the source: it must be found
                       (all: each of them in turn; list: print them)
      """;

  private static final List<String> TRACES = List.of("frames", "states", "io");

  /// An argument that is not understood, with a sentence for people.
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String sentence) {
      super(sentence);
    }
  }

  static SimulateArguments parse(String[] words) {
    var seeds = OptionalInt.empty();
    long from = 1;
    int threads = Runtime.getRuntime().availableProcessors();
    var finder = Plant.Finder.HISTORIES;
    Optional<String> plant = Optional.empty();
    boolean keepGoing = false;
    boolean trace = false;
    Optional<String> only = Optional.empty();
    for (int at = 0; at < words.length; at++) {
      switch (words[at]) {
        case "--seeds" -> seeds = OptionalInt.of((int) number(words, ++at, Integer.MAX_VALUE));
        case "--from" -> from = number(words, ++at, Long.MAX_VALUE - Integer.MAX_VALUE);
        case "--threads" -> threads = (int) number(words, ++at, 1024);
        case "--plant" -> plant = Optional.of(value(words, ++at));
        case "--only" -> {
          only = Optional.of(value(words, ++at));
          trace = true;
        }
        case "--crash-points" -> finder = Plant.Finder.CRASH_POINTS;
        case "--trace" -> trace = true;
        case "--keep-going" -> keepGoing = true;
        default -> throw new Wrong("unknown argument: " + words[at]);
      }
    }
    if (only.isPresent() && !TRACES.contains(only.get())) {
      throw new Wrong("--only takes one of " + String.join(", ", TRACES));
    }
    if (trace && finder == Plant.Finder.CRASH_POINTS) {
      throw new Wrong("a crash point has no trace");
    }
    return new SimulateArguments(
        seeds, from, trace ? 1 : threads, finder, plant, keepGoing, trace, only);
  }

  private static String value(String[] words, int at) {
    if (at >= words.length) {
      throw new Wrong(words[at - 1] + " needs a value");
    }
    return words[at];
  }

  private static long number(String[] words, int at, long max) {
    String word = value(words, at);
    try {
      long number = Long.parseLong(word);
      if (number >= 1 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Wrong(words[at - 1] + " takes a number from 1 to " + max + ", not " + word);
  }
}
