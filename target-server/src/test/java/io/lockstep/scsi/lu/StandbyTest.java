package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.UnitAttention;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The port of a node that does not serve the medium (SPC-4 5.15.2.4.4): it says who it is, and
/// refuses the medium with 02/04/0B.
@Tag("unit")
class StandbyTest {
  private final Bench bench = Bench.active();
  private boolean drained;

  @BeforeEach
  void standBy() {
    bench.unit.standby(() -> drained = true);
    bench.loop.runReady();
    bench.calm(bench.nexus);
  }

  /// A host that attaches the standby path with 0 blocks refuses every write after a takeover.
  @Test
  void theSizeIsToldInStandbyToo() {
    Bench fresh = Bench.standby();
    assertThat(fresh.unit.knowsSize()).isFalse();
    fresh.unit.standbySize(Bench.DISK_BYTES);
    fresh.calm(fresh.nexus);
    assertThat(fresh.unit.knowsSize()).isTrue();
    for (Bench each : new Bench[] {fresh, bench, Bench.active()}) {
      assertThat(each.run("25 00 00000000 0000 00 00").hex()).isEqualTo("00003FFF00000200");
      assertThat(each.run("9E 10 0000000000000000 00000020 00 00").hex())
          .isEqualTo("0000000000003FFF0000020000" + "03C000" + "00".repeat(16));
      assertThat(each.run("1A 00 08 00 0C 00").hex()).startsWith("1F00100800004000" + "00000200");
    }
    assertThat(drained).isTrue();
  }

