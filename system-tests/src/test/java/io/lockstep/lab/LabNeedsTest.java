package io.lockstep.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A lab that cannot run says what it lacks and what to do.
@Tag("unit")
class LabNeedsTest {
  @Test
  void everythingThatIsMissingIsNamedWithWhatToDo() {
    assertThat(LabNeeds.missing("root", "amd64", _ -> true)).isEmpty();
    assertThat(LabNeeds.missing("somebody", "amd64", path -> !path.endsWith("linux.uml")))
        .containsExactly(
            "root (network namespaces and a tun device need it)",
            "linux.uml (Debian package user-mode-linux)");
    assertThat(LabNeeds.missing("root", "aarch64", path -> !path.endsWith("tun")))
        .containsExactly(
            "an x86-64 processor (there is no other User-Mode Linux)",
            "/dev/net/tun (as root: modprobe tun)");
  }
}
