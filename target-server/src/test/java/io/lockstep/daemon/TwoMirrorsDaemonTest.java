package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two daemons that keep two mirrors, each node Primary of one.
@Timeout(180)
@Tag("shell")
final class TwoMirrorsDaemonTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path directory;
  private TwoDaemons pair;

  @BeforeEach
  void start() throws Exception {
    pair = new TwoDaemons(directory, 2);
    pair.start(0);
    pair.start(1);
    pair.await(1, now -> serve(now, "a", "a"));
    pair.client(0).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b").to("more"));
    pair.await(0, now -> serve(now, "a", "b"));
    pair.await(1, now -> serve(now, "a", "b"));
  }

  @AfterEach
  void stop() {
    pair.close();
  }

  /// Whether both mirrors are in sync and served by these.
  private static boolean serve(PairStatus now, String disks, String more) {
    return isServed(now, "disks", disks) && isServed(now, "more", more);
  }

  private static boolean isServed(PairStatus now, String mirror, String node) {
    return now.mirror(mirror)
        .filter(one -> node.equals(one.primary()) && one.group() != null)
        .filter(one -> one.sides().stream().allMatch(TwoDaemons::isWhole))
        .isPresent();
  }

  private interface Call {
    Object run() throws ControlException;
  }

  private static Problem refused(Call call) {
    return catchThrowableOfType(ControlException.class, call::run).problem();
  }

  private VolumeInfo create(int node, String name, @Nullable String mirror)
      throws ControlException {
    return pair.client(node).createVolume(new Requests.CreateVolume(name, 8 * MIB, mirror));
  }

  @Test
  void aRequestFindsItsMirrorFromEitherNode() throws Exception {
    assertThat(refused(() -> create(0, "vm1", null)).action())
        .isEqualTo("name one with --mirror: disks or more");
    assertThat(refused(() -> create(0, "vm1", "less")).why())
        .isEqualTo("this pair has no mirror \"less\"");
    assertThat(refused(() -> pair.client(0).mirrorCommand(Requests.DEMOTE, command())).action())
        .isEqualTo("name one with --mirror: disks or more");

    create(1, "vm1", "disks");
    create(0, "data1", "more");
    pair.client(1).resizeVolume("data1", 16 * MIB, false);
    pair.client(0).resizeVolume("data1", 24 * MIB, false);
    ExportInfo exported = pair.client(0).createExport("data1", List.of());

    assertThat(exported.portals().getFirst()).as("of the node that serves").isNotEmpty();
    for (int node = 0; node < 2; node++) {
      PairStatus now = pair.await(node, status -> status.volumes().size() == 2);
      assertThat(now.volumes())
          .extracting(VolumeInfo::name, VolumeInfo::mirror)
          .containsExactlyInAnyOrder(tuple("vm1", "disks"), tuple("data1", "more"));
    }
    assertThat(pair.client(1).connect("data1").iqn()).isEqualTo(exported.iqn());
  }

  private static Requests.MirrorCommand command() {
    return Requests.MirrorCommand.at("a");
  }

  @Test
  void volumesOfOneNameAreToldApartByTheirMirrors() throws Exception {
    create(0, "vm1", "disks");
    create(0, "vm1", "more");
    String[] iqns = new String[2];
    for (int node = 0; node < 2; node++) {
      pair.await(node, status -> status.volumes().size() == 2);
      assertThat(refused(() -> pair.client(0).deleteVolume("vm1")).why())
          .isEqualTo("mirrors disks and more have a volume of that name each");
    }
    iqns[0] = pair.client(0).createExport("disks/vm1", List.of()).iqn();
    iqns[1] = pair.client(0).createExport("more/vm1", List.of()).iqn();
    assertThat(iqns[0]).isNotEqualTo(iqns[1]);

    pair.client(1).deleteExport("more/vm1");
    pair.client(1).deleteVolume("more/vm1");

    PairStatus left = pair.await(0, status -> status.volumes().size() == 1);
    assertThat(left.volumes().getFirst().mirror()).isEqualTo("disks");
    assertThat(left.exports()).extracting(ExportInfo::iqn).containsExactly(iqns[0]);
  }

  @Test
  void aNodeThatEndsHandsItsMirrorOverAndComesBack() throws Exception {
    create(0, "vm1", "disks");
    create(0, "data1", "more");

    assertThat(pair.daemons.removeLast().stop()).isTrue();

    PairStatus alone = pair.await(0, now -> "a".equals(now.mirror("more").orElseThrow().primary()));
    assertThat(alone.alerts())
        .extracting(Alert::what)
        .anySatisfy(what -> assertThat(what).startsWith("Mirror disks: Node a serves alone"))
        .anySatisfy(what -> assertThat(what).startsWith("Mirror more: Node a serves alone"));
    assertThat(alone.alerts()).extracting(Alert::mirror).contains("disks", "more");
    assertThat(alone.alerts()).allSatisfy(one -> assertThat(one.since()).isNotNull());
    create(0, "data2", "more");

    pair.start(1);
    PairStatus back = pair.await(1, now -> serve(now, "a", "a") && now.volumes().size() == 3);
    assertThat(back.alerts()).isEmpty();
    assertThat(pair.client(0).lastEvents().stream().filter(TwoMirrorsDaemonTest::isOfAbsence))
        .extracting(EventInfo::mirror, EventInfo::to)
        .containsOnly(
            tuple("disks", "raised"),
            tuple("more", "raised"),
            tuple("disks", "lifted"),
            tuple("more", "lifted"));
  }

  private static boolean isOfAbsence(EventInfo event) {
    return event.alert() != null && event.alert().code().equals("peer-away");
  }

  /// Each mirror ends at its Primary first, whichever node that is.
  @Test
  void thePairGoesDownInSyncWithAPrimaryOnEachNodeAndComesBackAsItWas() throws Exception {
    create(0, "vm1", "disks");
    create(0, "data1", "more");
    List<Long> terms = terms(pair.await(0, now -> now.volumes().size() == 2));

    shutDown(1);

    pair.start(1);
    pair.start(0);
    PairStatus now =
        pair.await(0, status -> serve(status, "a", "b") && status.volumes().size() == 2);
    assertThat(terms(now)).as("one promotion of each, at the start").isEqualTo(later(terms));
    assertNothingWasCopied(now);
    create(0, "vm2", "disks");
    create(0, "data2", "more");
  }

  /// One node's mirrors all wait for the other node's, not only for the first of them.
  @Test
  void thePairGoesDownInSyncWithBothPrimariesOnOneNode() throws Exception {
    pair.client(0).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b").to("disks"));
    pair.await(1, now -> serve(now, "b", "b"));
    List<Long> terms = terms(pair.await(0, now -> serve(now, "b", "b")));

    shutDown(0);

    pair.start(0);
    pair.start(1);
    PairStatus now = pair.await(1, status -> serve(status, "b", "b"));
    assertThat(terms(now)).isEqualTo(later(terms));
    assertNothingWasCopied(now);
  }

  @Test
  void aPairIsNotShutDownWhileOneOfItsMirrorsIsApart() throws Exception {
    pair.client(0).mirrorCommand(Requests.DISCONNECT, Requests.MirrorCommand.at("b").to("more"));
    pair.await(0, now -> !now.alerts().isEmpty());

    assertThat(refused(() -> pair.client(0).shutDownPair()).why())
        .isEqualTo("the nodes of mirror more are not connected and in sync");
    assertThat(pair.client(1).status().nodes()).allMatch(one -> one.state().equals("running"));
  }

  private void shutDown(int asked) throws Exception {
    var ended = new ArrayList<CompletableFuture<Boolean>>();
    for (Daemon daemon : pair.daemons) {
      var stopped = new CompletableFuture<Boolean>();
      ended.add(stopped);
      daemon.onStopWanted(() -> Thread.ofPlatform().start(() -> stopped.complete(daemon.stop())));
    }
    assertThat(pair.client(asked).shutDownPair().message()).contains("in sync");
    for (CompletableFuture<Boolean> each : ended) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isTrue();
    }
    pair.daemons.clear();
  }

  /// Of each mirror, as the node that was asked knows it of itself.
  private static List<Long> terms(PairStatus now) {
    return now.mirrors().stream()
        .map(one -> one.side(now.reportedBy()).orElseThrow().history().term())
        .toList();
  }

  /// A node takes every other term.
  private static List<Long> later(List<Long> terms) {
    return terms.stream().map(term -> term + 2).toList();
  }

  private static void assertNothingWasCopied(PairStatus now) {
    assertThat(now.mirrors())
        .flatExtracting(MirrorSides::sides)
        .allSatisfy(
            side -> {
              assertThat(side.outOfSyncBytes()).isZero();
              assertThat(side.difference().lastResyncBytesSent()).isZero();
            });
  }
}
