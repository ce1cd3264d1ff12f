package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every change that is asked for at a control socket leaves a line, whatever comes of it, and what
/// only asks leaves none. A log line was lost for all of them: its logger was below the level.
@Timeout(60)
@Tag("shell")
final class AuditedVerbsTest {
  @TempDir private Path directory = Path.of("");

  private ServedNode serve(String name, boolean primary) {
    return new ServedNode(directory.resolve(name + ".sock"), name, primary, LoopKind.EPOLL);
  }

  private static ControlClient admin(ServedNode at) {
    return new ControlClient(at.socket(), "admin", "console 192.0.2.7");
  }

  static Stream<Verb<?, ?>> verbs() {
    return Requests.ALL.stream().filter(verb -> verb.place() != Verb.Place.STREAM);
  }

  @Test
  void whatIsNotAGetIsAChange() {
    assertThat(Requests.ALL)
        .allSatisfy(verb -> assertThat(verb.changes()).isEqualTo(!verb.method().equals("GET")));
    assertThat(Requests.ALL.stream().map(Verb::change).flatMap(Optional::stream))
        .doesNotHaveDuplicates();
  }

  /// With a body that no verb takes: it is refused, and that is written too.
  @ParameterizedTest
  @MethodSource("verbs")
  void everyVerbThatChangesLeavesALineAndNoOther(Verb<?, ?> verb) throws ControlException {
    try (ServedNode served = serve("a", true)) {
      boolean bad = verb.hasBody() && verb.changes();
      byte[] body = (bad ? "{\"nonsense\":1}" : "").getBytes(UTF_8);
      ControlClient.Passed passed = admin(served).pass(verb.method(), verb.path("vm1"), body);

      List<AuditInfo> lines = served.node().trail().lines();
      assertThat(lines).hasSize(verb.changes() ? 1 : 0);
      if (verb.changes()) {
        AuditInfo line = lines.getFirst();
        assertThat(line.what().change()).isEqualTo(verb.change().orElseThrow().words());
        assertThat(line.outcome().result())
            .isEqualTo(passed.isGood() ? AuditInfo.DONE : AuditInfo.REFUSED);
        assertThat(line.who().actor()).isEqualTo("admin");
        assertThat(line.who().from()).isEqualTo("console 192.0.2.7");
        assertThat(line.who().account()).matches("uid [0-9]+, pid [0-9]+");
        assertThat(line.node()).isEqualTo("a");
        assertThat(line.when().at()).matches("20[0-9-]{8}T[0-9:]{8}[.][0-9]{3}[+]00:00");
      }
    }
  }

  /// Whatever a caller says of itself.
  @Test
  void theAccountIsWhatTheKernelVouchesFor() throws ControlException {
    try (ServedNode served = serve("a", true)) {
      new ControlClient(served.socket(), "uid 4711", "pid 1").createVolume("vm1", 4096);
      AuditInfo line = served.node().trail().lines().getFirst();
      assertThat(line.who().account())
          .contains("pid " + ProcessHandle.current().pid())
          .doesNotContain("4711");
      assertThat(line.who().actor()).isEqualTo("uid 4711");
      assertThat(line.who().from()).isEqualTo("pid 1");
    }
  }

  @Test
  void beforeAndAfterAreWritten() throws ControlException {
    try (ServedNode served = serve("a", true)) {
      ControlClient client = admin(served);
      client.createVolume("vm1", 4096);
      client.resizeVolume("vm1", 8192, false);
      client.createExport("vm1", List.of("iqn.x:h"));
      client.changeExport("vm1", false);
      client.deleteExport("vm1");
      client.deleteVolume("vm1");
      client.mirrorCommand(Requests.DEMOTE, Requests.MirrorCommand.at("a"));
      client.status(); // Drawn behind the picture that the last line waits for.

      List<AuditInfo> lines = served.node().trail().lines();
      assertThat(lines)
          .extracting(line -> line.what().about())
          .containsExactly("vm1", "vm1", "vm1", "vm1", "vm1", "vm1", "node a");
      assertThat(lines)
          .extracting(line -> line.what().change())
          .containsExactly(
              "volume create",
              "volume resize",
              "export create",
              "export set",
              "export delete",
              "volume delete",
              "mirror demote");
      assertThat(lines).extracting(line -> line.outcome().result()).containsOnly("done");
      assertThat(lines.get(0).what().asked()).isEqualTo(Map.of("name", "vm1", "sizeBytes", 4096));
      assertThat(lines.get(0).outcome().before()).isNull();
      assertThat(lines.get(0).outcome().after())
          .isEqualTo(Map.of("name", "vm1", "sizeBytes", 4096));
      assertThat(lines.get(1).outcome().before()).isEqualTo(Map.of("sizeBytes", 4096));
      assertThat(lines.get(1).outcome().after()).isEqualTo(Map.of("sizeBytes", 8192));
      assertThat(lines.get(2).outcome().after()).containsEntry("initiators", List.of("iqn.x:h"));
      assertThat(lines.get(3).outcome().before()).isEqualTo(Map.of("writeCache", true));
      assertThat(lines.get(3).outcome().after()).isEqualTo(Map.of("writeCache", false));
      assertThat(lines.get(4).outcome().before()).containsEntry("iqn", "iqn.t:vm1");
      assertThat(lines.get(4).outcome().after()).isNull();
      assertThat(lines.get(5).outcome().before()).containsEntry("sizeBytes", 8192);
      assertThat(lines.get(6).outcome().before()).isEqualTo(Map.of("role", "Primary"));
      assertThat(lines.get(6).outcome().after()).isEqualTo(Map.of("role", "Secondary"));
    }
  }

