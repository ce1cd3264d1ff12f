package io.lockstep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.lockstep.ModuleTable.Library;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Proves the module table on the compiled classes of all modules, and that each of its rules
/// bites: the packages under [io.lockstep.planted] break every one of them.
@Tag("rules")
class ArchitectureTest {
  /// How many classes are in circles. A smaller number is progress.
  private static final int LISTED_MAX = 0;

  private static final ModuleTable TABLE = ModuleTable.lockstep();
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("jte-classes"))
          .importPackages("io.lockstep");
  private final Architecture architecture = new Architecture(TABLE, CLASSES);
  private final Architecture planted =
      new Architecture(
          plantedTable(), new ClassFileImporter().importPackages("io.lockstep.planted"));

  @Test
  void everyPackageHasItsRowAndEveryRowItsPackage() {
    assertThat(CLASSES).as("main classes were found").hasSizeGreaterThan(100);
    assertThat(architecture.unknownPackages()).isEmpty();
    assertThat(architecture.emptyRows()).allMatch(row -> row.startsWith("web"));
    assertThat(planted.unknownPackages())
        .containsExactly("package io.lockstep.planted.unlisted is not in the table");
  }

  @Test
  void packagesUseWhatTheirRowSays() {
    assertThat(architecture.wrongUses()).isEmpty();
    assertThat(planted.wrongUses())
        .containsExactly(
            "io.lockstep.planted.lower.Leaks may not use io.lockstep.planted.upper.Above");
  }

  @Test
  void packagesUseTheLibrariesOfTheirRow() {
    assertThat(architecture.wrongLibraries()).isEmpty();
    assertThat(planted.wrongLibraries())
        .containsExactly(
            "io.lockstep.planted.lower.Leaks may not use the library of org.slf4j.Logger",
            "io.lockstep.planted.lower.Leaks may not use the library of org.slf4j.LoggerFactory");
  }

  @Test
  void purePackagesHaveNoSocketsThreadsClockOrDice() {
    assertThat(architecture.impurities()).isEmpty();
    String leaks = "io.lockstep.planted.lower.Leaks is pure and ";
    assertThat(planted.impurities())
        .containsExactlyInAnyOrder(
            leaks + "calls java.lang.System.nanoTime",
            leaks + "calls java.lang.System.currentTimeMillis",
            leaks + "calls java.lang.Thread.sleep",
            leaks + "calls java.util.UUID.randomUUID",
            leaks + "touches java.net.Socket",
            leaks + "touches java.security.SecureRandom",
            leaks + "touches java.time.Instant",
            leaks + "throws dice java.util.Random");
  }

  @Test
  void nettyStaysAtTheEdges() {
    assertThat(architecture.packagesUsing(Library.NETTY))
        .isSubsetOf(
            "block.ring",
            "block.disk",
            "mirror.peer",
            "iscsi.portal",
            "nbd.portal",
            "peers.net",
            "control",
            "daemon");
    assertThat(planted.packagesUsing(Library.LOGGING)).containsExactly("lower");
  }

  @Test
  void theTwoWaysDownDoNotKnowEachOther() {
    assertThat(TABLE.reachable("scsi.lu")).noneMatch(name -> name.startsWith("mirror"));
    assertThat(TABLE.reachable("volume.embedded")).noneMatch(name -> name.startsWith("mirror"));
    assertThat(TABLE.reachable("mirror")).noneMatch(name -> name.startsWith("volume"));
    assertThat(TABLE.reachable("web"))
        .as("the console knows the control API only")
        .containsExactlyInAnyOrder("block", "control.api", "control.client", "log", "web.store");
  }

  /// Whoever opens a volume group knows the interface only, so that a second engine can come.
  @Test
  void onePlaceChoosesTheVolumeEngine() {
    String engine = "io.lockstep.volume.embedded";
    assertThat(
            CLASSES.stream()
                .filter(one -> !one.getPackageName().equals(engine))
                .filter(
                    one ->
                        one.getDirectDependenciesFromSelf().stream()
                            .anyMatch(use -> use.getTargetClass().getPackageName().equals(engine)))
                .map(JavaClass::getName))
        .containsExactly("io.lockstep.daemon.EngineChoice");
  }

  /// Circles of classes stand in `circles.txt`, one to a paragraph, and can only get smaller: a
  /// class that is in none any more leaves the list, and none comes into it.
  @Test
  void noCircleOfClassesIsLargerThanItWas() throws IOException {
    List<Set<String>> listed = listedCircles();
    List<Set<String>> circles = architecture.circles();
    assertThat(listed.stream().mapToInt(Set::size).sum())
        .as("classes in circles.txt")
        .isEqualTo(LISTED_MAX);
    assertThat(circles)
        .as("the circles of classes, each as circles.txt has it")
        .containsExactlyInAnyOrderElementsOf(listed);
    assertThat(planted.circles())
        .containsExactly(Set.of("io.lockstep.planted.upper.Egg", "io.lockstep.planted.upper.Hen"));
  }

  private static List<Set<String>> listedCircles() throws IOException {
    List<Set<String>> circles = new ArrayList<>();
    try (InputStream file = ArchitectureTest.class.getResourceAsStream("/circles.txt")) {
      for (String paragraph :
          new String(Objects.requireNonNull(file).readAllBytes(), UTF_8).split("\n\n")) {
        Set<String> circle = new TreeSet<>();
        paragraph.lines().filter(line -> line.startsWith("io.")).forEach(circle::add);
        if (!circle.isEmpty()) {
          circles.add(circle);
        }
      }
    }
    return circles;
  }

  @Test
  void theTableHasNoCircles() {
    ModuleTable.Builder table = new ModuleTable.Builder("io.lockstep");
    assertThatThrownBy(() -> table.pure("block", "mirror"))
        .hasMessage("block uses mirror, which stands below it");
    table.pure("block", "");
    assertThatThrownBy(() -> table.pure("block", "")).hasMessage("block stands in the table twice");
  }

  private static ModuleTable plantedTable() {
    ModuleTable.Builder table = new ModuleTable.Builder("io.lockstep.planted");
    table.pure("lower", "");
    table.pure("upper", "lower");
    return table.build();
  }
}
