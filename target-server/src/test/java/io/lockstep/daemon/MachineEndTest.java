package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node whose machine is shutting down is not promoted, neither by a person nor by the other node
/// that hands over; one whose machine does not say so is.
@Timeout(180)
@Tag("shell")
final class MachineEndTest {
  @TempDir private Path directory = Path.of("");

  private static Problem refusal(ProcessPair pair, int node, Requests.MirrorCommand command) {
    return catchThrowableOfType(
            ControlException.class,
            () -> pair.client(node).mirrorCommand(Requests.PROMOTE, command))
        .problem();
  }

  private static SideStatus second(PairStatus status) {
    return TwoDaemons.mirror(status).sides().get(1);
  }

  @Test
  void aNodeWhoseMachineShutsDownIsNotPromoted() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.program(1, "systemctl", "test $1 = is-system-running && echo stopping; exit 1");
      pair.startInSync();

      for (var command :
          new Requests.MirrorCommand[] {
            Requests.MirrorCommand.at("b"), Requests.MirrorCommand.forcedAt("b")
          }) {
        Problem problem = refusal(pair, 0, command);
        assertThat(problem.status()).isEqualTo(409);
        assertThat(problem.sentence())
            .contains("Node b was not promoted")
            .contains("its machine is shutting down, says systemd")
            .contains("promote the other node");
      }

      pair.stop(0);
      assertThat(pair.logged(0)).contains("did not take over").contains("machine is shutting down");
      assertThat(second(pair.client(1).status()).role()).isEqualTo("Secondary");

      pair.program(1, "systemctl", "echo running");
      pair.client(1).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b"));
      pair.await(1, status -> second(status).role().equals("Primary"));
    }
  }

  @Test
  void aProgramThatHangsDoesNotStandInTheWay() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.program(1, "systemctl", "exec sleep 600");
      pair.startInSync();

      pair.client(1).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b"));

      pair.await(1, status -> second(status).role().equals("Primary"));
      assertThat(pair.logged(1)).contains("systemctl gave no answer");
    }
  }

  @Test
  void openRcSaysItByItsRunLevel() throws Exception {
    Path level = directory.resolve("softlevel");
    assertThat(new MachineEnd(level).find()).isEmpty();
    Files.writeString(level, "default\n");
    assertThat(new MachineEnd(level).find()).isEmpty();
    Files.writeString(level, "shutdown\n");
    assertThat(new MachineEnd(level).find()).contains("OpenRC");
  }
}
