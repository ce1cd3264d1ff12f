package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.EventStream;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A handler that throws ends its request; the loops behind it, which a bug would end, go on.
@Timeout(60)
@Tag("shell")
final class FaultyHandlerTest {
  @TempDir private Path directory = Path.of("");

  private ServedNode serve(String name, boolean primary) {
    return new ServedNode(directory.resolve(name + ".sock"), name, primary, LoopKind.EPOLL);
  }

  private static Problem problemOf(ThrowingCallable call) {
    return catchThrowableOfType(ControlException.class, call).problem();
  }

  @Test
  void whatAHandlerThrowsIsAFailureOfThatRequest() throws ControlException {
    try (ServedNode served = serve("a", true)) {
      served.node().breaks(true);
      Problem change = problemOf(() -> served.client().createVolume("vm1", 4096));
      Problem look = problemOf(() -> served.client().status());
      served.node().breaks(false);

      assertThat(change.status()).isEqualTo(500);
      assertThat(change.what()).isEqualTo("`volume create` was not done");
      assertThat(change.why()).contains("planted");
      assertThat(look.status()).isEqualTo(500);
      assertThat(look.what()).isEqualTo("The question was not answered");
      assertThat(served.client().createVolume("vm1", 4096).name()).isEqualTo("vm1");
    }
  }

  @Test
  void itIsTheSameForARequestThatWasPassedOn() throws ControlException {
    try (ServedNode primary = serve("a", true);
        ServedNode secondary = serve("b", false)) {
      secondary.node().connect(primary.dispatcher());
      primary.node().breaks(true);
      Problem problem = problemOf(() -> secondary.client().createVolume("vm1", 4096));
      primary.node().breaks(false);

      assertThat(problem.status()).isEqualTo(500);
      assertThat(problem.why()).contains("planted");
      assertThat(secondary.client().createVolume("vm1", 4096).name()).isEqualTo("vm1");
    }
  }

  /// Each verb for a named node drew the whole picture, to look up a name.
  @Test
  void aNamedNodeIsFoundWithoutAPicture() {
    try (ServedNode served = serve("a", true)) {
      served.node().breaks(true);
      for (String node : List.of("b", "c")) {
        Requests.MirrorCommand command = Requests.MirrorCommand.at(node);
        Problem problem = problemOf(() -> served.client().mirrorCommand(Requests.CONNECT, command));
        assertThat(problem.status()).isEqualTo(node.equals("b") ? 503 : 404);
      }
    }
  }

  @Test
  void aStreamOfEventsMissesAPictureAndGetsTheNext() throws Exception {
    try (ServedNode served = serve("a", true);
        EventStream events = served.client().events()) {
      assertThat(events.nextPicture().volumes()).isEmpty();
      served.node().breaks(true);
      served.server().statusChanged();
      assertThat(problemOf(() -> served.client().status()).status()).isEqualTo(500);
      served.node().breaks(false);
      served.client().createVolume("vm1", 4096);
      served.server().statusChanged();

      assertThat(events.nextPicture().volumes()).extracting("name").containsExactly("vm1");
    }
  }
}
