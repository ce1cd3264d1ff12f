package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class SnapshotAlertsTest {
  private static final GroupInfo GROUP = new GroupInfo("g", "u", 8, 4, 4, 3, null);

  private static List<Alert> alerts(String state, @Nullable String why, @Nullable Long used) {
    VolumeInfo volume =
        new VolumeInfo(
                "before",
                1000,
                "uuid",
                new VolumeInfo.Names(null, null, null),
                0,
                List.of(),
                new VolumeInfo.Hindrance(null, why))
            .as(new SnapshotInfo("vm1", state, why, 1000, used, null));
    return VolumeAlerts.of("a", GROUP, List.of(volume));
  }

  @Test
  void aSnapshotIsWarnedOfFromFourFifthsOfItsRoomOn() {
    assertThat(alerts(SnapshotInfo.WHOLE, null, 790L)).isEmpty();
    assertThat(alerts(SnapshotInfo.WHOLE, null, 791L)).hasSize(1);
    Alert alert = alerts(SnapshotInfo.WHOLE, null, 999L).getFirst();
    assertThat(alert.code()).isEqualTo("snapshot-fills-up");
    assertThat(alert.severity()).isEqualTo(Alert.WARNING);
    assertThat(alert.action()).contains("lockstep snapshot resize vm1 before --size +SIZE");
    assertThat(alerts(SnapshotInfo.UNKNOWN, null, null)).isEmpty();
  }

  @Test
  void aLostSnapshotIsToldWithTheReasonAndOnce() {
    List<Alert> alerts = alerts(SnapshotInfo.LOST, "its room is full", 1000L);
    assertThat(alerts).extracting(Alert::code).containsExactly("snapshot-lost");
    assertThat(alerts.getFirst().what())
        .isEqualTo("Snapshot before of volume vm1 is lost: its room is full.");
    assertThat(alerts.getFirst().action()).contains("lockstep snapshot delete vm1 before");
  }

  @Test
  void aSnapshotThatIsGoneBackToIsNoTrouble() {
    assertThat(alerts(SnapshotInfo.ROLLING_BACK, "volume vm1 is being put back to it", 990L))
        .isEmpty();
  }
}
