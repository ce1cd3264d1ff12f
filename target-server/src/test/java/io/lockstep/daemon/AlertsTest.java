package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.disk.FileSpace;
import io.lockstep.control.api.Alert;
import io.lockstep.peers.ControlView;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class AlertsTest {
  @Test
  void filtersForTestsAroundADiskAreTold() {
    assertThat(Alerts.diskTests("a", List.of())).isEmpty();
    Alert alert = Alerts.diskTests("a", List.of("test.missingFlush", "test.failReads 7")).get();
    assertThat(alert.code()).isEqualTo("disk-tests");
    assertThat(alert.what())
        .isEqualTo(
            "Node a has filters for tests around its disk: test.missingFlush, test.failReads 7.");
  }

  @Test
  void anAuditTrailThatCannotBeWrittenIsTold() {
    assertThat(Alerts.audit("a", Optional.empty())).isEmpty();
    Alert alert = Alerts.audit("a", Optional.of("/x: no space")).orElseThrow();
    assertThat(alert.code()).isEqualTo("audit-unwritten");
    assertThat(alert.why()).isEqualTo("/x: no space");
    assertThat(alert.action()).contains("Make room or correct audit.file", "in the daemon's log");
  }

  @Test
  void whatTheOtherNodeHasAndThisOneLacksIsTold() {
    List<String> both = List.of("disks", "more");
    assertThat(Alerts.mirrorsMissing("b", both, "a", List.of("disks"))).isEmpty();
    assertThat(Alerts.mirrorsMissing("b", both, "a", List.of())).as("not known").isEmpty();
    Alert alert = only(Alerts.mirrorsMissing("b", List.of("disks"), "a", both));
    assertThat(alert.code()).isEqualTo("mirror-missing");
    assertThat(alert.node()).isEqualTo("b");
    assertThat(alert.what()).isEqualTo("Mirror more of node a is not configured on node b.");
    assertThat(alert.action()).contains("node b's configuration", "--mirror more --join");
  }

  @Test
  void aFileWithoutRoomIsToldBeforeItIsFull() {
    long gib = 1L << 30;
    var disk = Path.of("/disk.img");
    assertThat(Alerts.lowSpace("a", new FileSpace(disk, 40 * gib, 20 * gib, 20 * gib))).isEmpty();
    Alert low = Alerts.lowSpace("a", new FileSpace(disk, 40 * gib, 20 * gib, 3 * gib)).get();
    assertThat(low.code()).isEqualTo("low-space");
    assertThat(low.severity()).isEqualTo(Alert.WARNING);
    assertThat(low.what())
        .isEqualTo(
            "The disk of node a has no room to be filled: /disk.img needs another 20.0 GiB to be"
                + " full, and its file system has 3.0 GiB left.");
    Alert full = Alerts.lowSpace("a", new FileSpace(disk, 40 * gib, 20 * gib, gib / 8)).get();
    assertThat(full.severity()).isEqualTo(Alert.CRITICAL);
  }

  @Test
  void anAddressWithoutTheOtherNodeIsToldWhileAnotherOneHasIt() {
    var cut = new ControlView.Watched("10.0.1.1", false, 0, "nothing was heard for 4 s", false);
    Alert alert = only(Alerts.ofContact("a", "b", true, List.of(cut)));
    assertThat(alert.code()).isEqualTo("address-lost");
    assertThat(alert.what())
        .isEqualTo("Node a does not hear node b at 10.0.1.1: nothing was heard for 4 s.");
    assertThat(Alerts.ofContact("a", "b", false, List.of(cut)))
        .as("a node that is away is told once, by the mirror")
        .isEmpty();
  }

  @Test
  void aRefusalOnTheControlConnectionIsToldWithItsReason() {
    var refused = new ControlView.Watched("10.0.0.1", false, 0, "nodes of different pairs", true);
    Alert alert = only(Alerts.ofContact("a", "b", false, List.of(refused)));
    assertThat(alert.code()).isEqualTo("control-refused");
    assertThat(alert.what()).contains("10.0.0.1", "nodes of different pairs");
  }

  @Test
  void aPrimaryThatServesNothingSaysWhy() {
    assertThat(Alerts.volumesClosed("a", Optional.empty())).isEmpty();
    Alert alert = only(Alerts.volumesClosed("a", Optional.of("no group was found")));
    assertThat(alert.code()).isEqualTo("volumes-closed");
    assertThat(alert.why()).isEqualTo("no group was found");
  }

  @Test
  void thatNobodyServesIsSaidOnlyWhereItIsKnown() {
    assertThat(Alerts.ofPair("b", "a", Alerts.Sight.SERVED)).isEmpty();
    Alert known = Alerts.ofPair("b", "a", Alerts.Sight.NOT_SERVED).orElseThrow();
    assertThat(known.what()).contains("no volume is served");
    assertThat(known.action()).startsWith("Promote one");
    for (Alerts.Sight unseen : List.of(Alerts.Sight.UNSEEN, Alerts.Sight.UNSEEN_PRIMARY)) {
      Alert alert = Alerts.ofPair("b", "a", unseen).orElseThrow();
      assertThat(alert.code()).isEqualTo("no-primary");
      assertThat(alert.node()).isEmpty();
      assertThat(alert.what())
          .startsWith("Node b cannot see node a, ")
          .doesNotContain("no volume is served");
      assertThat(alert.action())
          .startsWith("Look at node a itself. If it serves, mend the link: promoting node b would")
          .contains("split the data", "only if it is down for good, promote");
    }
  }

  private static Alert only(List<Alert> alerts) {
    assertThat(alerts).hasSize(1);
    return alerts.getFirst();
  }
}
