package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.Tidy.Source;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Holds every Java file and every page of this tree to docs/style.md, as far as a machine can,
/// and shows with a bad file for each rule that the rule bites.
@Tag("rules")
class TidyTest {
  private static final Path ROOT = root();
  private static final List<Source> JAVA = sources(".java");
  private static final List<Source> PAGES = sources(".md");

  /// Records that are as long as what they stand for: this list only shrinks.
  private static final Map<String, String> LONG_RECORDS =
      Map.ofEntries(
          Map.entry("ConfigForm", "the sections of the configuration file"),
          Map.entry("DaemonConfig", "the keys of the configuration file"),
          Map.entry("Frame.Hello", "the fields of a frame"),
          Map.entry("Frame.ReportParams", "the fields of a frame"),
          Map.entry("InitiatorPdu.LoginRequest", "the fields of a PDU"),
          Map.entry("LuRecord", "the fields of a stored record"),
          Map.entry("MirrorConfig.Limits", "a list of limits with a name each"),
          Map.entry("ModePages", "the bits of mode pages"),
          Map.entry("Party", "what a node says of itself when two meet"),
          Map.entry("PortalLimits", "a list of limits with a name each"),
          Map.entry("SessionParameters", "the keys of RFC 7143 13"),
          Map.entry("StatisticsFilter.Counts", "a count of each kind"),
          Map.entry("TargetPdu.LoginResponse", "the fields of a PDU"),
          Map.entry("UnitRecord", "the fields of a stored record"),
          Map.entry("ToldNode", "a form that older nodes rely on"));

  @Test
  void everyFileIsTidy() {
    assertThat(JAVA).as("sources were found").hasSizeGreaterThan(200);
    assertThat(JAVA.stream().flatMap(source -> Tidy.faults(source).stream())).isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(Tidy.packagesWithoutNullMarked(JAVA)).isEmpty();
    Source lonely = new Source("m/src/main/java/a/B.java", "/// B.\nclass B {}\n");
    assertThat(Tidy.packagesWithoutNullMarked(List.of(lonely)))
        .containsExactly("m/src/main/java/a");
    Source unmarked = new Source("m/src/main/java/a/package-info.java", "package a;\n");
    assertThat(Tidy.packagesWithoutNullMarked(List.of(lonely, unmarked)))
        .containsExactly("m/src/main/java/a");
  }

  @Test
  void linksInPagesResolve() {
    assertThat(PAGES).as("README and docs were found").isNotEmpty();
    assertThat(PAGES.stream().flatMap(page -> Tidy.brokenLinks(page, ROOT).stream())).isEmpty();
    Source page =
        new Source("docs/a.md", "[here](../pom.xml#x) [gone](gone.md) [far](https://x.org) [](#y)");
    assertThat(Tidy.brokenLinks(page, ROOT)).containsExactly("docs/a.md: no such file: gone.md");
  }

  /// It cuts a line of `///` that is too long, and goes on with `//`.
  @Test
  void aCommentThatTheFormatterHasBrokenIsAFault() {
    assertThat(faults("/// A long\n// line.\nclass A {}\n"))
        .containsExactly("a/A.java:2: a comment that the formatter has broken");
    assertThat(faults("/// A.\nclass A {\n  // What is here.\n  int a;\n}\n")).isEmpty();
  }

  @Test
  void longFilesMethodsLinesAndParametersAreFaults() {
    assertThat(faults("/// A.\nclass A {}\n" + "\n".repeat(499)))
        .containsExactly("a/A.java: 501 lines, at most 500");
    assertThat(faults("/// A.\nclass A {} // " + "x".repeat(87) + "\n"))
        .containsExactly("a/A.java:2: 101 columns, at most 100");
    String longMethod = "  void m(int a) {\n" + "    a++;\n".repeat(59) + "  }\n";
    assertThat(faults("/// A.\nclass A {\n" + longMethod + "}\n"))
        .containsExactly("a/A.java:3: m is 61 lines long, at most 60");
    assertThat(faults("/// A.\nclass A {\n" + longMethod.replaceFirst(" *a\\+\\+;\n", "") + "}\n"))
        .isEmpty();
    String many = "(int a, Map<K, V> b, int c, int d, int e%s) {}\n";
    assertThat(faults("/// A.\nclass A {\n  void m" + many.formatted(", int f") + "}\n"))
        .containsExactly("a/A.java:3: m has 6 parameters, at most 5");
    assertThat(faults("/// A.\nclass A {\n  void m" + many.formatted("") + "}\n")).isEmpty();
    assertThat(faults("/// A.\nrecord A" + many.formatted(", int f"))).isEmpty();
  }

