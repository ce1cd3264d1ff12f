package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.peers.ControlView;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class AlertsTest {
  @Test
  void aNodeInSyncHasNothingToSay() {
    assertThat(alerts(ConnectionState.CONNECTED, Role.PRIMARY, "", false)).isEmpty();
  }

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
  void aPrimaryWithoutItsPeerSaysSo() {
    Alert alert = only(alerts(ConnectionState.CONNECTING, Role.PRIMARY, "", false));
    assertThat(alert.code()).isEqualTo("peer-away");
    assertThat(alert.severity()).isEqualTo(Alert.WARNING);
    assertThat(alerts(ConnectionState.CONNECTING, Role.SECONDARY, "", false)).isEmpty();
  }

  /// It said "Start the other node", which ran.
  @Test
  void aNodeOfAnotherPairIsNotAnAbsentOne() {
    for (Role role : Role.values()) {
      Alert alert = only(alerts(ConnectionState.CONNECTING, role, "of another pair", false));
      assertThat(alert.code()).isEqualTo("peer-refused");
      assertThat(alert.what()).contains("Node a", "of another pair");
    }
  }

  /// "both nodes are Primary" was not a split brain, since the word was missing in it.
  @Test
  void aSplitBrainIsToldByTheFactNotByTheWord() {
    Alert split =
        only(alerts(ConnectionState.STAND_ALONE, Role.PRIMARY, "both nodes are Primary", true));
    assertThat(split.code()).isEqualTo("split-brain");
    assertThat(split.severity()).isEqualTo(Alert.CRITICAL);
    assertThat(split.action()).contains("--discard-my-data");
    Alert alone =
        only(alerts(ConnectionState.STAND_ALONE, Role.PRIMARY, "a cable was split", false));
    assertThat(alone.code()).isEqualTo("stand-alone");
    assertThat(alone.action()).contains("lockstep mirror connect --node a");
  }

  /// The advice was to lay the disk out anew, whatever the other one held.
  @Test
  void adviceNeverGivesUpTheBestCopy() {
    Alert last = only(of(new Sample().disk(DiskState.FAILED)));
    assertThat(last.code()).isEqualTo("disk-failed");
    assertThat(last.action()).contains("Keep this disk").doesNotContain("init");
    Alert spare = only(of(new Sample().disk(DiskState.FAILED).peerDisk(DiskState.UP_TO_DATE)));
    assertThat(spare.action()).contains("Promote the other node").contains("lockstepd init --join");
  }

  @Test
  void unreadableBlocksAreNamedByTheNodeWhoseDiskItIs() {
    var places =
        List.of(
            new UnreadablePlace(9, "vm1", 4096L),
            new UnreadablePlace(8, null, null),
            new UnreadablePlace(7, null, null),
            new UnreadablePlace(6, null, null));
    var bad = new Sample().unreadable(new UnreadableInfo(4, 0, places));
    Alert alert = only(of(bad.connection(ConnectionState.SYNC_SOURCE)));
    assertThat(alert.code()).isEqualTo("unreadable-blocks");
    assertThat(alert.severity()).isEqualTo(Alert.CRITICAL);
    assertThat(alert.what())
        .contains("4 blocks", "byte 4096 of volume vm1", "byte 7 of the disk")
        .doesNotContain("byte 6");
    assertThat(alert.action()).contains("Keep this disk", "lockstep mirror accept-loss --node a");
    assertThat(of(bad.connection(ConnectionState.SYNC_TARGET))).isEmpty();

    var given = new Sample().unreadable(new UnreadableInfo(0, 1, places.subList(0, 1)));
    Alert lost = only(of(given));
    assertThat(lost.code()).isEqualTo("lost-blocks");
    assertThat(lost.what()).contains("byte 4096 of volume vm1");
  }

  @Test
  void whatTheOtherNodeHadToGiveIsTold() {
    Alert alert = only(of(new Sample().readFromPeer(3).peerDisk(DiskState.UP_TO_DATE)));
    assertThat(alert.code()).isEqualTo("read-from-peer");
    assertThat(alert.what()).contains("3 blocks");
  }

  @Test
  void whatTheMirrorNotedIsToldOnce() {
    String read = "/dev/vdb: 3 blocks could not be read here; they were read from the other node.";
    var noted = new Sample().noted(read, "bitmap page 0 is damaged", "why").reason("why", false);
    assertThat(of(noted.readFromPeer(0))).extracting(Alert::what).doesNotContain("why").hasSize(2);
    assertThat(of(noted.readFromPeer(3)))
        .extracting(Alert::code)
        .containsExactly("read-from-peer", "noted");
  }

  private static Alert only(List<Alert> alerts) {
    assertThat(alerts).hasSize(1);
    return alerts.getFirst();
  }

  private static List<Alert> alerts(
      ConnectionState connection, Role role, String reason, boolean splitBrain) {
    return of(new Sample().connection(connection).role(role).reason(reason, splitBrain));
  }

  private static List<Alert> of(Sample sample) {
    return Alerts.ofNode(sample.build(), Optional.empty(), sample.unreadable);
  }

  /// A Primary in sync, unless something else is said.
  private static final class Sample {
    private ConnectionState connection = ConnectionState.CONNECTED;
    private Role role = Role.PRIMARY;
    private DiskState disk = DiskState.UP_TO_DATE;
    private DiskState peerDisk = DiskState.DUNKNOWN;
    private String reason = "";
    private boolean splitBrain;
    private Optional<UnreadableInfo> unreadable = Optional.empty();
    private long readFromPeer;
    private List<String> noted = List.of();

    Sample connection(ConnectionState state) {
      connection = state;
      return this;
    }

    Sample role(Role newRole) {
      role = newRole;
      return this;
    }

    Sample disk(DiskState state) {
      disk = state;
      return this;
    }

    Sample peerDisk(DiskState state) {
      peerDisk = state;
      return this;
    }

    Sample reason(String why, boolean split) {
      reason = why;
      splitBrain = split;
      return this;
    }

    Sample unreadable(UnreadableInfo blocks) {
      unreadable = Optional.of(blocks);
      return this;
    }

    Sample noted(String... sentences) {
      noted = List.of(sentences);
      return this;
    }

    Sample readFromPeer(long blocks) {
      readFromPeer = blocks;
      return this;
    }

    MirrorStatus build() {
      return new MirrorStatus(
          new MirrorStatus.Identity(new UUID(1, 2), "kite", new UUID(3, 4), 0, "a"),
          new MirrorStatus.Own(role, disk, 1, 1),
          new MirrorStatus.Peer(Optional.of("b"), Optional.empty(), peerDisk),
          new MirrorStatus.Link(connection, reason, splitBrain),
          new MirrorStatus.Replicated(1 << 20, 1 << 20, 0),
          new MirrorStatus.Difference(0, Optional.empty(), 0),
          new MirrorStatus.Trouble(
              noted, new MirrorStatus.Unreadable(0, 0, List.of()), readFromPeer));
    }
  }
}
