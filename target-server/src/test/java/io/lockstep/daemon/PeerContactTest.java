package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two daemons whose mirror stands alone still talk: each knows how the other is, and either is
/// where a person may sit.
@Timeout(180)
@Tag("shell")
final class PeerContactTest {
  @TempDir private Path directory = Path.of("");

  private static Requests.MirrorCommand at(String node) {
    return Requests.MirrorCommand.at(node);
  }

  private static boolean standsAlone(PairStatus status, String node) {
    return TwoDaemons.side(status, node).connectionState().equals("StandAlone");
  }

  /// What was known of a node on the other side of a closed link was what it had said last.
  @Test
  void whileTheMirrorStandsAloneReportsAreFreshAndCommandsArrive() throws Exception {
    try (TwoDaemons pair = new TwoDaemons(directory)) {
      pair.startPair(FreePorts.one());
      assertThat(pair.client(1).mirrorCommand(Requests.DISCONNECT, at("a")).message())
          .as("asked of b, which a leaves by it")
          .startsWith("The nodes are disconnected.");
      PairStatus seen = pair.await(1, status -> standsAlone(status, "a"));
      assertThat(TwoDaemons.node(seen, "a").state()).isEqualTo(NodeStatus.RUNNING);
      assertThat(TwoDaemons.side(seen, "a").serves()).isTrue();

      pair.client(0).createVolume("vm1", 4 << 20);
      pair.await(1, status -> status.volumes().size() == 1);
      assertThat(pair.client(1).createVolume("vm2", 4 << 20).name()).isEqualTo("vm2");
      PairStatus later = pair.await(1, status -> standsAlone(status, "a"));
      assertThat(TwoDaemons.node(later, "a").reportAgeMillis()).isLessThan(5_000);

      pair.client(1).mirrorCommand(Requests.CONNECT, at("a"));
      pair.client(0).mirrorCommand(Requests.CONNECT, at("b"));
      pair.await(0, TwoDaemons::inSync);
    }
  }

  /// A cable that was cut was noticed when the other one was cut too.
  @Test
  void anAddressWithoutTheOtherNodeIsToldAtBoth() throws Exception {
    try (TwoDaemons pair = new TwoDaemons(directory)) {
      pair.start(0);
      pair.daemons.add(Daemon.start(elsewhere(pair.config(1))));
      for (int node = 0; node < 2; node++) {
        PairStatus seen =
            pair.await(node, status -> alerts(status, "address-lost").equals(List.of("a", "b")));
        assertThat(TwoDaemons.node(seen, "a").state()).isEqualTo(NodeStatus.RUNNING);
        assertThat(TwoDaemons.node(seen, "b").state()).isEqualTo(NodeStatus.RUNNING);
      }
      PairStatus seen = pair.await(1, TwoDaemons::inSync);
      assertThat(TwoDaemons.node(seen, "b").alerts())
          .extracting(Alert::what)
          .anyMatch(text -> text.startsWith("Node b does not hear node a at 127.0.0.3: "));
    }
  }

  /// The second address is none of the other node's.
  private static DaemonConfig elsewhere(DaemonConfig good) {
    var peer =
        new DaemonConfig.Peer(
            good.peer().name(),
            List.of("127.0.0.1", "127.0.0.3"),
            good.peer().port(),
            false,
            good.peer().portals());
    return new DaemonConfig(
        good.node(),
        good.mirrors(),
        peer,
        good.portals(),
        good.controlSocket(),
        good.written(),
        good.consoleUrl(),
        good.loopKind(),
        good.companyId(),
        good.test());
  }

  private static List<String> alerts(PairStatus status, String code) {
    return status.alerts().stream()
        .filter(alert -> alert.code().equals(code))
        .map(Alert::node)
        .sorted()
        .toList();
  }

  @Test
  void aSplitIsResolvedFromTheSideThatKeepsItsChanges() throws Exception {
    resolve(1);
  }

  @Test
  void aSplitIsResolvedFromTheSideThatGivesUpItsChanges() throws Exception {
    resolve(0);
  }

  /// All of it is asked at one node: a gives up its changes, b is Primary.
  private void resolve(int asked) throws Exception {
    try (TwoDaemons pair = new TwoDaemons(directory)) {
      split(pair);
      Problem refused =
          catchThrowableOfType(
                  ControlException.class,
                  () -> pair.client(asked).mirrorCommand(Requests.PROMOTE, at("a")))
              .problem();
      assertThat(refused.why()).contains("the other node answers at the control connection");

      pair.client(asked).mirrorCommand(Requests.CONNECT, Requests.MirrorCommand.discardingAt("a"));
      pair.client(asked).mirrorCommand(Requests.CONNECT, at("b"));
      PairStatus healed = pair.await(asked, status -> TwoDaemons.inSync(status, "b"));
      assertThat(healed.volumes()).extracting("name").containsExactly("onb");
    }
  }

  /// Each node serves and changes something while the other one is down; then they meet.
  private static void split(TwoDaemons pair) throws Exception {
    Daemon first = pair.start(0);
    Daemon second = pair.start(1);
    pair.await(0, TwoDaemons::inSync);
    stop(pair, second);
    pair.client(0).createVolume("ona", 4 << 20);
    stop(pair, first);
    pair.start(1);
    pair.client(1).mirrorCommand(Requests.PROMOTE, at("b"));
    pair.await(1, status -> TwoDaemons.mirror(status).group() != null);
    pair.client(1).createVolume("onb", 4 << 20);
    pair.start(0);
    for (int node = 0; node < 2; node++) {
      PairStatus seen =
          pair.await(
              node,
              status ->
                  standsAlone(status, "a")
                      && standsAlone(status, "b")
                      && codes(status).contains("split-brain"));
      assertThat(TwoDaemons.mirror(seen).sides()).filteredOn(SideStatus::serves).hasSize(1);
    }
  }

  private static void stop(TwoDaemons pair, Daemon daemon) {
    pair.daemons.remove(daemon);
    assertThat(daemon.stop()).isTrue();
  }

  private static List<String> codes(PairStatus status) {
    return status.alerts().stream().map(Alert::code).toList();
  }
}