  @Test
  void recordsAreGrouped() {
    List<String> found =
        JAVA.stream()
            .filter(Source::isMain)
            .flatMap(source -> RecordShapes.faults(source).stream())
            .map(RecordShapes.Fault::record)
            .distinct()
            .toList();
    assertThat(found).containsExactlyInAnyOrderElementsOf(LONG_RECORDS.keySet());

    String many = "record A<T>(@X({1, 2}) Map<K, V> a, int b, int c, // d, e\n int d%s) {}\n";
    assertThat(shapes(many.formatted(", int e, int f, int g, int h"))).isEmpty();
    assertThat(shapes(many.formatted(", int e, int f, int g, int h, int i")))
        .containsExactly(new RecordShapes.Fault("A", "9 components"));
    assertThat(shapes("class A {\n  record B(boolean a, @N Boolean b, int c, boolean d) {}\n}\n"))
        .isEmpty();
    assertThat(shapes("class A {\n  record B(boolean a, @N Boolean b, boolean d) {}\n}\n"))
        .containsExactly(new RecordShapes.Fault("A.B", "3 booleans in a row"));
  }

  private static List<RecordShapes.Fault> shapes(String text) {
    return RecordShapes.faults(new Source("m/src/main/java/a/A.java", text));
  }

  @Test
  void bannedWordsAndPackagesAreFaults() {
    assertThat(faults("/// A.\nclass A {} // TO" + "DO later\n"))
        .containsExactly("a/A.java:2: do it now instead of a note to do it");
    assertThat(Tidy.faults(new Source("m/src/main/java/x/util/A.java", "/// A.\nclass A {}\n")))
        .containsExactly("m/src/main/java/x/util/A.java: a package is named after its job: util");
    String waits = "/// A.\nclass A {{ Thread." + "sleep(1); }}\n";
    assertThat(Tidy.faults(new Source("m/src/test/java/x/ATest.java", waits)))
        .containsExactly("m/src/test/java/x/ATest.java:2: wait for a condition with a deadline");
    assertThat(faults(waits)).isEmpty();
    String off = "/// A.\n@Dis" + "abled\nclass A {}\n";
    assertThat(Tidy.faults(new Source("m/src/test/java/x/ATest.java", off)))
        .containsExactly("m/src/test/java/x/ATest.java:2: mend the test or delete it");
  }

  @Test
  void aMainFileSaysWhatItIsFor() {
    assertThat(Tidy.faults(new Source("m/src/main/java/x/A.java", "class A {}\n")))
        .containsExactly("m/src/main/java/x/A.java: does not say what it is for");
  }

  @Test
  void everyTestClassHasOneKind() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/testing.md"));
    SortedSet<String> kinds = TestKinds.written(page);
    assertThat(JAVA.stream().flatMap(source -> TestKinds.faults(source, kinds).stream())).isEmpty();
    assertThat(JAVA.stream().flatMap(source -> TestKinds.of(source).stream()))
        .as("kinds in use")
        .containsAll(kinds);
  }

  @Test
  void aTestClassOfNoneOrTwoKindsIsAFault() {
    String tests = "class ATest {\n  @Test\n  void works() {}\n}\n";
    assertThat(kindFaults("ATest", tests)).containsExactly("needs one @Tag with its kind, has []");
    String unit = "@Tag(\"unit\")\n";
    assertThat(kindFaults("ATest", unit + tests)).isEmpty();
    assertThat(kindFaults("ATest", unit + "@Tag(\"golden\")\n" + tests))
        .containsExactly("needs one @Tag with its kind, has [unit, golden]");
    assertThat(kindFaults("ATest", "@Tag(\"slow\")\n" + tests))
        .containsExactly("docs/testing.md knows no kind slow");
    assertThat(kindFaults("ATest", unit + tests.replace("  @Test", "  @Tag(\"fuzz\")\n  @Test")))
        .containsExactly("has a tag that is not the kind of the class");
    assertThat(kindFaults("Checks", tests.replace("ATest", "Checks")))
        .containsExactly("has tests that nobody runs, since its name has no Test at the end");
    assertThat(kindFaults("Contract", "abstract " + tests.replace("ATest", "Contract"))).isEmpty();
    assertThat(kindFaults("Fixture", "class Fixture {}\n")).isEmpty();
  }

  private static List<String> kindFaults(String name, String text) {
    String path = "m/src/test/java/a/" + name + ".java";
    SortedSet<String> kinds =
        TestKinds.written("\n## Kinds of tests\n\n| unit | x |\n| golden | y |\n");
    return TestKinds.faults(new Source(path, text), kinds).stream()
        .map(fault -> fault.replace(path + ": ", ""))
        .toList();
  }

  private static List<String> faults(String text) {
    return Tidy.faults(new Source("a/A.java", text));
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

  private static List<Source> sources(String ending) {
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          ROOT,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              boolean ours = isOurs(ROOT.relativize(folder));
              return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (file.toString().endsWith(ending) && attributes.isRegularFile()) {
                found.add(ROOT.relativize(file));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found.stream().sorted().map(TidyTest::read).toList();
  }

  /// Not what a build or a demo left behind, and not what others wrote: that comes and goes.
  private static boolean isOurs(Path file) {
    for (Path part : file) {
      String name = part.toString();
      if (List.of("target", ".git", "vendor", "lockstep-demo", "jte-classes").contains(name)) {
        return false;
      }
    }
    return true;
  }

  private static Source read(Path file) {
    try {
      return new Source(file.toString(), Files.readString(ROOT.resolve(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
