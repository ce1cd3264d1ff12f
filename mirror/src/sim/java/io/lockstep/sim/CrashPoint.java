package io.lockstep.sim;

import java.util.List;
import java.util.Locale;

/// One moment of a story and what happens at it; as text it can be tried again alone.
///
/// @param turn after how many turns of the story
/// @param left what happens to node 0
/// @param right what happens to node 1
/// @param lostFrame at which frame of the story the link breaks before that; -1: at none
/// @param takeover whether the survivor is promoted before the other comes back
/// @param delayNanos how long after the crash the dead nodes start; the other of two, as long again
record CrashPoint(
    CrashStory story,
    int turn,
    Fate left,
    Fate right,
    int lostFrame,
    boolean takeover,
    long delayNanos) {
  /// What happens to a node.
  enum Kind {
    LIVES,
    POWER_ALL_LOST,
    POWER_NONE_LOST,
    POWER_ONE_LOST,
    POWER_ONE_KEPT,
    POWER_TORN,
    KILL_IN_TIME,
    KILL_PARTLY,
    KILL_LATE;

    boolean isPower() {
      return name().startsWith("POWER");
    }
  }

  /// @param index which cached write is lost or kept, counted from the newest
  record Fate(Kind kind, int index) {
    static final Fate LIVES = new Fate(Kind.LIVES, 0);

    static Fate of(Kind kind) {
      return new Fate(kind, 0);
    }

    boolean isPower() {
      return kind.isPower();
    }

    boolean isCrash() {
      return kind != Kind.LIVES;
    }

    @Override
    public String toString() {
      return kind + "/" + index;
    }

    private static Fate parse(String text) {
      List<String> parts = List.of(text.split("/", 2));
      return new Fate(Kind.valueOf(parts.get(0)), Integer.parseInt(parts.get(1)));
    }
  }

  Fate fate(int node) {
    return node == 0 ? left : right;
  }

  /// The inverse of [#toString].
  static CrashPoint parse(String text) {
    List<String> words = List.of(text.trim().split(" ", -1));
    return new CrashPoint(
        CrashStory.valueOf(words.get(0)),
        Integer.parseInt(words.get(1)),
        Fate.parse(words.get(2)),
        Fate.parse(words.get(3)),
        Integer.parseInt(words.get(4)),
        Boolean.parseBoolean(words.get(5)),
        Long.parseLong(words.get(6)));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %d %s %s %d %b %d",
        story,
        turn,
        left,
        right,
        lostFrame,
        takeover,
        delayNanos);
  }
}