  @Test
  void aRefusedChangeHasItsReasonAndWhatWasAsked() throws ControlException {
    try (ServedNode served = serve("a", true)) {
      assertThatThrownBy(() -> admin(served).deleteVolume("none"))
          .isInstanceOf(ControlException.class);
      admin(served).createVolume("vm1", 4096);
      assertThatThrownBy(() -> admin(served).createVolume("vm1", 8192))
          .isInstanceOf(ControlException.class);

      AuditInfo line = served.node().trail().lines().getFirst();
      assertThat(line.outcome().result()).isEqualTo(AuditInfo.REFUSED);
      assertThat(line.outcome().reason()).contains("it is not there");
      assertThat(line.what().about()).isEqualTo("none");
      assertThat(line.what().asked()).isNull();
      AuditInfo second = served.node().trail().lines().get(2);
      assertThat(second.outcome().result()).isEqualTo(AuditInfo.REFUSED);
      assertThat(second.outcome().reason()).contains("there is one already");
      assertThat(second.what().change()).isEqualTo("volume create");
      assertThat(second.what().about()).isEqualTo("vm1");
      assertThat(second.what().asked()).isEqualTo(Map.of("name", "vm1", "sizeBytes", 8192));
    }
  }

  @Test
  void whatANodePassesOnIsWrittenWhereItIsDoneWithTheFirstCaller() throws ControlException {
    try (ServedNode primary = serve("a", true);
        ServedNode secondary = serve("b", false)) {
      secondary.node().connect(primary.dispatcher());
      admin(secondary).createVolume("vm1", 4096);

      assertThat(secondary.node().trail().lines()).isEmpty();
      AuditInfo line = primary.node().trail().lines().getFirst();
      assertThat(line.who().account()).matches("uid [0-9]+, pid [0-9]+ at node b");
      assertThat(line.who().actor()).isEqualTo("admin");
      assertThat(line.who().from()).isEqualTo("console 192.0.2.7");
    }
  }

  @Test
  void whatCannotBePassedOnIsWrittenHere() {
    try (ServedNode secondary = serve("b", false)) {
      assertThatThrownBy(() -> admin(secondary).createVolume("vm1", 1))
          .isInstanceOf(ControlException.class);

      AuditInfo line = secondary.node().trail().lines().getFirst();
      assertThat(line.outcome().result()).isEqualTo(AuditInfo.REFUSED);
      assertThat(line.outcome().reason()).contains("the link is down");
    }
  }

  @Test
  void aHandlerThatThrowsLeavesALine() {
    try (ServedNode served = serve("a", true)) {
      served.node().breaks(true);
      assertThatThrownBy(() -> admin(served).createVolume("vm1", 1))
          .isInstanceOf(ControlException.class);

      assertThat(served.node().trail().lines().getFirst().outcome().result())
          .isEqualTo(AuditInfo.FAILED);
    }
  }

  @Test
  void theTrailOfANamedNodeIsAskedThere() throws Exception {
    try (ServedNode primary = serve("a", true);
        ServedNode secondary = serve("b", false)) {
      secondary.node().connect(primary.dispatcher());
      primary.client().createVolume("vm1", 4096);
      var newest = Requests.AuditQuery.newest(5);

      assertThat(secondary.client().audit(newest)).isEmpty();
      assertThat(secondary.client().audit(newest.at("a")))
          .isEqualTo(primary.node().trail().lines());
    }
  }

  @Test
  void aQueryIsCheckedAsABodyIs() throws ControlException {
    try (ServedNode served = serve("a", true)) {
      for (String query :
          List.of("limit=0", "limit=x", "limit=1&limit=2", "colour=red", "search=%zz")) {
        ControlClient.Passed passed =
            served.client().pass("GET", "/v1/audit?" + query, new byte[0]);
        assertThat(passed.status()).as(query).isEqualTo(400);
      }
      assertThat(served.client().pass("GET", "/v1/audit?search=7&limit=7", new byte[0]).status())
          .isEqualTo(200);
    }
  }
}
