package io.lockstep.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The lab itself keeps its promises: a guest is a machine of its own, every call into it ends in
/// time, a power cut takes all of it and leaves its disk.
@Tag("lab")
class GuestTest {
  private static final int HOST = 254;
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofSeconds(2);

  @RegisterExtension private static final KernelLab LAB = new KernelLab(HOST);

  @Test
  void aGuestIsAMachineOfItsOwnAndEveryCallIntoItEnds() throws IOException {
    Guest guest = LAB.newGuest();
    guest.start();

    assertThat(guest.run(SOON, "hostname; echo $((6 * 7))").lines())
        .containsExactly(guest.name(), "42");
    assertThat(guest.run(SOON, "uname -r").strip()).isNotEqualTo(kernelOfTheHost());

    assertThat(guest.attempt(SOON, "echo no; exit 7")).isEqualTo(new Tool.Result(7, "no\n", ""));
    assertThatThrownBy(() -> guest.run(SOON, "echo why; false"))
        .hasMessageContaining("ended with 1")
        .hasMessageContaining("why");
    assertThat(guest.attempt(SHORT, "sleep 60").status()).isEqualTo(255);
    assertThat(guest.answers()).as("after a command that was given up").isTrue();

    guest.run(SOON, "touch /etc/of-the-guest; echo kept >%s/file".formatted(guest.disk()));
    assertThat(Path.of("/etc/of-the-guest")).doesNotExist();
    guest.cutPower();
    assertThat(guest.answers()).as("without power").isFalse();
    guest.start();
    assertThat(guest.run(SOON, "cat %s/file; ls /etc".formatted(guest.disk())))
        .startsWith("kept\n")
        .doesNotContain("of-the-guest");
  }

  private static String kernelOfTheHost() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
  }
}
