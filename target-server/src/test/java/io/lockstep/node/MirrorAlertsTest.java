package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What stands after which events.
@Tag("unit")
final class MirrorAlertsTest {
  private static final MirrorAlerts.Facts NOTHING_KNOWN =
      new MirrorAlerts.Facts(DiskState.DUNKNOWN, false, false, Optional.empty());
  private static final MirrorAlerts.Facts PEER_IS_WHOLE =
      new MirrorAlerts.Facts(DiskState.UP_TO_DATE, false, false, Optional.empty());

  private static MirrorEvent role(Role to) {
    return new MirrorEvent.RoleChanged(Role.SECONDARY, to, "a test");
  }

  private static MirrorEvent disk(DiskState to) {
    return new MirrorEvent.DiskChanged(DiskState.CONSISTENT, to, "a test");
  }

  private static MirrorEvent link(ConnectionState to, String why) {
    return new MirrorEvent.ConnectionChanged(ConnectionState.CONNECTING, to, why);
  }

  private static final MirrorEvent SERVES = role(Role.PRIMARY);
  private static final MirrorEvent WHOLE = disk(DiskState.UP_TO_DATE);
  private static final MirrorEvent FULL = new MirrorEvent.NoSpaceLeft("no space is left");
  private static final MirrorEvent MET = link(ConnectionState.CONNECTED, "the nodes have met");
  private static final MirrorEvent LOST = link(ConnectionState.CONNECTING, "the link was lost");
  private static final MirrorEvent STOPPED = link(ConnectionState.UNCONNECTED, "two new disks");
  private static final MirrorEvent APART = link(ConnectionState.STAND_ALONE, "disconnected");
  private static final MirrorEvent SPLIT = new MirrorEvent.SplitBrainFound("both have changes");
  private static final MirrorEvent HEALED = new MirrorEvent.SplitBrainResolved("they go on");

  /// A history, and the codes of what stands after it.
  private record Row(List<String> codes, List<MirrorEvent> history) {
    static Row of(String codes, MirrorEvent... history) {
      return new Row(codes.isEmpty() ? List.of() : List.of(codes.split(" ")), List.of(history));
    }
  }

  private static final List<Row> ROWS =
      List.of(
          Row.of(""),
          Row.of("", MET, WHOLE, SERVES),
          Row.of("peer-away", MET, WHOLE, SERVES, LOST),
          Row.of("", MET, WHOLE, LOST),
          Row.of("", MET, WHOLE, SERVES, LOST, MET),
          Row.of("peer-refused", WHOLE, SERVES, LOST, STOPPED),
          Row.of("peer-refused", WHOLE, SERVES, STOPPED, LOST),
          Row.of("peer-refused", LOST, new MirrorEvent.PeerRefused("another pair")),
          Row.of("", LOST, new MirrorEvent.PeerRefused("another pair"), MET),
          Row.of("stand-alone", MET, WHOLE, APART),
          Row.of("stand-alone", STOPPED, APART),
          Row.of("", APART, LOST),
          Row.of("split-brain", LOST, SPLIT, APART),
          Row.of("split-brain", LOST, SPLIT, APART, LOST),
          Row.of("", LOST, SPLIT, APART, LOST, HEALED, MET),
          Row.of("outdated", disk(DiskState.OUTDATED)),
          Row.of("inconsistent", disk(DiskState.OUTDATED), disk(DiskState.INCONSISTENT)),
          Row.of("disk-failed", WHOLE, disk(DiskState.FAILED)),
          Row.of("disk-failed", WHOLE, FULL, disk(DiskState.FAILED)),
          Row.of("failed-before", new MirrorEvent.FailedBefore("it did")),
          Row.of("", new MirrorEvent.FailedBefore("it did"), WHOLE),
          Row.of("read-from-peer", new MirrorEvent.ReadFromPeer(1, 4096)),
          Row.of("writes-held", SERVES, new MirrorEvent.WritesHeld("no witness")),
          Row.of("", new MirrorEvent.WritesHeld("no"), new MirrorEvent.WritesReleased("yes")),
          Row.of("", new MirrorEvent.WritesHeld("no"), role(Role.SECONDARY)),
          Row.of("promoted-by-force", new MirrorEvent.PromotedByForce("it is Outdated")),
          Row.of("", new MirrorEvent.PromotedByForce("it is Outdated"), MET),
          Row.of("gave-way", new MirrorEvent.GaveWay(1)),
          Row.of("", new MirrorEvent.GaveWay(1), link(ConnectionState.WF_BITMAP_T, "resync")),
          Row.of("not-resumed", new MirrorEvent.NotResumed("the disk is Outdated")),
          Row.of("", new MirrorEvent.NotResumed("the disk is Outdated"), SERVES),
          Row.of("not-ended-in-order", new MirrorEvent.NotEndedInOrder("a write is under way")),
          Row.of(
              "metadata-damaged metadata-damaged",
              new MirrorEvent.MetadataDamaged("bitmap page 0", "damaged"),
              new MirrorEvent.MetadataDamaged("bitmap page 1", "damaged"),
              new MirrorEvent.MetadataDamaged("bitmap page 1", "damaged")),
          Row.of(
              "",
              new MirrorEvent.ContentLost(1, "a person"),
              new MirrorEvent.ResyncPaused(1, 0),
              new MirrorEvent.ResyncUnpaused("written"),
              new MirrorEvent.KeepParting(3, "two new disks")));

  private static List<Alert> after(MirrorAlerts.Facts facts, MirrorEvent... history) {
    var alerts = new MirrorAlerts("a", DiskState.CONSISTENT);
    List.of(history).forEach(alerts::happened);
    return alerts.standing(facts);
  }

