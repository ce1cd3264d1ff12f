package io.lockstep;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// What a page or a program's help says, one statement after the other, and the tests that hold
/// each of them.
///
/// A statement of a page is a sentence of its text or of a list, or a row of a table. Headings and
/// code blocks are none. A list of tests has a line for each:
///
/// ```
///   CommandLineTest.deadDaemonsAreSaidInOneLine | A statement, word for word, in one line.
///   = how-to | One that promises nothing, and why: see [#MARKS].
/// ```
final class Statements {
  /// What a statement may be that no test holds: what to type or do, how people should judge,
  /// something of other programs, a reason, or where to read on.
  static final Set<String> MARKS = Set.of("how-to", "advice", "others", "reason", "pointer");

  private static final Pattern SENTENCE_END =
      Pattern.compile("(?<=[.!?]|[.!?][*)]|[.!?][*][*])\\s+(?=[A-Z`*\"(\\[])");

  private static final Pattern LIST_ITEM = Pattern.compile("^(?:- |\\d+[.] )");
  private static final Pattern TABLE_RULE = Pattern.compile("[|][-|]+[|]");
  private static final Pattern OPTION = Pattern.compile(" +(--\\S+)(?: [A-Z]+)? {2,}(.*)");
  private static final Pattern ROW = Pattern.compile("(= )?(.*?) [|] (.*)");

  private Statements() {}

  /// Who holds a statement.
  ///
  /// @param mark one of [#MARKS]; empty if tests hold it
  record Holder(List<String> tests, String mark) {}

  /// The statements of a page in Markdown.
  static List<String> ofPage(String page) {
    List<String> found = new ArrayList<>();
    var text = new StringBuilder();
    boolean code = false;
    List<String> lines = page.lines().toList();
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      boolean fence = line.startsWith("```");
      boolean item = LIST_ITEM.matcher(line).find();
      code ^= fence;
      boolean apart = code || fence || line.isBlank() || line.startsWith("#");
      if (apart || item || line.startsWith("|")) {
        sentences(text, found);
      }
      if (line.startsWith("|") && !code) {
        boolean head = at + 1 < lines.size() && TABLE_RULE.matcher(lines.get(at + 1)).matches();
        if (!head && !TABLE_RULE.matcher(line).matches()) {
          found.add(row(line));
        }
      } else if (!apart) {
        text.append(' ').append(LIST_ITEM.matcher(line).replaceFirst(""));
      }
    }
    sentences(text, found);
    return found;
  }

  private static String row(String line) {
    String inner = line.substring(1, line.length() - 1);
    return Arrays.stream(inner.split("[|]"))
        .map(String::strip)
        .filter(cell -> !cell.isEmpty())
        .collect(joining(" · "));
  }

  private static void sentences(StringBuilder text, List<String> found) {
    String all = text.toString().strip().replaceAll("\\s+", " ");
    text.setLength(0);
    if (!all.isEmpty()) {
      found.addAll(List.of(SENTENCE_END.split(all)));
    }
  }

  /// What the help of a command and of those below it says: a statement for each command, option
  /// and argument. What several commands say alike is there once.
  static Set<String> ofHelp(CommandLine line) {
    Set<String> found = new LinkedHashSet<>();
    CommandSpec command = line.getCommandSpec();
    String about =
        String.join(" ", command.usageMessage().description())
            + " "
            + String.join(" ", command.usageMessage().footer());
    found.add("`" + command.qualifiedName() + "` · " + about.replaceAll("\\s+", " ").strip());
    command.positionalParameters().stream()
        .filter(it -> !it.hidden())
        .forEach(it -> found.add(it.paramLabel() + " · " + String.join(" ", it.description())));
    command.options().stream()
        .filter(it -> !it.hidden())
        .forEach(
            it ->
                found.add(
                    String.join(", ", it.names()) + " · " + String.join(" ", it.description())));
    new LinkedHashSet<>(line.getSubcommands().values())
        .stream()
            .filter(below -> !below.getCommandSpec().usageMessage().hidden())
            .filter(below -> !below.getCommandName().equals("help"))
            .forEach(below -> found.addAll(ofHelp(below)));
    return found;
  }

  /// The same of a program that writes its help itself: a line of its usage, what it is for, and
  /// its options.
  static Set<String> ofHelp(String program, String help) {
    var about = new StringBuilder();
    List<String> options = new ArrayList<>();
    for (String line : help.lines().skip(1).filter(one -> !one.isBlank()).toList()) {
      Matcher option = OPTION.matcher(line);
      if (option.matches()) {
        options.add(option.group(1) + " · " + option.group(2));
      } else if (options.isEmpty()) {
        about.append(' ').append(line.strip());
      } else {
        options.add(options.removeLast() + " " + line.strip());
      }
    }
    Set<String> found = new LinkedHashSet<>(List.of("`" + program + "` ·" + about));
    found.addAll(options);
    return found;
  }

  /// Reads a list of tests, by statement.
  static Map<String, Holder> read(Path file) throws IOException {
    Map<String, Holder> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        throw new IOException(file + ": write TESTS | STATEMENT instead of: " + line);
      }
      boolean marked = row.group(1) != null;
      Holder holder =
          marked
              ? new Holder(List.of(), row.group(2))
              : new Holder(List.of(row.group(2).split(", ")), "");
      if (rows.put(row.group(3), holder) != null) {
        throw new IOException(file + ": twice: " + row.group(3));
      }
    }
    return rows;
  }

  /// What is wrong with a list.
  ///
  /// @param said all statements that there are
  /// @param isTest whether there is a test of that name
  static List<String> faults(
      Collection<String> said, Map<String, Holder> rows, Predicate<String> isTest) {
    List<String> faults = new ArrayList<>();
    for (String statement : said) {
      if (!rows.containsKey(statement)) {
        faults.add("new, look for its test and add the line: TESTS | " + statement);
      }
    }
    rows.forEach(
        (statement, holder) -> {
          if (!said.contains(statement)) {
            faults.add("said no more, or in other words: " + statement);
          }
          holder.tests().stream()
              .filter(name -> !isTest.test(name))
              .forEach(name -> faults.add("no such test: " + name + " of: " + statement));
          if (holder.tests().isEmpty() && !MARKS.contains(holder.mark())) {
            faults.add("no mark: " + holder.mark() + " of: " + statement);
          }
        });
    return faults;
  }
}
