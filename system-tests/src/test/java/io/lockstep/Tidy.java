package io.lockstep;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The rules of docs/style.md that a machine can keep, on the text of a file.
///
/// Methods are found by the indentation that the formatter gives: the head of a method starts a
/// member line, its end is a line with `}` at the same depth. `./check` holds the format, so this
/// needs no parser.
final class Tidy {
  private static final int FILE_LINES_MAX = 500;
  private static final int METHOD_LINES_MAX = 60;
  private static final int PARAMETERS_MAX = 5;
  private static final int COLUMNS_MAX = 100;

  private static final Set<String> BANNED_PACKAGES =
      Set.of("util", "utils", "common", "helper", "helpers", "impl", "misc");

  /// What is wrong anywhere, with what to do instead.
  private static final Map<Pattern, String> BANNED =
      Map.of(Pattern.compile("\\b(TODO|FIXME|XXX)\\b"), "do it now instead of a note to do it");

  private static final Map<Pattern, String> BANNED_IN_TESTS =
      Map.of(
          Pattern.compile("\\bThread\\.sleep\\("), "wait for a condition with a deadline",
          Pattern.compile("@(Disabled|Ignore)\\b"), "mend the test or delete it",
          Pattern.compile("\\borg\\.mockito\\b"), "write a fake instead of a mock");

  private static final Pattern PLAIN_COMMENT = Pattern.compile("^ *//(?!/)");

  private static final Pattern MEMBER =
      Pattern.compile("^( +)(?:(?:@\\w+(?:\\([^)]*\\))? )*)([\\w<>\\[\\],.?@& ]*?)(\\w+)\\($");

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");

  /// A file of this tree: its path from the root, and its text.
  record Source(String path, String text) {
    List<String> lines() {
      return List.of(text.split("\n", -1));
    }

    boolean isTest() {
      return path.contains("/src/test/");
    }

    boolean isMain() {
      return path.contains("/src/main/");
    }

    String folder() {
      return path.substring(0, path.lastIndexOf('/'));
    }
  }

  private Tidy() {}

