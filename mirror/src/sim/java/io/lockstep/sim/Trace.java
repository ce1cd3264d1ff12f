package io.lockstep.sim;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// What one history prints of itself, for a seed that is looked at. One line for each event:
///
/// ```
///    microseconds  round  node  kind   what
///         1204418      2     0  state  Primary UpToDate Connected term 4 bits 0 generation 1f
/// ```
///
/// Off unless a history is given one; what is off costs a comparison.
public final class Trace {
  /// What can be shown alone.
  public enum Kind {
    /// What one node sends to the other, when it is sent.
    FRAMES,
    /// A node's role, disk, connection, term, bits and generation, whenever one of them changes.
    STATES,
    /// The client's operations, when they are answered.
    IO,
    /// Faults, healing, and the operator's commands with their answers. Always shown.
    EVENTS
  }

  /// Prints nothing.
  public static final Trace OFF = new Trace(EnumSet.noneOf(Kind.class), 0);

  private final Set<Kind> shown;
  private final int firstRound;
  private int round;

  /// @param shown the kinds to print
  /// @param firstRound nothing is printed before this round
  public Trace(Set<Kind> shown, int firstRound) {
    this.shown = shown;
    this.firstRound = firstRound;
  }

  void round(int number) {
    round = number;
  }

  boolean shows(Kind kind) {
    return round >= firstRound && shown.contains(kind);
  }

  void line(long nowNanos, int node, Kind kind, String what) {
    System.out.printf(
        Locale.ROOT,
        "%14d %4d %4s  %-6s %s%n",
        nowNanos / 1000,
        round,
        node < 0 ? "-" : node,
        kind.name().toLowerCase(Locale.ROOT),
        what);
  }
}