  @Test
  void aResizeOnThePrimaryIsToldInStandby() {
    bench.unit.standbySize(16L << 20);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.CAPACITY_CHANGED));
    assertThat(bench.run("25 00 00000000 0000 00 00").hex()).isEqualTo("00007FFF00000200");
    bench.unit.standbySize(16L << 20);
    bench.run("00 00 00 00 00 00").isRefused(ScsiResult.standby());
  }

  /// It comes from the other node, and may be anything.
  @Test
  void aSizeThatCannotBeIsPassedOver() {
    for (long bytes : new long[] {0, -1, 511, 16L << 20 | 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      bench.unit.standbySize(bytes);
    }
    bench.run("00 00 00 00 00 00").isRefused(ScsiResult.standby());
    assertThat(bench.run("25 00 00000000 0000 00 00").hex()).isEqualTo("00003FFF00000200");
    Bench serving = Bench.active();
    serving.unit.standbySize(16L << 20);
    serving.run("00 00 00 00 00 00").isGood();
  }

  @Test
  void aTakeoverTellsTheStateAndThenTheCapacity() {
    bench.unit.standbySize(Bench.DISK_BYTES);
    bench.unit.activate(bench.device);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED));
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.CAPACITY_CHANGED));
    bench.run("00 00 00 00 00 00").isGood();
  }

  @Test
  void sendDiagnosticKnowsTheDefaultSelfTestOnly() {
    bench.run("1D 04 00 0000 00").isGood();
    bench.run("1D 00 00 0000 00").isGood();
    bench.run("1D 24 00 0000 00").isRefused(ScsiResult.invalidFieldInCdb(1, 7));
    bench.run("1D A0 00 0000 00").isRefused(ScsiResult.invalidFieldInCdb(1, 7));
    bench.run("1D 10 00 0004 00").isRefused(ScsiResult.invalidFieldInCdb(3, -1));
  }

  @Test
  void requestSenseTellsWhy() {
    assertThat(bench.run("03 01 00 00 FF 00").hex()).isEqualTo("7202040B00000000");
  }

  /// A host must not be sent to a node that refuses it as well; and it hears of a new Primary.
  @Test
  void theOtherPortIsActiveOnlyWhileItsNodeIsPrimary() {
    String bothStandBy =
        "00000018" + "028D000100020001" + "00000001" + "028D000200020001" + "00000002";
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex()).isEqualTo(bothStandBy);
    bench.unit.otherNodeActive(true);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED));
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex())
        .isEqualTo(bothStandBy.replace("028D0002", "008D0002"));
    bench.unit.otherNodeActive(true);
    bench.run("00 00 00 00 00 00").isRefused(ScsiResult.standby());
    bench.unit.otherNodeActive(false);
    bench.calm(bench.nexus);
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex()).isEqualTo(bothStandBy);
  }

  /// Of two Primaries that meet, one stops: a host must not take its copy for a standby of the
  /// other.
  @Test
  void aNodeThatStoppedInASplitBrainIsUnavailable() {
    bench.unit.unavailable(true);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED));
    bench.run("28 00 00000000 00 0001 00").isRefused(ScsiResult.unavailable());
    assertThat(bench.run("03 01 00 00 FF 00").hex()).isEqualTo("7202040C00000000");
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex())
        .startsWith("00000018" + "038D00010002");
    bench.unit.unavailable(true);
    bench.run("00 00 00 00 00 00").isRefused(ScsiResult.unavailable());
    bench.unit.unavailable(false);
    bench.calm(bench.nexus);
    bench.run("28 00 00000000 00 0001 00").isRefused(ScsiResult.standby());
  }

  /// Until the other node serves, hosts are to ask again, not to give the path up.
  @Test
  void aNodeThatIsHandingOverIsInTransition() {
    bench.unit.transitioning(true);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED));
    bench.run("28 00 00000000 00 0001 00").isRefused(ScsiResult.transitioning());
    assertThat(bench.run("03 01 00 00 FF 00").hex()).isEqualTo("7202040A00000000");
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex())
        .startsWith("00000018" + "0F8D00010002");
    bench.unit.transitioning(false);
    bench.calm(bench.nexus);
    bench.run("28 00 00000000 00 0001 00").isRefused(ScsiResult.standby());
  }

  @Test
  void aNodeThatIsAboutToHandOverStillServes() {
    Bench serving = Bench.active();
    serving.unit.transitioning(true);
    serving.run("00 00 00 00 00 00").isGood();
    serving.unit.standby(() -> {});
    serving.loop.runReady();
    serving.calm(serving.nexus);
    serving.run("00 00 00 00 00 00").isRefused(ScsiResult.transitioning());
  }

  @Test
  void thePortSaysThatItStandsBy() {
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex())
        .startsWith("00000018" + "028D00010002");
    bench.unit.activate(bench.device);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED));
    bench.calm(bench.nexus);
    assertThat(bench.run("A3 0A 00000000 000000FF 00 00").hex())
        .startsWith("00000018" + "008D00010002");
    bench.run("28 00 00000000 00 0001 00").isGood();
  }

  @Test
  void aFormatThatIsNotThereIsRefused() {
    bench.run("A3 4A 00000000 000000FF 00 00").isRefused(ScsiResult.invalidFieldInCdb(1, 7));
    assertThat(bench.run("A3 2A 00000000 000000FF 00 00").hex()).startsWith("0000001C10000000");
  }

  @Test
  void standbyWaitsForWhatIsUnderWayAndRefusesWhatComes() {
    Bench busy = Bench.active();
    busy.hold.hold();
    Bench.Task under = busy.start("2A 00 00000000 00 0001 00", Golden.filled(512, 1));
    Bench.Task blocked = busy.start("2A 00 00000000 00 0001 00", Golden.filled(512, 2));
    Bench.Task gathering =
        busy.task(busy.nexus, 0, "2A 00 00000008 00 0001 00", TaskAttribute.SIMPLE);
    busy.target.prepare(gathering);
    Bench.Task unmap = busy.task(busy.nexus, 0, "42 00 00000000 00 0018 00", TaskAttribute.SIMPLE);
    busy.target.prepare(unmap);
    boolean[] done = new boolean[1];
    busy.unit.standby(() -> done[0] = true);
    busy.execute(gathering, Golden.filled(512, 3));
    busy.execute(unmap, EraseTest.list("0000000000000010 00000001"));
    busy.loop.runReady();
    gathering.isRefused(ScsiResult.standby());
    unmap.isRefused(ScsiResult.standby());
    assertThat(done[0]).isFalse();
    busy.hold.letGo();
    busy.loop.runReady();
    under.isGood();
    blocked.isGood();
    assertThat(done[0]).isTrue();
    assertThat(busy.onDisk(8, 1)).containsOnly(0);
    busy.isQuiet();
  }

  /// A host that goes on sending must not keep the node from giving up its role.
  @Test
  void standbyDoesNotWaitForWhatComesLater() {
    Bench busy = Bench.active();
    busy.hold.hold();
    Bench.Task before = busy.start("28 00 00000000 00 0001 00");
    boolean[] done = new boolean[1];
    busy.unit.standby(() -> done[0] = true);
    busy.calm(busy.nexus);
    busy.hold.letOneGo();
    for (int turn = 0; turn < 100 && !done[0]; turn++) {
      busy.start("28 00 00000000 00 0001 00");
      busy.loop.turn();
    }
    assertThat(done[0]).isTrue();
    before.isGood();
    busy.isQuiet();
  }
}
