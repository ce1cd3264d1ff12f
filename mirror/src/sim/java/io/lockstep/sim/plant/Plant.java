package io.lockstep.sim.plant;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A bug that is put into a copy of the production source, to see whether the simulation finds it.
///
/// A change of the source that removes the place of a plant must change the plant too: a hunk that
/// does not fit exactly once is an error with the plant's name, never a plant that is left out.
///
/// @param name how people call it: the name of its file
/// @param breaks the invariants that it breaks, and how, in a sentence
/// @param by what finds it
/// @param seeds within how many histories, or crash points, it must be found
/// @param hunks what it changes
public record Plant(String name, String breaks, Finder by, int seeds, List<Hunk> hunks) {
  public Plant {
    hunks = List.copyOf(hunks);
  }

  /// What finds a plant.
  public enum Finder {
    /// Random histories of a pair.
    HISTORIES,
    /// Crashes at each moment of short histories.
    CRASH_POINTS,
    /// Nothing so far: a fault of the simulation that is known.
    NOTHING_YET
  }

  /// Whether it must be found.
  public boolean isFound() {
    return by != Finder.NOTHING_YET;
  }

  /// One change: `before` stands exactly once in the file and is replaced by `after`.
  ///
  /// @param file the source file, from the root of the tree
  public record Hunk(String file, String before, String after) {}

  /// A plant that cannot be used, and why, for people.
  public static final class Unfit extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unfit(String plant, String why) {
      super("plant " + plant + ": " + why);
    }
  }

  /// The files that the plant changes, with their text after the change.
  ///
  /// @param source the text of a file, by its path from the root of the tree
  /// @throws Unfit if a hunk does not fit exactly once
  public Map<String, String> apply(UnaryOperator<String> source) {
    var changed = new LinkedHashMap<String, String>();
    for (Hunk hunk : hunks) {
      String text = changed.computeIfAbsent(hunk.file, source);
      int at = text.indexOf(hunk.before);
      if (at < 0) {
        throw new Unfit(name, hunk.file + " no longer has the lines:\n" + hunk.before);
      }
      if (text.indexOf(hunk.before, at + 1) >= 0) {
        throw new Unfit(name, hunk.file + " has these lines more than once:\n" + hunk.before);
      }
      changed.put(
          hunk.file,
          text.substring(0, at) + hunk.after + text.substring(at + hunk.before.length()));
    }
    return changed;
  }
}
