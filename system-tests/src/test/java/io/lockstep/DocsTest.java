package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.bench.BenchArguments;
import io.lockstep.cli.Main;
import io.lockstep.daemon.DaemonMain;
import io.lockstep.web.ConsoleMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Holds README and docs to the program: every command they show can be typed, and the module table
/// is the one that is proved, links into a page find their heading, and what is promised has its
/// test. That links lead to files, [TidyTest] proves.
@Tag("rules")
class DocsTest {
  private static final Path ROOT = root();
  private static final TestIndex TESTS = tests();

  /// A command at the beginning of a line of a code block, perhaps behind a prompt, or as a whole
  /// code span; up to a comment, a pipe or the like.
  private static final Pattern COMMAND =
      Pattern.compile("(?m)(?:^ *(?:[$#] )?|(?<!`)`)((?:\\./)?lockstepd?(?: +[^\\n`#|<>&;()]+)?)");

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z.]+)` \\| (pure|shell) \\|[^|]*\\|([^|]*)\\|([^|]*)\\|$");

  /// A test in a code span: `PowerCutTest` or `PowerCutTest.nothingFlushedIsLost`.
  private static final Pattern TEST_NAME = Pattern.compile("`([A-Z]\\w*Test(?:\\.\\w+)?)`");

  /// A planted bug in a code block, as its file has it.
  private static final Pattern QUOTED_PLANT = Pattern.compile("(?s)```\n(breaks: .*?)```\n");

  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  private static final Pattern HEADING_LINK = Pattern.compile("]\\(([\\w./-]*)#([\\w-]+)\\)");

  @Test
  void everyCommandInThePagesCanBeTyped() throws IOException, ReflectiveOperationException {
    int seen = 0;
    for (Path page : pages()) {
      for (String command : commands(Files.readString(page))) {
        seen++;
        try {
          parse(command);
        } catch (ParameterException | BenchArguments.Wrong e) {
          throw new AssertionError(ROOT.relativize(page) + ": " + command, e);
        }
      }
    }
    assertThat(seen).as("commands in README and docs").isGreaterThan(20);
    assertThatThrownBy(() -> parse("./lockstep volume create vm1"))
        .isInstanceOf(ParameterException.class);
    assertThatThrownBy(() -> parse("./lockstep mirror promote --nod b"))
        .isInstanceOf(ParameterException.class);
  }

  @Test
  void linksIntoPagesFindTheirHeading() throws IOException {
    List<String> lost = new ArrayList<>();
    int seen = 0;
    for (Path page : pages()) {
      Matcher links = HEADING_LINK.matcher(Files.readString(page));
      while (links.find()) {
        seen++;
        String file = links.group(1);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        if (!anchors(Files.readString(target)).contains(links.group(2))) {
          lost.add(ROOT.relativize(page) + ": no heading for " + links.group());
        }
      }
    }
    assertThat(lost).isEmpty();
    assertThat(seen).as("links to headings").isGreaterThan(5);
    assertThat(anchors("# A\n\n## What `x` does, and why\n"))
        .containsExactlyInAnyOrder("a", "what-x-does-and-why");
  }

  /// The names that a browser of repositories gives to headings.
  private static Set<String> anchors(String page) {
    Set<String> anchors = new TreeSet<>();
    Matcher headings = HEADING.matcher(page);
    while (headings.find()) {
      String words = headings.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "");
      anchors.add(words.strip().replace(' ', '-'));
    }
    return anchors;
  }

  @Test
  void commandsAreFoundInBlocksAndSpans() {
    String page =
        """
        Type `./lockstep status` (but not ./lockstep by itself, or `lockstepd.conf`).

            $ ./lockstep demo --detach   # in the background
            lockstepd --config a.conf &
            $ ./lockstep volume list -o json | wc
        """;
    assertThat(commands(page))
        .containsExactly(
            "./lockstep status",
            "./lockstep demo --detach",
            "lockstepd --config a.conf",
            "./lockstep volume list -o json");
  }

  @Test
  void theModuleTableOfTheDesignIsTheOneThatIsProved() throws IOException {
    List<String> written = new ArrayList<>();
    Matcher rows = ROW.matcher(Files.readString(ROOT.resolve("docs/design.md")));
    while (rows.find()) {
      List<String> uses = words(rows.group(3).replace("`", ""), " +");
      List<String> libraries = words(rows.group(4).toUpperCase(Locale.ROOT), ",");
      written.add(row(rows.group(1), rows.group(2), uses, libraries));
    }
    List<String> proved = new ArrayList<>();
    for (Map.Entry<String, ModuleTable.Row> row : ModuleTable.lockstep().rows().entrySet()) {
      List<String> libraries =
          row.getValue().libraries().stream().map(one -> one.name().replace('_', ' ')).toList();
      proved.add(
          row(
              row.getKey(),
              row.getValue().isPure() ? "pure" : "shell",
              row.getValue().mayUse(),
              libraries));
    }
    assertThat(written).containsExactlyElementsOf(proved);
  }

  /// A plant follows the source that it changes, and so does a page that shows it.
  @Test
  void plantsInThePagesAreThoseThatThereAre() throws IOException {
    List<String> shown = new ArrayList<>();
    for (Path page : pages()) {
      Matcher blocks = QUOTED_PLANT.matcher(Files.readString(page));
      while (blocks.find()) {
        shown.add(blocks.group(1));
      }
    }
    List<String> plants = new ArrayList<>();
    try (Stream<Path> files = Files.list(ROOT.resolve("mirror/src/plants"))) {
      for (Path file : files.toList()) {
        plants.add(Files.readString(file));
      }
    }
    assertThat(shown).isNotEmpty().isSubsetOf(plants);
  }

  /// A row without a test is a promise without a proof; a test that was renamed is none either.
  @Test
  void everyFailureHasItsTestAndTheTestIsThere() throws IOException {
    List<String> lost = new ArrayList<>();
    int rows = 0;
    for (String line : Files.readAllLines(ROOT.resolve("docs/failures.md"))) {
      if (!line.startsWith("| ") || line.startsWith("| what happens")) {
        continue;
      }
      rows++;
      List<String> names = TEST_NAME.matcher(line).results().map(found -> found.group(1)).toList();
      if (names.isEmpty()) {
        lost.add("no test in: " + line);
      }
      names.stream().filter(name -> !isTest(name)).forEach(lost::add);
    }
    assertThat(lost).isEmpty();
    assertThat(rows).as("rows of failures.md").isGreaterThan(20);
    assertThat(isTest("DocsTest.everyFailureHasItsTestAndTheTestIsThere")).isTrue();
    assertThat(isTest("DocsTest.noSuchTest")).isFalse();
    assertThat(isTest("NoSuchTest")).isFalse();
  }

  /// Whoever changes what the pages for administrators or the help of the programs say looks at the
  /// test that holds it, and writes both into the list.
  @Test
  void everyStatementForAdministratorsHasItsTest()
      throws IOException, ReflectiveOperationException {
    for (String page : List.of("operations", "configuration")) {
      String text = Files.readString(ROOT.resolve("docs/" + page + ".md"));
      assertHeld(page + ".txt", Statements.ofPage(text));
    }
    Set<String> help = new LinkedHashSet<>();
    help.addAll(Statements.ofHelp(new CommandLine(main())));
    help.addAll(Statements.ofHelp(new CommandLine(new DaemonMain())));
    help.addAll(Statements.ofHelp("lockstep-console", ConsoleMain.HELP));
    assertHeld("help.txt", help);
  }

  /// A program whose help is in no list would be forgotten there.
  @Test
  void everyProgramForAdministratorsIsInTheListOfHelp() throws IOException {
    List<String> programs = new ArrayList<>();
    for (String module : List.of("mirror", "volume-manager", "target-server", "web-ui")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module + "/src/main/java"))) {
        files.filter(DocsTest::isProgram).forEach(it -> programs.add(it.getFileName().toString()));
      }
    }
    assertThat(programs)
        .as("Tethered is started by the demo only, and has no help")
        .containsExactlyInAnyOrder(
            "Main.java", "DaemonMain.java", "ConsoleMain.java", "Tethered.java");
  }

  private static boolean isProgram(Path file) {
    if (!file.toString().endsWith(".java")) {
      return false;
    }
    try {
      return Files.readString(file).contains("public static void main(String[]");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertHeld(String list, Collection<String> said) throws IOException {
    Path file = ROOT.resolve("system-tests/src/test/resources/statements").resolve(list);
    assertThat(Statements.faults(said, Statements.read(file), TESTS::has))
        .as("%s, see docs/how-to-work.md", file)
        .isEmpty();
  }

  /// A limit that is stated and not run is a guess: 64 TiB were promised, and 6 ran out of memory.
  @Test
  void everyLimitIsRun() throws IOException {
    Map<String, List<String>> tests = new LinkedHashMap<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/limits.md"))) {
      if (line.startsWith("| ") && !line.startsWith("| what |")) {
        List<String> names =
            TEST_NAME.matcher(line).results().map(found -> found.group(1)).toList();
        tests.put(firstCell(line), names);
      }
    }
    assertThat(tests).as("docs/limits.md names a test of each").containsKeys(statedLimits());
    tests.forEach(
        (limit, names) -> assertThat(names).as(limit).isNotEmpty().allMatch(DocsTest::isTest));
  }

  private static String[] statedLimits() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/design.md"));
    String table = page.substring(page.indexOf("## Sizes and limits"));
    String[] limits =
        table
            .substring(0, table.indexOf("\nThe daemon's memory"))
            .lines()
            .filter(line -> line.startsWith("| ") && !line.startsWith("| what |"))
            .map(DocsTest::firstCell)
            .toArray(String[]::new);
    assertThat(limits).hasSizeGreaterThan(40);
    return limits;
  }

  private static String firstCell(String row) {
    return row.substring(2, row.indexOf(" | "));
  }

  private static boolean isTest(String name) {
    return TESTS.has(name);
  }

  private static String row(
      String name, String kind, Iterable<String> uses, Iterable<String> libraries) {
    return name + " is " + kind + ", uses " + sorted(uses) + ", libraries " + sorted(libraries);
  }

  private static Set<String> sorted(Iterable<String> words) {
    Set<String> sorted = new TreeSet<>();
    words.forEach(sorted::add);
    return sorted;
  }

  private static List<String> words(String text, String separator) {
    return Arrays.stream(text.split(separator))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static List<String> commands(String page) {
    List<String> found = new ArrayList<>();
    Matcher matcher = COMMAND.matcher(page);
    while (matcher.find()) {
      String command = matcher.group(1).strip();
      // The simulator is test code of the mirror, whose own tests try what the pages say of it.
      if (command.contains(" ") && !command.startsWith("./lockstep simulate")) {
        found.add(command);
      }
    }
    return found;
  }

  /// Throws [ParameterException] or [BenchArguments.Wrong] if the program would answer with a usage
  /// error.
  private static void parse(String command) throws ReflectiveOperationException {
    List<String> words = words(command, " +");
    boolean daemon = words.getFirst().endsWith("lockstepd");
    List<String> arguments = words.subList(1, words.size());
    if (arguments.getFirst().equals("bench")) {
      BenchArguments.parse(arguments.subList(1, arguments.size()).toArray(String[]::new));
      return;
    }
    if (!daemon && arguments.getFirst().equals("daemon")) {
      daemon = true;
      arguments = arguments.subList(1, arguments.size());
    }
    Object program = daemon ? new DaemonMain() : main();
    new CommandLine(program)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.toArray(String[]::new));
  }

  private static Main main() throws ReflectiveOperationException {
    Constructor<Main> constructor = Main.class.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(Stream.of(ROOT.resolve("README.md")), files)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static TestIndex tests() {
    try {
      return new TestIndex(ROOT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("check"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("run inside the source tree");
      }
    }
    return folder;
  }
}
