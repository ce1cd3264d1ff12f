package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is worth waiting for.
@Tag("unit")
class SyncOutlookTest {
  private static final long MIB = 1 << 20;
  private static final SideStatus WHOLE = side("a", "Connected", "UpToDate", null, null);

  @Test
  void aPairInSyncIsNotWaitedFor() {
    assertThat(outlook(WHOLE, side("b", "Connected", "UpToDate", null, null)))
        .isEqualTo(new SyncOutlook.InSync());
  }

  @Test
  void aResyncIsShownWithWhatIsKnownOfIt() {
    var source = new ResyncInfo(ResyncInfo.SOURCE, 8 * MIB, 2 * MIB, 0, MIB, 6);
    assertThat(
            outlook(
                side("a", "SyncSource", "UpToDate", source, null),
                side("b", "SyncTarget", "Inconsistent", null, null)))
        .isEqualTo(
            new SyncOutlook.Coming(
                "mirror main", OptionalInt.of(25), ": 2 MiB of 8 MiB, 1 MiB/s, 6 s left"));
    var target = new ResyncInfo(ResyncInfo.TARGET, null, 2 * MIB, 0, MIB, -1);
    assertThat(
            outlook(
                side("a", "Unknown", "DUnknown", null, null),
                side("b", "SyncTarget", "Inconsistent", target, null)))
        .isEqualTo(
            new SyncOutlook.Coming("mirror main", OptionalInt.empty(), ": 2 MiB done, 1 MiB/s"));
  }

  @Test
  void aNodeThatIsAwayIsWaitedFor() {
    assertThat(
            outlook(
                side("a", "Connecting", "UpToDate", null, null),
                side("b", "Unknown", "DUnknown", null, null)))
        .isEqualTo(
            new SyncOutlook.Coming(
                "mirror main at node a: Connecting, UpToDate; mirror main at node b: Unknown,"
                    + " DUnknown",
                OptionalInt.empty(),
                ""));
  }

  @Test
  void whatDoesNotComeByItselfIsSaid() {
    assertThat(
            outlook(
                side("a", "StandAlone", "UpToDate", null, null),
                side("b", "Connecting", "UpToDate", null, null)))
        .isInstanceOfSatisfying(
            SyncOutlook.Stuck.class,
            stuck -> {
              assertThat(stuck.why()).isEqualTo("mirror main stands alone at node a: split brain");
              assertThat(stuck.action()).contains("lockstep mirror connect --node a");
            });
    assertThat(
            outlook(
                side("a", "SyncSource", "UpToDate", null, new UnreadableInfo(3, 0, List.of())),
                side("b", "SyncTarget", "Inconsistent", null, null)))
        .isInstanceOfSatisfying(
            SyncOutlook.Stuck.class,
            stuck -> assertThat(stuck.why()).contains("3 blocks that cannot be read"));
  }

  private static SyncOutlook outlook(SideStatus a, SideStatus b) {
    return SyncOutlook.of(List.of(MirrorSides.of("main", null, List.of(a, b))));
  }

  private static SideStatus side(
      String node,
      String connection,
      String disk,
      @Nullable ResyncInfo resync,
      @Nullable UnreadableInfo unreadable) {
    return new SideStatus(
        node,
        "Secondary",
        new SideStatus.Copy(disk, List.of(), unreadable, 0),
        new SideStatus.Link(connection, connection.equals("StandAlone") ? "split brain" : "", null),
        new SideStatus.Difference(unreadable == null ? 0L : 12288L, resync, 0),
        new SideStatus.History(1, "0000000000000000"));
  }
}
