package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import io.lockstep.iscsi.portal.TestInitiator.Received;
import io.lockstep.iscsi.session.SessionLimits;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A portal with real sockets, on io_uring and on epoll: sessions begin, move, end; an initiator
/// that misbehaves ends alone; limits hold. [PortalBench] adds to each test that no bug was seen
/// and every buffer was given back.
@Tag("shell")
class PortalTest {
  private static final String KINDS = "io.lockstep.iscsi.portal.PortalBench#kinds";
  private static final String NAME = "iqn.2026-11.io.lockstep:tester";
  private static final long MILLISECOND = 1_000_000L;

  @ParameterizedTest
  @MethodSource(KINDS)
  void writesAndReadsBack(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind);
        TestInitiator initiator = loggedIn(bench, 1)) {
      for (int round = 0; round < 200; round++) {
        ByteBuffer data = ByteBuffer.allocate(8192);
        new SplittableRandom(round).nextBytes(data.array());
        initiator.command(2 * round, true, round * 16, 16, data);
        assertThat(initiator.receive().opcode()).isEqualTo(Opcode.SCSI_RESPONSE);
        initiator.read(2 * round + 1, round * 16, 16);
        Received back = initiator.receive();
        assertThat(back.opcode()).isEqualTo(Opcode.DATA_IN);
        assertThat(back.data()).isEqualTo(data);
      }
      assertThat(bench.portal.sessions()).hasSize(1);
      SessionView info = bench.portal.sessions().getFirst();
      assertThat(info.initiatorName()).isEqualTo(NAME);
      assertThat(info.targetIqn()).isEqualTo(PortalBench.IQN);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void sessionsWithTargetsOfSeveralLoopsLiveSideBySide(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind);
        TestInitiator here = loggedIn(bench, 1);
        TestInitiator there = new TestInitiator(bench.port())) {
      assertThat(there.login(NAME, 1, PortalBench.APART_IQN).status()).isZero();
      there.testUnitReady();
      for (int round = 0; round < 100; round++) {
        for (TestInitiator initiator : List.of(here, there)) {
          ByteBuffer data = ByteBuffer.allocate(8192);
          new SplittableRandom(round + initiator.hashCode()).nextBytes(data.array());
          initiator.command(2 * round, true, round * 16, 16, data);
          assertThat(initiator.receive().opcode()).isEqualTo(Opcode.SCSI_RESPONSE);
          initiator.read(2 * round + 1, round * 16, 16);
          assertThat(initiator.receive().data()).isEqualTo(data);
        }
      }
      assertThat(bench.portal.sessions()).hasSize(2);
      CompletableFuture<Boolean> gone = new CompletableFuture<>();
      bench.portal.closeSessions(
          PortalBench.APART_IQN, _ -> true, "a test", () -> gone.complete(true));
      assertThat(gone.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
      assertThat(bench.portal.sessions()).hasSize(1);
      here.read(500, 0, 8);
      assertThat(here.receive().opcode()).isEqualTo(Opcode.DATA_IN);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void anInitiatorThatMisbehavesEndsAlone(LoopKind kind) {
    try (PortalBench bench = new PortalBench(kind, impatient());
        TestInitiator good = loggedIn(bench, 1);
        TestInitiator silent = new TestInitiator(bench.port());
        TestInitiator half = new TestInitiator(bench.port())) {
      half.sendBytes(new byte[] {0x43, (byte) 0x87, 0, 0}, 4);
      byte[] noise = new byte[4096];
      SplittableRandom random = new SplittableRandom(1);
      for (int round = 0; round < 50; round++) {
        new TestInitiator(bench.port()).close();
        try (TestInitiator garbage = new TestInitiator(bench.port())) {
          random.nextBytes(noise);
          garbage.sendBytes(noise, 1 + random.nextInt(noise.length));
        }
        try (TestInitiator rude = loggedIn(bench, 100 + round)) {
          rude.read(7, 0, 2048);
          random.nextBytes(noise);
          rude.sendBytes(noise, noise.length);
        }
      }
      good.read(1, 0, 8);
      assertThat(good.receive().opcode()).isEqualTo(Opcode.DATA_IN);
      silent.awaitClose();
      half.awaitClose();
      PortalBench.await("one session is left", () -> bench.portal.sessions().size() == 1);
      good.read(2, 0, 8);
      assertThat(good.receive().opcode()).isEqualTo(Opcode.DATA_IN);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aLoginWithTheSameNameAndIsidTakesThePlaceOfTheOlder(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind);
        TestInitiator older = loggedIn(bench, 1);
        TestInitiator other = loggedIn(bench, 2);
        TestInitiator newer = loggedIn(bench, 1)) {
      assertThat(older.receive().opcode()).isEqualTo(Opcode.ASYNC_MESSAGE);
      older.awaitClose();
      assertThat(bench.portal.sessions()).hasSize(2);
      newer.read(1, 0, 8);
      assertThat(newer.receive().opcode()).isEqualTo(Opcode.DATA_IN);
      other.read(1, 0, 8);
      assertThat(other.receive().opcode()).isEqualTo(Opcode.DATA_IN);
    }
  }

  @Test
  void refusesWhoMayNotAndWhatIsNot() {
    try (PortalBench bench = PortalBench.on(LoopKind.best());
        TestInitiator lost = new TestInitiator(bench.port());
        TestInitiator stranger = new TestInitiator(bench.port())) {
      assertThat(lost.login(NAME, 1, "iqn.nothing").status()).isEqualTo(0x0203);
      lost.awaitClose();
      assertThat(stranger.login(NAME, 1, PortalBench.FORBIDDEN_IQN).status()).isEqualTo(0x0202);
      stranger.awaitClose();
      assertThat(bench.portal.sessions()).isEmpty();
    }
  }

  /// A list of none would be taken for the truth.
  @Test
  void discoveryIsTurnedAwayWhileTheTargetsAreNotKnown() {
    try (PortalBench bench = PortalBench.on(LoopKind.best());
        TestInitiator early = new TestInitiator(bench.port());
        TestInitiator late = new TestInitiator(bench.port())) {
      assertThat(early.discover(PortalBench.EARLY_HOST).status()).isEqualTo(0x0301);
      early.awaitClose();
      assertThat(late.discover(NAME).status()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void closesTheSessionsOfATarget(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind);
        TestInitiator initiator = loggedIn(bench, 1)) {
      CompletableFuture<Boolean> gone = new CompletableFuture<>();
      bench.portal.closeSessions(
          PortalBench.IQN, _ -> true, "the export ends", () -> gone.complete(true));
      assertThat(initiator.receive().opcode()).isEqualTo(Opcode.ASYNC_MESSAGE);
      initiator.awaitClose();
      assertThat(gone.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
      assertThat(bench.portal.sessions()).isEmpty();
    }
  }

  @Test
  void closesTheSessionsOfSomeInitiatorsOnly() {
    try (PortalBench bench = PortalBench.on(LoopKind.best());
        TestInitiator goes = new TestInitiator(bench.port());
        TestInitiator stays = new TestInitiator(bench.port())) {
      assertThat(goes.login(NAME + ".goes", 1, PortalBench.IQN).status()).isZero();
      assertThat(stays.login(NAME + ".stays", 1, PortalBench.IQN).status()).isZero();
      CompletableFuture<Boolean> gone = new CompletableFuture<>();
      bench.portal.closeSessions(
          PortalBench.IQN, name -> name.endsWith("goes"), "a test", () -> gone.complete(true));
      assertThat(goes.receive().opcode()).isEqualTo(Opcode.ASYNC_MESSAGE);
      goes.awaitClose();
      assertThat(gone.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
      stays.testUnitReady();
      assertThat(bench.portal.sessions())
          .extracting(SessionView::initiatorName)
          .containsExactly(NAME + ".stays");
    }
  }

  /// Whoever ended the sessions of those who lost it had not seen this one.
  @Test
  void aLoginThatMayNotBeAnyMoreWhenItIsThroughEnds() {
    try (PortalBench bench = PortalBench.on(LoopKind.best());
        TestInitiator late = new TestInitiator(bench.port())) {
      assertThat(late.login(PortalBench.FICKLE_HOST, 1, PortalBench.IQN).status()).isZero();
      assertThat(late.receive().opcode()).isEqualTo(Opcode.ASYNC_MESSAGE);
      late.awaitClose();
      PortalBench.await("the end of the session", () -> bench.portal.sessions().isEmpty());
    }
  }

  @Test
  void turnsAwayTheOneTooMany() {
    PortalLimits few = limits(2, 2, 1, 5_000 * MILLISECOND);
    PortalConfig config = new PortalConfig("127.0.0.1", 0, 1, "", few, SessionLimits.DEFAULT);
    try (PortalBench bench = new PortalBench(LoopKind.best(), config);
        TestInitiator first = loggedIn(bench, 1);
        TestInitiator second = new TestInitiator(bench.port())) {
      LoginResponse full = second.login(NAME, 2, PortalBench.IQN);
      assertThat(full.status()).isEqualTo(0x0302);
      second.awaitClose();
      first.read(1, 0, 8);
      assertThat(first.receive().opcode()).isEqualTo(Opcode.DATA_IN);
    }
  }

  @Test
  void addressesArePrintedAsRfc5952Says() {
    assertThat(SessionOpener.literal(InetAddress.ofLiteral("2001:db8:0:0:1:0:0:1")))
        .isEqualTo("2001:db8::1:0:0:1");
    assertThat(SessionOpener.literal(InetAddress.ofLiteral("::1"))).isEqualTo("::1");
    assertThat(SessionOpener.literal(InetAddress.ofLiteral("192.0.2.1"))).isEqualTo("192.0.2.1");
  }

  /// Silent connections of one address kept every host out.
  @ParameterizedTest
  @MethodSource(KINDS)
  void silentConnectionsKeepNobodyOut(LoopKind kind) {
    PortalLimits few = limits(1024, 4, 512, 60_000 * MILLISECOND);
    PortalConfig config = new PortalConfig("127.0.0.1", 0, 1, "", few, SessionLimits.DEFAULT);
    List<TestInitiator> silent = new ArrayList<>();
    try (PortalBench bench = new PortalBench(kind, config)) {
      for (int number = 0; number < 20; number++) {
        silent.add(new TestInitiator(bench.port()));
      }
      try (TestInitiator host = loggedIn(bench, 1)) {
        silent.getFirst().awaitClose();
        host.read(1, 0, 8);
        assertThat(host.receive().opcode()).isEqualTo(Opcode.DATA_IN);
      }
      silent.forEach(TestInitiator::close);
    }
  }

  @Test
  void discoverySessionsKeepNobodyOut() {
    PortalLimits few = limits(1024, 64, 1, 60_000 * MILLISECOND);
    PortalConfig config = new PortalConfig("127.0.0.1", 0, 1, "", few, SessionLimits.DEFAULT);
    List<TestInitiator> asking = new ArrayList<>();
    try (PortalBench bench = new PortalBench(LoopKind.best(), config)) {
      for (int number = 0; number < 10; number++) {
        var one = new TestInitiator(bench.port());
        asking.add(one);
        assertThat(one.discover(NAME + number).status()).isZero();
      }
      asking.getFirst().awaitClose();
      try (TestInitiator host = loggedIn(bench, 1)) {
        host.read(1, 0, 8);
        assertThat(host.receive().opcode()).isEqualTo(Opcode.DATA_IN);
      }
      asking.forEach(TestInitiator::close);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void anInitiatorThatDoesNotReadIsNotServedBeyondItsShare(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind);
        TestInitiator initiator = loggedIn(bench, 1)) {
      int commands = 100;
      for (int tag = 0; tag < commands; tag++) {
        initiator.read(tag, 0, 2048);
      }
      assertThat(bench.borrowedBytes()).isLessThan(64L << 20);
      long bytes = 0;
      while (bytes < commands * (1L << 20)) {
        Received part = initiator.receive();
        assertThat(part.opcode()).isEqualTo(Opcode.DATA_IN);
        bytes += part.data().remaining();
      }
      assertThat(bytes).isEqualTo(commands * (1L << 20));
    }
  }

  @Test
  void givesUpAnInitiatorThatDoesNotAnswer() {
    SessionLimits brisk =
        new SessionLimits(128, 8, 32 << 20, 100 * MILLISECOND, 100 * MILLISECOND, MILLISECOND);
    PortalConfig config = new PortalConfig("127.0.0.1", 0, 1, "", PortalLimits.DEFAULT, brisk);
    try (PortalBench bench = new PortalBench(LoopKind.best(), config);
        TestInitiator initiator = loggedIn(bench, 1)) {
      assertThat(initiator.receive().opcode()).isEqualTo(Opcode.NOP_IN);
      initiator.awaitClose();
      PortalBench.await("no session is left", () -> bench.portal.sessions().isEmpty());
    }
  }

  @Test
  void saysWhyItCannotListen() {
    try (PortalBench bench = PortalBench.on(LoopKind.best())) {
      assertThat(refusal(bench, PortalConfig.of("127.0.0.1", bench.port(), 1)))
          .contains("127.0.0.1:" + bench.port())
          .contains("in use");
      assertThat(refusal(bench, PortalConfig.of("192.0.2.77", 0, 1))).contains("does not have");
      assertThat(refusal(bench, PortalConfig.of("no.such.host.invalid", 0, 1))).contains("unknown");
    }
  }

  private static String refusal(PortalBench bench, PortalConfig config) {
    return assertInstanceOf(
            Portal.Outcome.Refused.class,
            PortalBench.start(config, bench.directory, bench.acceptor))
        .refusal()
        .sentence();
  }

  private static PortalConfig impatient() {
    PortalLimits limits = limits(512, 256, 512, 500 * MILLISECOND);
    return new PortalConfig("127.0.0.1", 0, 1, "", limits, SessionLimits.DEFAULT);
  }

  private static PortalLimits limits(
      int connectionsMax, int loginsMax, int sessionsMax, long loginNanosMax) {
    long memory = 32 << 20;
    return new PortalLimits(
        connectionsMax,
        loginsMax,
        loginsMax,
        2,
        2,
        sessionsMax,
        loginNanosMax,
        MILLISECOND,
        65536,
        1 << 20,
        65536,
        memory,
        memory);
  }

  private static TestInitiator loggedIn(PortalBench bench, long isid) {
    TestInitiator initiator = new TestInitiator(bench.port());
    assertThat(initiator.login(NAME, isid, PortalBench.IQN).status()).isZero();
    initiator.testUnitReady();
    return initiator;
  }
}
