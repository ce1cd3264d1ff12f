package io.lockstep.sim.plant;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// How a plant is written down, so that a person can read it:
///
/// ```
/// breaks: I1 The Secondary acknowledges a write when it arrives.
/// seeds: 20
/// by: crash points (or `nothing yet`; without this line, random histories find it)
/// file: mirror/src/main/java/io/lockstep/mirror/write/PeerWrites.java
/// --- before
/// (whole lines, exactly as they stand in the file, exactly once)
/// --- after
/// (what stands there instead; may be nothing)
/// --- end
/// ```
///
/// `file` to `--- end` may come several times. Empty lines and lines that begin with `#` may stand
/// between the parts.
final class PlantFile {
  static final String ENDING = ".plant";

  private static final Pattern NAME = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
  private static final Pattern BREAKS = Pattern.compile("[IN]\\d+(, [IN]\\d+)* \\S.*[.]");
  private static final String BY = "by: ";
  private static final Pattern SEEDS = Pattern.compile("[1-9]\\d{0,6}");

  private final String name;
  private final List<String> lines;
  private int next;

  private PlantFile(String name, String text) {
    this.name = name;
    this.lines = text.lines().toList();
  }

  /// Reads one.
  ///
  /// @param name the name of its file without the ending
  /// @throws Plant.Unfit with the line that is wrong
  static Plant parse(String name, String text) {
    return new PlantFile(name, text).plant();
  }

  private Plant plant() {
    if (!NAME.matcher(name).matches()) {
      throw new Plant.Unfit(name, "a name is small letters, digits and single hyphens");
    }
    String breaks = field("breaks", BREAKS, "invariants and a sentence, as in: I1 It loses data.");
    String seeds = field("seeds", SEEDS, "a number");
    Plant.Finder by = finder();
    var hunks = new ArrayList<Plant.Hunk>();
    do {
      hunks.add(hunk());
      skipEmpty();
    } while (next < lines.size());
    return new Plant(name, breaks, by, Integer.parseInt(seeds), hunks);
  }

  private Plant.Finder finder() {
    skipEmpty();
    if (next == lines.size() || !lines.get(next).startsWith(BY)) {
      return Plant.Finder.HISTORIES;
    }
    return switch (line().substring(BY.length())) {
      case "crash points" -> Plant.Finder.CRASH_POINTS;
      case "nothing yet" -> Plant.Finder.NOTHING_YET;
      default -> throw wrong("expected `by: crash points` or `by: nothing yet`");
    };
  }

  private Plant.Hunk hunk() {
    String file = field("file", Pattern.compile("[\\w/-]+[.]java"), "a path to a Java file");
    skipEmpty();
    expect("--- before");
    String before = linesUntil("--- after");
    String after = linesUntil("--- end");
    if (before.isBlank()) {
      throw wrong("nothing to look for in " + file);
    }
    if (before.equals(after)) {
      throw wrong("a hunk that changes nothing in " + file);
    }
    return new Plant.Hunk(file, before, after);
  }

  private String field(String key, Pattern form, String what) {
    skipEmpty();
    String line = line();
    String start = key + ": ";
    if (!line.startsWith(start) || !form.matcher(line.substring(start.length())).matches()) {
      throw wrong("expected `" + start + "` and " + what);
    }
    return line.substring(start.length());
  }

  private void expect(String wanted) {
    if (!line().equals(wanted)) {
      throw wrong("expected `" + wanted + "`");
    }
  }

  private String linesUntil(String end) {
    var text = new StringBuilder();
    for (String line = line(); !line.equals(end); line = line()) {
      text.append(line).append('\n');
    }
    return text.toString();
  }

  private void skipEmpty() {
    while (next < lines.size() && (lines.get(next).isBlank() || lines.get(next).startsWith("#"))) {
      next++;
    }
  }

  private String line() {
    if (next == lines.size()) {
      throw wrong("ends too early");
    }
    return lines.get(next++);
  }

  private Plant.Unfit wrong(String why) {
    return new Plant.Unfit(name, "line " + next + ": " + why);
  }
}
