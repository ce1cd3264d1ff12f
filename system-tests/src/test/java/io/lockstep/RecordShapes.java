package io.lockstep;

import io.lockstep.Tidy.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The rule about the shape of records: at most eight components, and no three booleans in a row.
/// What belongs together is a record of its own; a caller who writes `true, false, true` has mixed
/// them up.
final class RecordShapes {
  private static final int COMPONENTS_MAX = 8;
  private static final int BOOLEANS_IN_A_ROW_MAX = 2;

  private static final Pattern HEAD = Pattern.compile("\\brecord (\\w+)(?:<[^{(]*>)?\\s*\\(");
  private static final Pattern COMMENT = Pattern.compile("//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern BOOLEAN = Pattern.compile("(?s).*\\b(boolean|Boolean)\\s+\\w+");

  private RecordShapes() {}

  /// What is wrong with the records of a main file.
  ///
  /// @param record its file's name without `.java`, and its own after a dot if that differs
  record Fault(String record, String why) {}

  static List<Fault> faults(Source source) {
    List<Fault> faults = new ArrayList<>();
    String file = source.path().replaceFirst(".*/", "").replaceFirst("\\.java$", "");
    String text = COMMENT.matcher(source.text()).replaceAll("");
    Matcher head = HEAD.matcher(text);
    while (head.find()) {
      String name = head.group(1).equals(file) ? file : file + "." + head.group(1);
      List<String> components = components(text, head.end());
      if (components.size() > COMPONENTS_MAX) {
        faults.add(new Fault(name, components.size() + " components"));
      }
      if (booleansInARow(components) > BOOLEANS_IN_A_ROW_MAX) {
        faults.add(new Fault(name, booleansInARow(components) + " booleans in a row"));
      }
    }
    return faults;
  }

  /// The components of the head that begins behind its parenthesis.
  private static List<String> components(String text, int start) {
    List<String> components = new ArrayList<>();
    int depth = 0;
    int begin = start;
    for (int at = start; at < text.length(); at++) {
      char c = text.charAt(at);
      boolean ends = depth == 0 && (c == ')' || c == ',');
      if (ends && !text.substring(begin, at).isBlank()) {
        components.add(text.substring(begin, at).strip());
      }
      if (ends && c == ')') {
        return components;
      }
      if (ends) {
        begin = at + 1;
      }
      depth += "(<[".indexOf(c) >= 0 ? 1 : ")>]".indexOf(c) >= 0 ? -1 : 0;
    }
    return components;
  }

  private static int booleansInARow(List<String> components) {
    int most = 0;
    int run = 0;
    for (String component : components) {
      run = BOOLEAN.matcher(component).matches() ? run + 1 : 0;
      most = Math.max(most, run);
    }
    return most;
  }
}
