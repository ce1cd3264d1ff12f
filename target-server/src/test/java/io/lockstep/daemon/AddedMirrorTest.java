package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A pair gets a second mirror while its first one is in use.
@Timeout(180)
@Tag("shell")
final class AddedMirrorTest {
  private static final long MIB = 1 << 20;
  private static final String MISSING = "Mirror more of node a is not configured on node b.";

  @TempDir private Path directory;
  private TwoDaemons pair;

  @BeforeEach
  void start() throws Exception {
    pair = new TwoDaemons(directory);
    pair.start(0);
    pair.start(1);
    pair.await(1, TwoDaemons::inSync);
  }

  @AfterEach
  void stop() {
    pair.close();
  }

  @Test
  void theNodesGetItOneAfterTheOtherAndTheFirstMirrorIsServedAllTheTime() throws Exception {
    create(0, "vm1");
    pair.addMirror(0);
    String code = layOutBesideTheRunningDaemon();
    restart(0, "b");

    PairStatus between = pair.await(0, now -> TwoDaemons.inSync(now, "b") && isMissing(now));
    assertThat(between.mirrors()).hasSize(2);
    assertThat(pair.await(1, AddedMirrorTest::isMissing).mirrors()).hasSize(1);
    assertTheFirstMirrorLacksNothing();

    pair.addMirror(1);
    var other = new LayOut(pair.config(1), _ -> {});
    assertThat(other.join("more", code)).isEmpty();
    pair.client(0).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("b").to("disks"));
    pair.await(1, now -> TwoDaemons.inSync(now, "b"));
    restart(1, "a");

    PairStatus after = pair.await(1, now -> TwoDaemons.inSync(now, "a") && isServed(now, "more"));
    assertThat(isMissing(after)).isFalse();
    pair.client(1).createVolume(new Requests.CreateVolume("data1", 8 * MIB, "more"));
    assertThat(pair.await(1, now -> now.volumes().size() == 4).volumes())
        .extracting(VolumeInfo::name)
        .containsExactlyInAnyOrder("vm1", "vm2", "vm3", "data1");
  }

  private String layOutBesideTheRunningDaemon() throws Exception {
    List<String> said = new ArrayList<>();
    assertThat(new LayOut(pair.config(0), said::add).further("more")).isEmpty();
    String code = said.getFirst().replaceAll(".* ", "");
    Optional<PairIdentity> added = PairIdentity.parse(code);
    assertThat(added.map(PairIdentity::pairId)).contains(pair.identity.pairId());
    return code;
  }

  /// A node ends, the other one takes over, and it starts again.
  private void restart(int nodeId, String then) throws Exception {
    assertThat(pair.daemons.removeFirst().stop()).isTrue();
    pair.await(1 - nodeId, now -> TwoDaemons.side(now, then).serves());
    pair.start(nodeId);
  }

  private void assertTheFirstMirrorLacksNothing() throws Exception {
    create(1, "vm2");
    pair.client(0).mirrorCommand(Requests.PROMOTE, Requests.MirrorCommand.at("a").to("disks"));
    pair.await(1, now -> TwoDaemons.inSync(now, "a"));
    create(1, "vm3"); // Passed on by a node that knows of one mirror, to one that has two.
    pair.await(1, now -> now.volumes().size() == 3);
  }

  private void create(int node, String volume) throws Exception {
    pair.client(node).createVolume(new Requests.CreateVolume(volume, 8 * MIB));
  }

  private static boolean isServed(PairStatus now, String mirror) {
    return now.mirror(mirror)
        .filter(one -> one.group() != null)
        .filter(one -> one.sides().stream().allMatch(TwoDaemons::isWhole))
        .isPresent();
  }

  private static boolean isMissing(PairStatus now) {
    List<Alert> told = now.alerts().stream().filter(one -> one.what().equals(MISSING)).toList();
    assertThat(told).hasSizeLessThan(2).allMatch(one -> one.since() != null);
    return !told.isEmpty();
  }
}