  static List<String> faults(Source source) {
    List<String> faults = new ArrayList<>();
    List<String> lines = source.lines();
    int count = lines.getLast().isEmpty() ? lines.size() - 1 : lines.size();
    if (count > FILE_LINES_MAX) {
      faults.add("%s: %d lines, at most %d".formatted(source.path(), count, FILE_LINES_MAX));
    }
    for (String part : source.folder().split("/")) {
      if (BANNED_PACKAGES.contains(part)) {
        faults.add(source.path() + ": a package is named after its job: " + part);
      }
    }
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i - 1).strip().startsWith("///")
          && PLAIN_COMMENT.matcher(lines.get(i)).find()) {
        faults.add(source.path() + ":" + (i + 1) + ": a comment that the formatter has broken");
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      lineFaults(source, lines.get(i), source.path() + ":" + (i + 1) + ": ", faults);
    }
    if (source.isMain() && !source.text().contains("\n///") && !source.text().startsWith("///")) {
      faults.add(source.path() + ": does not say what it is for");
    }
    methodFaults(source, lines, faults);
    return faults;
  }

  private static void lineFaults(Source source, String line, String place, List<String> faults) {
    if (line.length() > COLUMNS_MAX && !line.startsWith("import ")) {
      faults.add(place + line.length() + " columns, at most " + COLUMNS_MAX);
    }
    boolean judgesItself = source.path().endsWith("/Tidy.java");
    if (judgesItself) {
      return;
    }
    BANNED.forEach((word, instead) -> report(word, line, place + instead, faults));
    if (source.isTest() && !source.path().contains("/planted/")) {
      BANNED_IN_TESTS.forEach((word, instead) -> report(word, line, place + instead, faults));
    }
  }

  private static void report(Pattern word, String line, String fault, List<String> faults) {
    if (word.matcher(line).find()) {
      faults.add(fault);
    }
  }

  private static void methodFaults(Source source, List<String> lines, List<String> faults) {
    for (int i = 0; i < lines.size(); i++) {
      int open = lines.get(i).indexOf('(');
      Matcher head = MEMBER.matcher(open < 0 ? "" : lines.get(i).substring(0, open + 1));
      if (!head.matches() || !isMethodHead(head)) {
        continue;
      }
      String name = head.group(3);
      String place = source.path() + ":" + (i + 1) + ": " + name;
      String declaration = declaration(lines, i);
      if (!declaration.endsWith("{")) {
        continue; // an abstract method, or a call
      }
      int parameters = parameters(declaration);
      if (parameters > PARAMETERS_MAX && !isConstructorOfRecord(source, name)) {
        faults.add(place + " has " + parameters + " parameters, at most " + PARAMETERS_MAX);
      }
      int length = methodEnd(lines, i, head.group(1)) - i + 1;
      if (length > METHOD_LINES_MAX) {
        faults.add(place + " is " + length + " lines long, at most " + METHOD_LINES_MAX);
      }
    }
  }

  /// Neither a record's own head nor a statement.
  private static boolean isMethodHead(Matcher head) {
    String before = " " + head.group(2) + " ";
    boolean isCall =
        before.isBlank()
            ? !Character.isUpperCase(head.group(3).charAt(0))
            : before.matches(".*[.@] $| [.@].*");
    return !isCall
        && !before.matches(".*\\b(record|new|return|throw|else|case|yield|assert)\\b.*")
        && !Set.of("if", "for", "while", "switch", "catch", "synchronized", "try", "super", "this")
            .contains(head.group(3));
  }

  /// A record's components are counted nowhere else; so are those of its written constructor.
  private static boolean isConstructorOfRecord(Source source, String name) {
    return source.text().contains("record " + name + "(")
        || source.text().contains("record " + name + "<");
  }

  /// The head up to the brace or semicolon that ends it.
  private static String declaration(List<String> lines, int first) {
    StringBuilder text = new StringBuilder();
    for (int i = first; i < lines.size() && i < first + 20; i++) {
      text.append(lines.get(i).strip()).append(' ');
      String soFar = text.toString().strip();
      if (soFar.endsWith("{") || soFar.endsWith(";") || soFar.endsWith("}")) {
        return soFar.replaceFirst("\\{ ?}$", "{");
      }
    }
    return "";
  }

  private static int parameters(String declaration) {
    int depth = 0;
    int count = 0;
    boolean any = false;
    for (int i = declaration.indexOf('(') + 1; i < declaration.length(); i++) {
      char c = declaration.charAt(i);
      if (c == ')' && depth == 0) {
        return any ? count + 1 : 0;
      }
      any |= c != ' ';
      if (c == '<' || c == '(') {
        depth++;
      } else if (c == '>' || c == ')') {
        depth--;
      } else if (c == ',' && depth == 0) {
        count++;
      }
    }
    return count;
  }

  private static int methodEnd(List<String> lines, int first, String indentation) {
    for (int i = first; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith(indentation + "}") || (i == first && line.endsWith("}"))) {
        return i;
      }
    }
    return first;
  }

  /// The folders with Java files whose package-info does not say `@NullMarked`. A test folder is
  /// covered by the package-info of the same package in another folder of the module.
  static SortedSet<String> packagesWithoutNullMarked(List<Source> sources) {
    Map<String, Boolean> marked = new LinkedHashMap<>();
    for (Source source : sources) {
      if (source.path().contains("/src/")) {
        boolean marks =
            source.path().endsWith("/package-info.java") && source.text().contains("@NullMarked");
        marked.merge(source.folder(), marks, Boolean::logicalOr);
      }
    }
    SortedSet<String> without = new TreeSet<>();
    marked.forEach(
        (folder, marks) -> {
          boolean covered =
              Stream.of("main", "sim", "bench")
                  .map(set -> folder.replaceFirst("/src/test/", "/src/" + set + "/"))
                  .anyMatch(other -> marked.getOrDefault(other, false));
          if (!marks && !covered) {
            without.add(folder);
          }
        });
    return without;
  }

  /// The relative links of a page that lead nowhere.
  static List<String> brokenLinks(Source page, Path root) {
    List<String> broken = new ArrayList<>();
    Path file = root.resolve(page.path());
    Matcher links = LINK.matcher(page.text());
    while (links.find()) {
      String target = links.group(1).replaceFirst("#.*", "");
      if (!target.isEmpty()
          && !target.matches("[a-z]+:.*")
          && !Files.exists(file.resolveSibling(target).normalize())) {
        broken.add(page.path() + ": no such file: " + target);
      }
    }
    return broken;
  }
}
