package io.lockstep.sim;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Lives through one seed, unseen or traced.
public final class SimLauncher {
  private SimLauncher() {}

  /// Lives through one seed; throws an [AssertionError] that names the seed, the round and what
  /// broke.
  ///
  /// @return what was counted in it, see [Met]
  public static Map<String, Long> live(long seed) {
    var met = new Met();
    live(seed, met, Trace.OFF);
    return met.flat();
  }

  /// The same, and prints what happens from the failing round on; all of it if none fails.
  ///
  /// @param only one of the kinds of [Trace.Kind], in any case; empty: all
  public static Map<String, Long> liveSeen(long seed, Optional<String> only) {
    var shown = EnumSet.allOf(Trace.Kind.class);
    if (only.isPresent()) {
      shown =
          EnumSet.of(Trace.Kind.EVENTS, Trace.Kind.valueOf(only.get().toUpperCase(Locale.ROOT)));
    }
    var met = new Met();
    live(seed, met, new Trace(shown, failingRound(seed)));
    return met.flat();
  }

  private static int failingRound(long seed) {
    var history = new SimHistory(seed, new Met(), Trace.OFF);
    try {
      history.live();
      return 0;
    } catch (AssertionError | RuntimeException broken) {
      return history.round();
    }
  }

  /// @param met where is counted what happens in it
  /// @return how many writes were acknowledged in it
  public static long live(long seed, Met met, Trace trace) {
    SimHistory history = null;
    try {
      history = new SimHistory(seed, met, trace);
      return history.live();
    } catch (AssertionError | RuntimeException broken) {
      int round = history == null ? 0 : history.round();
      throw new AssertionError(
          "SEED " + seed + " round " + round + ": " + broken.getMessage(), broken);
    }
  }
}
