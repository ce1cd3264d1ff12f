package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where a demo keeps what, and what its first start chooses for the next ones.
@Tag("unit")
final class DemoFilesTest {
  @TempDir private Path directory = Path.of("");

  private void write(DemoSettings settings) throws IOException {
    new DemoFiles(new DemoLayout(directory), settings).write();
  }

  @Test
  void aDemoLiesWhereItIsToldOrInADirectoryOfThatName() {
    assertThat(Where.directoryOr(directory)).isEqualTo(directory);
    String told = System.getenv("LOCKSTEP_DIR");
    assertThat(Where.directoryOr(null))
        .isEqualTo(Path.of(told == null || told.isBlank() ? "lockstep-demo" : told));
  }

  @Test
  void whatIsNotSaidIsTheUsual() throws IOException {
    DemoSettings usual =
        DemoSettings.choose(directory.resolve("demo.properties"), null, null, null);
    assertThat(usual).isEqualTo(new DemoSettings(4L << 30, 13260, 1));
    assertThat(usual.mirrors()).containsExactly("main");
    assertThat(usual.portalPort(1)).isEqualTo(13261);
    assertThat(usual.consolePort()).isEqualTo(13262);
    assertThat(usual.peerPort(1)).isEqualTo(13264);
    assertThat(usual.controlPort()).isEqualTo(13265);
  }

  @Test
  void theFirstStartChoosesForTheNextOnes() throws IOException {
    Path file = directory.resolve("demo.properties");
    DemoSettings first = DemoSettings.choose(file, 1L << 30, 20000, 2);
    first.save(file);
    assertThat(DemoSettings.choose(file, null, null, null)).isEqualTo(first);
    assertThatThrownBy(() -> DemoSettings.choose(file, 2L << 30, null, null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("its disks have 1 GiB");
    assertThatThrownBy(() -> DemoSettings.choose(file, null, null, 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("it was made with --mirrors 2");
  }

  @Test
  void eachFileIsWrittenAnewAndForItsOwnerOnly() throws IOException {
    write(new DemoSettings(1L << 30, 20000, 2));
    Path config = directory.resolve("a/lockstepd.yaml");
    String written = Files.readString(config);
    assertThat(written)
        .contains("name: main", "name: second", "a/disk.img'", "a/disk2.img'", "a/control.sock'")
        .contains("- listen: 127.0.0.1:20000", "a/lockstepd.log'");
    assertThat(directory.resolve("b/lockstepd.yaml")).exists();
    assertThat(Files.readString(directory.resolve("console/console.conf")))
        .contains("listen.port         = 20002", "a/control.sock, ", "console/password");
    String password = Files.readString(directory.resolve("console/password"));
    Files.writeString(config, "something else");

    write(new DemoSettings(1L << 30, 20000, 2));
    assertThat(Files.readString(config)).isEqualTo(written);
    assertThat(Files.readString(directory.resolve("console/password"))).isEqualTo(password);
    assertThat(mode("a")).isEqualTo("rwx------");
    assertThat(mode("console/password")).isEqualTo("rw-------");
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name)));
  }

  @Test
  void sectionsOfExtraFilesAreAdded() throws IOException {
    Files.createDirectories(directory.resolve("a"));
    Files.writeString(directory.resolve("a/extra.yaml"), "stop: {handover: false}\n");
    write(new DemoSettings(1L << 30, 20000, 1));
    assertThat(directory.resolve("a/lockstepd.yaml"))
        .content()
        .endsWith("\nstop: {handover: false}\n");
    assertThat(directory.resolve("b/lockstepd.yaml")).content().doesNotContain("stop:");
  }
}
