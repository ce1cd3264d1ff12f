package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.lockstep.ModuleTable.Library;
import org.junit.jupiter.api.Test;

/// Proves the module table on the compiled classes of all modules, and that each of its rules
/// bites: the packages under [io.lockstep.planted] break every one of them.
class ArchitectureTest {
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
        .isSubsetOf("block.ring", "block.disk", "mirror.peer", "iscsi.portal", "control", "daemon");
    assertThat(planted.packagesUsing(Library.LOGGING)).containsExactly("lower");
  }

  @Test
  void theTwoWaysDownDoNotKnowEachOther() {
    assertThat(TABLE.reachable("scsi.lu")).noneMatch(name -> name.startsWith("mirror"));
    assertThat(TABLE.reachable("volume.embedded")).noneMatch(name -> name.startsWith("mirror"));
    assertThat(TABLE.reachable("mirror")).noneMatch(name -> name.startsWith("volume"));
    assertThat(TABLE.reachable("web"))
        .as("the console knows the control API only")
        .containsExactlyInAnyOrder("block", "control.api", "control.client", "web.store");
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
