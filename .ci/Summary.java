import static java.util.Comparator.comparing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/// What the tests said: reads the surefire reports of all modules, prints the counts by kind and
/// module, each failure in full, each skipped test with its reason, and as its last line `N passed,
/// N failed, N skipped`. The kinds are those of docs/testing.md.
///
/// Exit status 1 when a test failed or when none ran. Run by ./check as `java .ci/Summary.java`.
final class Summary {

  /// The kind of a test is the JUnit tag of its class; the reports do not have it, the source does.
  private static final Pattern KIND = Pattern.compile("(?m)^@Tag\\(\"([a-z-]+)\"\\)$");

  private static final class Count {
    int passed;
    int failed;
    int skipped;
    double seconds;
  }

  private record Slow(String name, double seconds) {}

  private final Map<String, Count> kinds = new TreeMap<>();
  private final Map<String, Count> modules = new TreeMap<>();
  private final Count all = new Count();
  private final List<Slow> classes = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    var summary = new Summary();
    try (var files = Files.find(Path.of("."), 4, (path, _) -> isReport(path))) {
      for (var report : files.sorted().toList()) {
        summary.read(report);
      }
    }
    summary.print();
    System.exit(summary.all.failed > 0 || summary.all.passed == 0 ? 1 : 0);
  }

  private static boolean isReport(Path path) {
    var name = path.getFileName().toString();
    return name.startsWith("TEST-")
        && name.endsWith(".xml")
        && path.getParent().endsWith("target/surefire-reports");
  }

  private void read(Path report) throws IOException {
    Element suite;
    try {
      suite =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(report.toFile())
              .getDocumentElement();
    } catch (Exception broken) {
      // A test process that died in the middle of its report has not passed.
      System.out.println("FAILED  unreadable report " + report + ": " + broken.getMessage());
      all.failed++;
      return;
    }
    var module = report.getName(1).toString();
    var seconds = 0.0;
    var cases = suite.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      seconds += count(module, (Element) cases.item(i), report);
    }
    classes.add(new Slow(suite.getAttribute("name"), seconds));
  }

  private static String kind(String module, String className) throws IOException {
    var file = className.replaceFirst("[$\\[].*", "").replace('.', '/') + ".java";
    var source = Path.of(module, "src/test/java", file);
    if (Files.exists(source)) {
      var kind = KIND.matcher(Files.readString(source));
      if (kind.find()) {
        return kind.group(1);
      }
    }
    return "(no kind)";
  }

  private double count(String module, Element test, Path report) throws IOException {
    var className = test.getAttribute("classname");
    var seconds = Double.parseDouble("0" + test.getAttribute("time").replace(",", ""));
    var counts =
        List.of(
            all,
            kinds.computeIfAbsent(kind(module, className), _ -> new Count()),
            modules.computeIfAbsent(module, _ -> new Count()));
    var failure = failure(test);
    if (failure != null) {
      System.out.println("FAILED  " + className + "." + test.getAttribute("name"));
      System.out.println(failure.getTextContent().strip().indent(8).stripTrailing());
      System.out.println("        report: " + report);
    }
    var skip = (Element) test.getElementsByTagName("skipped").item(0);
    var skipped = skip != null;
    if (skipped) {
      System.out.println("skipped " + className + "." + test.getAttribute("name"));
      System.out.println("        " + reason(skip));
    }
    for (var count : counts) {
      count.seconds += seconds;
      if (failure != null) {
        count.failed++;
      } else if (skipped) {
        count.skipped++;
      } else {
        count.passed++;
      }
    }
    return seconds;
  }

  /// Why a test was skipped, on one line.
  private static String reason(Element skip) {
    var message = skip.getAttribute("message");
    var text = message.isBlank() ? skip.getTextContent() : message;
    return text.isBlank() ? "(it gives no reason)" : text.strip().replaceAll("\\s+", " ");
  }

  private static Element failure(Element test) {
    for (var tag : List.of("failure", "error")) {
      var found = test.getElementsByTagName(tag);
      if (found.getLength() > 0) {
        return (Element) found.item(0);
      }
    }
    return null;
  }

  private void print() {
    line("module", "passed", "failed", "skipped", "seconds");
    modules.forEach((name, count) -> line(name, count));
    System.out.println();
    line("kind", "passed", "failed", "skipped", "seconds");
    kinds.forEach((kind, count) -> line(kind, count));
    System.out.println();
    System.out.println("slowest:");
    classes.stream()
        .sorted(comparing(Slow::seconds).reversed())
        .limit(8)
        .forEach(slow -> System.out.printf("  %7.1f s  %s%n", slow.seconds, slow.name));
    System.out.printf(
        "%d passed, %d failed, %d skipped%n", all.passed, all.failed, all.skipped);
  }

  private static void line(String name, Count count) {
    line(
        name,
        String.valueOf(count.passed),
        String.valueOf(count.failed),
        String.valueOf(count.skipped),
        String.format("%.1f", count.seconds));
  }

  private static void line(String name, String a, String b, String c, String d) {
    System.out.printf("%-16s %8s %8s %8s %9s%n", name, a, b, c, d);
  }
}