  @Test
  void eachHistoryLeavesWhatItShould() {
    for (Row row : ROWS) {
      List<Alert> alerts = after(NOTHING_KNOWN, row.history.toArray(MirrorEvent[]::new));
      assertThat(alerts).as("after %s", row.history).extracting(Alert::code).isEqualTo(row.codes);
      assertThat(alerts).allSatisfy(one -> assertThat(one.what()).endsWith("."));
    }
  }

  @Test
  void aDiskThatWasNotWholeWhenItWasAttachedIsToldWithoutAnEvent() {
    var codes = new ArrayList<String>();
    for (DiskState attached : List.of(DiskState.OUTDATED, DiskState.INCONSISTENT)) {
      new MirrorAlerts("a", attached).standing(NOTHING_KNOWN).forEach(one -> codes.add(one.code()));
    }
    assertThat(codes).containsExactly("outdated", "inconsistent");
  }

  /// It said "Start the other node", which ran.
  @Test
  void aNodeOfAnotherPairIsNotAnAbsentOne() {
    Alert alert =
        after(NOTHING_KNOWN, WHOLE, SERVES, LOST, new MirrorEvent.PeerRefused("of another pair"))
            .getFirst();
    assertThat(alert.code()).isEqualTo("peer-refused");
    assertThat(alert.what()).contains("Node a", "of another pair");
    assertThat(alert.why()).isEqualTo("of another pair");
  }

  /// "both nodes are Primary" was not a split brain, since the word was missing in it.
  @Test
  void aSplitBrainIsToldByTheFactNotByTheWord() {
    var found = new MirrorEvent.SplitBrainFound("both nodes are Primary");
    Alert split = after(NOTHING_KNOWN, found, link(ConnectionState.STAND_ALONE, "")).getFirst();
    assertThat(split.code()).isEqualTo("split-brain");
    assertThat(split.severity()).isEqualTo(Alert.CRITICAL);
    assertThat(split.action()).contains("--discard-my-data");
    Alert alone =
        after(NOTHING_KNOWN, link(ConnectionState.STAND_ALONE, "a cable was split")).getFirst();
    assertThat(alone.code()).isEqualTo("stand-alone");
    assertThat(alone.action()).contains("lockstep mirror connect --node a");
  }

  /// The advice was to replace the disk, which has nothing.
  @Test
  void aDiskWithoutRoomIsNotReplaced() {
    MirrorEvent failed = disk(DiskState.FAILED);
    Alert spare = after(PEER_IS_WHOLE, WHOLE, SERVES, FULL, failed).getFirst();
    assertThat(spare.action())
        .startsWith("Promote the other node")
        .contains("Then free space on the file system", "start node a again; it is filled")
        .doesNotContain("eplace", "init");
    assertThat(after(PEER_IS_WHOLE, WHOLE, FULL, failed).getFirst().action())
        .contains("The other node's copy is complete: free space");
    assertThat(after(NOTHING_KNOWN, WHOLE, SERVES, FULL, failed).getFirst().action())
        .startsWith("Keep this disk")
        .contains("free space");
  }

  /// The advice was to lay the disk out anew, whatever the other one held.
  @Test
  void adviceNeverGivesUpTheBestCopy() {
    MirrorEvent failed = disk(DiskState.FAILED);
    Alert last = after(NOTHING_KNOWN, WHOLE, SERVES, failed).getFirst();
    assertThat(last.code()).isEqualTo("disk-failed");
    assertThat(last.why()).isEqualTo("a test");
    assertThat(last.action()).contains("Keep this disk").doesNotContain("init");
    Alert spare = after(PEER_IS_WHOLE, WHOLE, SERVES, failed).getFirst();
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
    var bad = Optional.of(new UnreadableInfo(4, 0, places));
    Alert alert =
        after(new MirrorAlerts.Facts(DiskState.INCONSISTENT, false, false, bad)).getFirst();
    assertThat(alert.code()).isEqualTo("unreadable-blocks");
    assertThat(alert.severity()).isEqualTo(Alert.CRITICAL);
    assertThat(alert.what())
        .contains("4 blocks", "byte 4096 of volume vm1", "byte 7 of the disk")
        .doesNotContain("byte 6");
    assertThat(alert.action()).contains("Keep this disk", "lockstep mirror accept-loss --node a");
    assertThat(after(new MirrorAlerts.Facts(DiskState.UP_TO_DATE, true, true, bad))).isEmpty();

    var given = Optional.of(new UnreadableInfo(0, 1, places.subList(0, 1)));
    Alert lost =
        after(new MirrorAlerts.Facts(DiskState.UP_TO_DATE, false, false, given)).getFirst();
    assertThat(lost.code()).isEqualTo("lost-blocks");
    assertThat(lost.what()).contains("byte 4096 of volume vm1");
    assertThat(lost.action()).contains("Have the hosts write these places anew");
    assertThat(after(new MirrorAlerts.Facts(DiskState.UP_TO_DATE, true, false, given))).isEmpty();
  }

  @Test
  void whatTheOtherNodeHadToGiveIsCounted() {
    Alert alert =
        after(
                PEER_IS_WHOLE,
                new MirrorEvent.ReadFromPeer(1, 0),
                new MirrorEvent.ReadFromPeer(2, 4096),
                new MirrorEvent.ReadFromPeer(3, 0))
            .getFirst();
    assertThat(alert.what()).contains("3 blocks");
  }

  @Test
  void whoServesAfterAllIsNotMissed() {
    var notResumed = new MirrorEvent.NotResumed("the disk is Outdated");
    assertThat(
            after(
                new MirrorAlerts.Facts(DiskState.UP_TO_DATE, true, false, Optional.empty()),
                notResumed))
        .isEmpty();
  }
}
