package io.lockstep.block;

/// Why something was not done, in the three parts that a person needs: the one form of a refusal in
/// all packages, whatever carries it. Immutable.
///
/// @param what what was not done, and to what: "Volume vm1 was not created"
/// @param why the reason, as a clause or as sentences: "the group has 1 GiB free, 4 GiB are needed"
/// @param action what a person can do, as a clause: "delete a volume or choose a smaller size";
///     empty if nothing can be done
public record Refusal(String what, String why, String action) {
  /// The three parts as one line.
  public String sentence() {
    return what
        + (why.isEmpty() ? "" : ": " + clause(why))
        + (action.isEmpty() ? "" : "; " + clause(action))
        + ".";
  }

  /// The same reason for something else that was not done, since it needed the first.
  public Refusal of(String other) {
    return new Refusal(other, why, action);
  }

  /// A sentence of somebody else may stand inside, as the cause.
  private static String clause(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }
}
