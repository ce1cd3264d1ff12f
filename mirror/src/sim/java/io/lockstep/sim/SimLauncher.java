package io.lockstep.sim;

/// Runs histories from the command line: `SimLauncher FIRST COUNT`, or one seed with
/// `-Dlockstep.trace=true` to see everything that happens in it.
public final class SimLauncher {
  /// Rounds of trouble in one history.
  public static final int ROUNDS = 4;

  /// Client operations in one round.
  public static final int OPERATIONS = 250;

  private SimLauncher() {}

  /// Lives through one seed.
  ///
  /// @return how many writes were acknowledged in it
  public static long live(long seed) {
    try {
      var world = new SimWorld(seed);
      world.run(ROUNDS, OPERATIONS);
      return world.acknowledgedWrites();
    } catch (AssertionError | RuntimeException broken) {
      throw new AssertionError("SEED " + seed + ": " + broken.getMessage(), broken);
    }
  }

  public static void main(String[] arguments) {
    long first = Long.parseLong(arguments[0]);
    long count = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
    long writes = 0;
    for (long seed = first; seed < first + count; seed++) {
      writes += live(seed);
    }
    System.out.printf("%d histories, %d acknowledged writes%n", count, writes);
  }
}
