package io.lockstep.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.VolumeInfo;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two nodes that do not see each other, each asked at its own socket.
@Tag("unit")
class WholePictureTest {
  private static final Alert NO_PRIMARY =
      Alert.of(Alert.CRITICAL, "no-primary", "", "Node b cannot see node a.", "Look.")
          .raised("main", "2026-11-30T00:00:00Z");
  private static final Alert OUTDATED =
      Alert.of(Alert.INFO, "outdated", "b", "The disk of b is older.", "Connect it.");

  @Test
  void eachNodeIsShownByItsOwnWord() throws ControlException {
    PairStatus picture = of(List.of(said("b", false, List.of(NO_PRIMARY, OUTDATED)), primary()));

    assertThat(picture.reportedBy()).isEqualTo("a");
    assertThat(picture.nodes()).extracting(NodeStatus::state).containsOnly(NodeStatus.RUNNING);
    MirrorSides main = picture.mirrors().getFirst();
    assertThat(main.primary()).isEqualTo("a");
    assertThat(main.group()).isNotNull();
    assertThat(main.side("b").orElseThrow().role()).isEqualTo("Secondary");
    assertThat(picture.volumes()).extracting(VolumeInfo::name).containsExactly("new");
    assertThat(picture.sessions())
        .extracting(SessionInfo::node, SessionInfo::initiator)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("a", "iqn.x:of-a"),
            org.assertj.core.groups.Tuple.tuple("b", "iqn.x:of-b"));
  }

  @Test
  void thatNobodyServesIsNotSaidWhereANodeSaysThatItDoes() throws ControlException {
    assertThat(of(List.of(said("b", false, List.of(NO_PRIMARY, OUTDATED)), primary())).alerts())
        .as("what b says of itself, and not that it sees no Primary")
        .containsExactly(OUTDATED);
    assertThat(of(List.of(said("b", false, List.of(NO_PRIMARY, OUTDATED)))).alerts())
        .containsExactly(NO_PRIMARY, OUTDATED);
  }

  @Test
  void aMirrorThatTwoNodesClaimHasNoPrimary() throws ControlException {
    List<PairStatus> two = List.of(said("a", true, List.of()), said("b", true, List.of()));
    assertThat(of(two).mirrors().getFirst().primary()).isNull();
  }

  /// It refuses: that is known, and nothing of one whose socket is not there, or says nothing.
  @Test
  void aNodeWhoseProcessHasEndedIsNotSaidToServeStill() throws ControlException {
    PairStatus b = said("b", false, List.of(NO_PRIMARY));
    var problem = new Problem(ControlException.UNREACHABLE, "not asked", "nobody", "");
    var refuses = new ControlException(problem, new ConnectException("refused"), true);
    assertThat(WholePicture.of(List.of(b), List.of(refuses)).alerts())
        .singleElement()
        .satisfies(
            alert -> {
              assertThat(alert.what())
                  .contains("node a, whose daemon does not run", "Node b does not serve");
              assertThat(alert.action()).contains("Start node a", "promote --node b");
            });
    var absent = new ControlException(problem, new SocketException("no such file"), true);
    var silent = new ControlException(problem, new SocketTimeoutException(), false);
    for (ControlException other : List.of(absent, silent)) {
      assertThat(WholePicture.of(List.of(b), List.of(other)).alerts()).contains(NO_PRIMARY);
    }
  }

  @Test
  void criticalAlertsComeFirst() throws ControlException {
    PairStatus a = said("a", false, List.of());
    PairStatus b = said("b", false, List.of(OUTDATED, NO_PRIMARY));
    assertThat(of(List.of(a, b)).alerts()).containsExactly(NO_PRIMARY, OUTDATED);
  }

  /// The one that is filled knows its own marks only.
  @Test
  void bothSidesOfAResyncShowWhatItsSourceCounts() {
    var source = new ResyncInfo(ResyncInfo.SOURCE, 1000L, 250, 240, 50, 15);
    var target = new ResyncInfo(ResyncInfo.TARGET, null, 100, 0, 40, -1);

    assertThat(target.percent()).isEmpty();
    assertThat(SideStatus.counted(List.of(resyncing("a", target), resyncing("b", source))))
        .extracting(SideStatus::resync)
        .containsExactly(new ResyncInfo(ResyncInfo.TARGET, 1000L, 250, 0, 50, 15), source);
    assertThat(source.percent()).hasValue(25);
    SideStatus alone = resyncing("a", target);
    assertThat(SideStatus.counted(List.of(alone, side("b", "a", false))))
        .as("the source has not said anything")
        .first()
        .isEqualTo(alone);
  }

  private static SideStatus resyncing(String name, ResyncInfo resync) {
    SideStatus side = side(name, "a", false);
    return new SideStatus(
        name,
        side.role(),
        side.copy(),
        side.link(),
        new SideStatus.Difference(0L, resync, 0),
        side.history());
  }

  private static PairStatus primary() {
    return said("a", true, List.of());
  }

  private static PairStatus of(List<PairStatus> said) throws ControlException {
    List<Sockets.Answers.One> all = new ArrayList<>();
    for (PairStatus status : said) {
      all.add(
          new Sockets.Answers.One(
              new ControlClient(Path.of(status.reportedBy()), "tester"), status, null));
    }
    return new Sockets.Answers(all).picture();
  }

  /// What a node says while it does not see the other one.
  private static PairStatus said(String by, boolean primary, List<Alert> alerts) {
    @Nullable GroupInfo group = primary ? new GroupInfo("g", "u", 100, 50, 4 << 20, 1, null) : null;
    return new PairStatus(
        new PairStatus.Seen("k7x2ma", by, 0),
        List.of(node("a", by), node("b", by)),
        List.of(
            MirrorSides.of("main", group, List.of(side("a", by, primary), side("b", by, primary)))),
        List.of(volume(primary ? "new" : "old")),
        List.of(),
        List.of(new SessionInfo(by, "iqn.x:of-" + by, "iqn.t:vm1", "vm1", "10.0.0.9:1", "0", 1, 0)),
        PairStatus.Work.of(alerts),
        null);
  }

  private static NodeStatus node(String name, String by) {
    return new NodeStatus(
        name,
        name.equals("a") ? 0 : 1,
        name.equals(by) ? NodeStatus.RUNNING : NodeStatus.SILENT,
        name.equals(by) ? 0L : 9_000L,
        new NodeStatus.Running(1L, "1", 0L, "/run/" + name),
        List.of(),
        List.of());
  }

  private static SideStatus side(String name, String by, boolean primary) {
    String role = name.equals(by) ? primary ? SideStatus.PRIMARY : "Secondary" : SideStatus.UNKNOWN;
    return new SideStatus(
        name,
        role,
        new SideStatus.Copy("UpToDate", List.of(), null, 0),
        new SideStatus.Link("Connecting", "", null),
        new SideStatus.Difference(0L, null, 0),
        new SideStatus.History(1, "0000000000000000"));
  }

  private static VolumeInfo volume(String name) {
    return new VolumeInfo(
        name,
        4 << 20,
        "uuid",
        new VolumeInfo.Names(null, null, null),
        0,
        List.of(),
        new VolumeInfo.Hindrance(null, null));
  }
}
