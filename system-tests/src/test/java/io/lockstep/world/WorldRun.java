package io.lockstep.world;

import io.lockstep.sim.Met;
import java.util.List;

/// Lives through histories one after another, as a program: planted bugs are tried with it, in a
/// process of their own.
public final class WorldRun {
  private WorldRun() {}

  /// Ends with 1 at the first history that breaks, and names it.
  ///
  /// @param words `--from S --seeds N`; others are of no interest here
  public static void main(String[] words) {
    List<String> all = List.of(words);
    long from = after(all, "--from", 1);
    long seeds = after(all, "--seeds", 1);
    for (long seed = from; seed < from + seeds; seed++) {
      try {
        new NodeHistory(seed, new Met(), all.contains("--trace")).live();
      } catch (AssertionError | RuntimeException broken) {
        System.out.println("FAILED seed " + seed + ": " + broken.getMessage());
        System.exit(1);
      }
    }
  }

  private static long after(List<String> words, String name, long otherwise) {
    int at = words.indexOf(name);
    return at < 0 ? otherwise : Long.parseLong(words.get(at + 1));
  }
}
