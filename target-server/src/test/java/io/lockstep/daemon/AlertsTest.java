package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AlertsTest {
  @Test
  void aNodeInSyncHasNothingToSay() {
    assertThat(alerts(ConnectionState.CONNECTED, Role.PRIMARY, "", false)).isEmpty();
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

  private static Alert only(List<Alert> alerts) {
    assertThat(alerts).hasSize(1);
    return alerts.getFirst();
  }

  private static List<Alert> alerts(
      ConnectionState connection, Role role, String reason, boolean splitBrain) {
    var status =
        new MirrorStatus(
            new UUID(1, 2),
            "kite",
            new UUID(3, 4),
            0,
            "a",
            role,
            Optional.empty(),
            DiskState.UP_TO_DATE,
            DiskState.DUNKNOWN,
            connection,
            1,
            1,
            0,
            1 << 20,
            1 << 20,
            Optional.empty(),
            Optional.of("b"),
            reason,
            splitBrain,
            List.of(),
            new MirrorStatus.Unreadable(0, 0, List.of()),
            0);
    return Alerts.ofNode(status, Optional.empty());
  }
}
