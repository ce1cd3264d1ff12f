package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.session.SessionLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A portal whose places for sessions are taken, or whose memory is: hosts that are known find a
/// place all the same, and learn what is behind their path.
@Tag("shell")
final class FullPortalTest {
  private static final String KINDS = "io.lockstep.iscsi.portal.PortalBench#kinds";
  private static final String STRANGER = "iqn.2026-11.org.example:stranger";
  private static final int OUT_OF_RESOURCES = 0x0302;
  private static final int SESSIONS_MAX = 4;
  private static final long MEMORY_BYTES = 1 << 20;
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private final List<TestInitiator> opened = new ArrayList<>();

  private static PortalBench bench(LoopKind kind) {
    PortalLimits plain = PortalLimits.DEFAULT;
    var limits =
        new PortalLimits(
            plain.connectionsMax(),
            plain.loginsMax(),
            plain.loginsOfAddressMax(),
            plain.discoveriesMax(),
            plain.discoveriesOfAddressMax(),
            SESSIONS_MAX,
            plain.loginNanosMax(),
            plain.closeNanosMax(),
            plain.dataSegmentBytesMax(),
            plain.unsentBytesMax(),
            plain.unsentCopiedBytesMax(),
            MEMORY_BYTES,
            MEMORY_BYTES);
    return new PortalBench(
        kind, new PortalConfig("127.0.0.1", 0, 1, "", limits, SessionLimits.DEFAULT));
  }

  private TestInitiator logIn(PortalBench bench, String name, long isid, int status) {
    TestInitiator initiator = new TestInitiator(bench.port());
    opened.add(initiator);
    assertThat(initiator.login(name, isid, PortalBench.IQN).status()).isEqualTo(status);
    return initiator;
  }

  private void closeAll() {
    opened.forEach(TestInitiator::close);
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void strangersGiveWayToWhoeverIsNamedAndToOneWhoReturns(LoopKind kind) {
    try (PortalBench bench = bench(kind)) {
      for (int index = 1; index <= SESSIONS_MAX; index++) {
        logIn(bench, STRANGER + index, 1, 0);
      }
      logIn(bench, STRANGER + 5, 1, OUT_OF_RESOURCES);

      logIn(bench, STRANGER + 2, 1, 0).testUnitReady(); // The same session, anew.
      opened.get(1).awaitClose();
      logIn(bench, STRANGER + 1, 2, 0).testUnitReady(); // One more for a host that has one.
      opened.get(5).awaitClose(); // The newest, of the one that has just returned.
      logIn(bench, PortalBench.NAMED_HOST, 1, 0).testUnitReady();
      opened.get(6).awaitClose();

      assertThat(bench.portal.sessions()).hasSize(SESSIONS_MAX);
      opened.getFirst().testUnitReady();
      closeAll();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void oneNamedHostCannotKeepAnotherOut(LoopKind kind) {
    try (PortalBench bench = bench(kind)) {
      for (int isid = 1; isid <= SESSIONS_MAX; isid++) {
        logIn(bench, PortalBench.NAMED_HOST, isid, 0);
      }
      logIn(bench, PortalBench.NAMED_HOST, 9, OUT_OF_RESOURCES);
      logIn(bench, STRANGER, 1, OUT_OF_RESOURCES);

      logIn(bench, PortalBench.NAMED_HOST + "2", 1, 0).testUnitReady();

      opened.get(SESSIONS_MAX - 1).awaitClose();
      opened.getFirst().testUnitReady();
      closeAll();
    }
  }

  /// A write whose data does not come holds all memory, and reads wait for it.
  @ParameterizedTest
  @MethodSource(KINDS)
  void aPathIsAnsweredForWhileAllMemoryIsTaken(LoopKind kind) {
    try (PortalBench bench = bench(kind)) {
      TestInitiator holder = logIn(bench, STRANGER + 1, 1, 0);
      holder.testUnitReady();
      holder.command(1, true, 0, 1024, NONE);
      assertThat(holder.receive().opcode()).isEqualTo(Opcode.R2T);
      holder.command(2, true, 0, 1024, NONE);
      TestInitiator host = logIn(bench, STRANGER + 2, 1, 0);
      host.testUnitReady();
      for (int tag = 1; tag < 60; tag++) {
        host.read(tag, 0, 2048);
      }
      for (TestInitiator each : List.of(host, holder)) {
        answers(each, 100, "12000000600000000000", 96);
        answers(each, 101, "a0000000000000000100", 256);
        answers(each, 102, "a30a0000000000000100", 256);
        answers(each, 103, "03000000120000000000", 18);
        assertThat(each.ask(104, "00000000000000000000", 0).opcode())
            .isEqualTo(Opcode.SCSI_RESPONSE);
      }
      closeAll();
    }
  }

  private static void answers(TestInitiator initiator, int tag, String cdb, int bytes) {
    TestInitiator.Received answer = initiator.ask(tag, cdb, bytes);
    assertThat(answer.opcode()).as(cdb).isEqualTo(Opcode.DATA_IN);
    assertThat(answer.header().initiatorTaskTag()).isEqualTo(tag);
  }
}
