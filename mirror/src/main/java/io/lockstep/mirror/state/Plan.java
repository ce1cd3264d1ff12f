package io.lockstep.mirror.state;

/// What two nodes that have met will do. Both compute it from the same two [Party]s and come to
/// mirrored answers (see `HandshakeTest`).
public sealed interface Plan {
  /// The row of the table that was taken, for the log.
  String rule();

  /// The data is identical; nothing is to be copied.
  record InSync() implements Plan {
    @Override
    public String rule() {
      return "in sync";
    }
  }

  /// One side is brought up to date from the other.
  ///
  /// @param localIsSource whether this node's data is the good one
  /// @param full copy everything, not just the union of both bitmaps
  /// @param baseGeneration the generation the target holds from now on: the one which the source's
  ///     bitmap is relative to, so that an interrupted resync goes on where it stood
  /// @param why the rule that decided, for the log
  record Resync(boolean localIsSource, boolean full, long baseGeneration, String why)
      implements Plan {
    @Override
    public String rule() {
      return (full ? "full resync, " : "resync by bitmap, ")
          + (localIsSource ? "this node is the source: " : "the other node is the source: ")
          + why;
    }
  }

  /// The disk of one node has failed: the nodes stay connected, and no write goes to that disk.
  ///
  /// @param failedNode whose disk it is
  record WithoutDisk(int failedNode) implements Plan {
    @Override
    public String rule() {
      return "without the disk of node " + failedNode;
    }
  }

  /// Both are Primary. One stops serving at once, before anything is asked; then both stand alone.
  ///
  /// @param loser the node that stops serving
  /// @param stop what both say
  record StepDown(int loser, Stop stop) implements Plan {
    @Override
    public String rule() {
      return "stop: " + stop.why();
    }
  }

  /// Nothing is changed until the cause has passed.
  ///
  /// @param splitBrain whether both sides hold changes that the other lacks
  /// @param mayPass whether the cause can pass without a person's word here: the nodes try again
  /// @param why the reason
  /// @param action what to do about it
  record Stop(boolean splitBrain, boolean mayPass, String why, String action) implements Plan {
    static Stop splitBrain(String why, String action) {
      return new Stop(true, false, why, action);
    }

    /// Until a person has decided.
    public static Stop forGood(String why, String action) {
      return new Stop(false, false, why, action);
    }

    /// Until the cause has passed.
    static Stop forNow(String why, String action) {
      return new Stop(false, true, why, action);
    }

    @Override
    public String rule() {
      return "stop: " + why;
    }

    /// For people.
    public String sentence() {
      return why + "; " + action;
    }
  }
}
