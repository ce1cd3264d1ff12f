package io.lockstep;

import io.lockstep.Tidy.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The kinds of tests: the words of the table in docs/testing.md, which are the JUnit tags of the
/// test classes, so that a kind can be run alone and `./check` can count by it.
final class TestKinds {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([a-z-]+) \\|");

  /// On the class itself: a tag of a method would make a class of two kinds.
  private static final Pattern OF_CLASS = Pattern.compile("(?m)^@Tag\\(\"([^\"]*)\"\\)$");

  private static final Pattern ANY_TAG = Pattern.compile("(?m)^ *@Tags?\\(");

  private static final Pattern HAS_TESTS =
      Pattern.compile("(?m)^ *@(Test|ParameterizedTest|RepeatedTest|TestFactory)\\b");

  private static final Pattern CAN_BE_RUN = Pattern.compile("(?m)^(public |final )*class ");

  private TestKinds() {}

  /// The words of the table under the page's heading of this name.
  static SortedSet<String> written(String page) {
    String section = page.replaceFirst("(?s).*\n## Kinds of tests\n", "");
    Matcher rows = ROW.matcher(section.replaceFirst("(?s)\n## .*", ""));
    SortedSet<String> kinds = new TreeSet<>();
    while (rows.find()) {
      if (!rows.group(1).equals("kind")) {
        kinds.add(rows.group(1));
      }
    }
    return kinds;
  }

  /// The kinds of a test class, which should be one; of any other file, none.
  static List<String> of(Source source) {
    return OF_CLASS.matcher(source.text()).results().map(tag -> tag.group(1)).toList();
  }

  static List<String> faults(Source source, SortedSet<String> kinds) {
    List<String> faults = new ArrayList<>();
    if (!source.isTest() || !CAN_BE_RUN.matcher(source.text()).find()) {
      return faults;
    }
    boolean isRun = source.path().endsWith("Test.java");
    if (!isRun && HAS_TESTS.matcher(source.text()).find()) {
      faults.add(
          source.path() + ": has tests that nobody runs, since its name has no Test at the end");
    }
    List<String> own = of(source);
    if (isRun && own.size() != 1) {
      faults.add(source.path() + ": needs one @Tag with its kind, has " + own);
    }
    if (ANY_TAG.matcher(source.text()).results().count() != own.size()) {
      faults.add(source.path() + ": has a tag that is not the kind of the class");
    }
    own.stream()
        .filter(kind -> !kinds.contains(kind))
        .forEach(kind -> faults.add(source.path() + ": docs/testing.md knows no kind " + kind));
    return faults;
  }
}
