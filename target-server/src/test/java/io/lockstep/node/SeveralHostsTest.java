package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.SessionInfo;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who is told of at a volume that is meant for one host.
@Tag("unit")
final class SeveralHostsTest {
  private static final String IQN = "iqn.2026-11.io.lockstep:k7x2ma.vm1";

  private static Export export(boolean exclusive) {
    var unit =
        new UnitRecord(
            UnitRecord.VERSION,
            "vm1",
            "u1",
            "vm1",
            "6024c530000000000000000000000001",
            "S1",
            512,
            true,
            "vm1",
            0,
            true,
            false);
    AccessRecord access = AccessRecord.of("vm1", List.of()).exclusive(exclusive);
    return new Export(unit, TargetRecord.of("vm1", IQN), access);
  }

  /// @param who initiators with their nodes: `host@a`
  private static List<Alert> alerts(boolean exclusive, String iqn, String... who) {
    List<SessionInfo> sessions =
        Stream.of(who)
            .map(one -> one.split("@", -1))
            .map(one -> new SessionInfo(one[1], one[0], iqn, "vm1", "10.0.0.9:1", "0", 1, 0))
            .toList();
    return VolumeAlerts.shared("a", List.of(export(exclusive)), sessions);
  }

  @Test
  void oneHostByTwoPathsIsOne() {
    assertThat(alerts(true, IQN, "x@a", "x@b", "x@b")).isEmpty();
  }

  @Test
  void twoHostsAreToldWhereverTheyAre() {
    List<Alert> alerts = alerts(true, IQN, "y@b", "x@a", "y@a");

    assertThat(alerts).hasSize(1);
    Alert alert = alerts.getFirst();
    assertThat(alert.severity()).isEqualTo(Alert.CRITICAL);
    assertThat(alert.code()).isEqualTo("several-hosts");
    assertThat(alert.place().about()).isEqualTo("vm1");
    assertThat(alert.what()).contains("vm1").endsWith(": x, y.");
    assertThat(alert.action()).contains("lockstep export set vm1 --initiator", "--no-exclusive");
    assertThat(alert.why()).isEqualTo("x, y");
  }

  @Test
  void whatIsMeantForSeveralAndOtherTargetsAreNotToldOf() {
    assertThat(alerts(false, IQN, "x@a", "y@b")).isEmpty();
    assertThat(alerts(true, "iqn.other", "x@a", "y@b")).isEmpty();
    assertThat(alerts(true, IQN)).isEmpty();
  }
}
