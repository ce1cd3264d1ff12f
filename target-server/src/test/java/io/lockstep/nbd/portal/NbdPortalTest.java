package io.lockstep.nbd.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.nbd.session.SessionLimits;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A portal with real sockets, on io_uring and on epoll: connections begin, move, end; a client
/// that misbehaves ends alone; limits hold. [NbdBench] adds to each test that no bug was seen and
/// every buffer was given back.
@Tag("shell")
class NbdPortalTest {
  private static final String KINDS = "io.lockstep.nbd.portal.Kinds#all";
  private static final long MILLISECOND = 1_000_000L;
  private static final int ACK = 1;
  private static final int POLICY = 1 << 31 | 2;
  private static final int UNKNOWN = 1 << 31 | 6;
  private static final int BLOCK_SIZE_REQD = 1 << 31 | 8;
  private static final int ESHUTDOWN = 108;

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource(KINDS)
  void connectionsToExportsOfSeveralLoopsLiveSideBySide(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind);
        NbdClient here = taking(bench, NbdBench.DISK);
        NbdClient there = taking(bench, NbdBench.APART)) {
      SplittableRandom random = new SplittableRandom(1);
      for (int round = 0; round < 100; round++) {
        for (NbdClient client : List.of(here, there)) {
          byte[] data = new byte[512 << random.nextInt(12)];
          random.nextBytes(data);
          client.write(2L * round, 4096L * round, data);
          assertThat(client.reply(2L * round)).isZero();
          client.request(NbdClient.READ, 2L * round + 1, 4096L * round, data.length);
          assertThat(client.reply(2L * round + 1)).isZero();
          assertThat(client.data(data.length)).isEqualTo(data);
        }
      }
      assertThat(bench.portal.connections())
          .extracting(ConnectionView::exportName)
          .containsExactly(NbdBench.DISK, NbdBench.APART);
      NbdBench.finish(
          done ->
              bench.portal.closeConnections(
                  view -> view.exportName().equals(NbdBench.APART), "a test", done));
      assertThat(there.closes()).isTrue();
      here.request(NbdClient.READ, 1, 0, 512);
      assertThat(here.reply(1)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void clientsThatMisbehaveEndAlone(LoopKind kind) {
    try (NbdBench bench = new NbdBench(kind, impatient());
        NbdClient good = taking(bench, NbdBench.DISK);
        NbdClient silent = new NbdClient(bench.port())) {
      byte[] noise = new byte[4096];
      SplittableRandom random = new SplittableRandom(1);
      for (int round = 0; round < 50; round++) {
        new NbdClient(bench.port()).close();
        random.nextBytes(noise);
        try (NbdClient garbage = new NbdClient(bench.port())) {
          garbage.trySend(noise);
        }
        try (NbdClient rude = taking(bench, NbdBench.DISK)) {
          rude.request(NbdClient.READ, 7, 0, 1 << 20);
          rude.request(NbdClient.WRITE, 8, 1 << 20, 1 << 20);
          rude.trySend(noise);
        }
      }
      assertThat(silent.closes()).as("a silent handshake ends").isTrue();
      NbdBench.await("one connection is left", () -> bench.portal.connections().size() == 1);
      good.request(NbdClient.READ, 1, 0, 512);
      assertThat(good.reply(1)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aDisconnectIsOrderly(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind);
        NbdClient client = taking(bench, NbdBench.DISK)) {
      for (int cookie = 0; cookie < 50; cookie++) {
        client.write(cookie, 0, new byte[8192]);
      }
      client.request(NbdClient.DISC, 0, 0, 0);
      for (int cookie = 0; cookie < 50; cookie++) {
        assertThat(client.reply(cookie)).isZero();
      }
      assertThat(client.closes()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void anExportThatIsTakenAwayIsToldSo(LoopKind kind) {
    SessionLimits limits = new SessionLimits(128, 64L << 20, Long.MAX_VALUE, 0);
    try (NbdBench bench = new NbdBench(kind, config(limits));
        NbdClient client = taking(bench, NbdBench.DISK)) {
      NbdBench.await("it has moved", () -> bench.portal.connections().size() == 1);
      client.request(NbdClient.READ, 1, 0, 512);
      assertThat(client.reply(1)).isZero();
      client.data(512);
      NbdBench.finish(
          done ->
              bench.acceptor.execute(
                  () -> {
                    bench.portal.withdraw(_ -> true, "it is deleted", () -> {});
                    done.run();
                  }));
      client.request(NbdClient.READ, 2, 0, 512);
      assertThat(client.reply(2)).isIn(0, ESHUTDOWN);
      assertThat(client.closes()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void refusalsLeaveTheClientItsChoice(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind)) {
      assertThat(taken(bench, "none")).isEqualTo(UNKNOWN);
      assertThat(taken(bench, NbdBench.FORBIDDEN)).isEqualTo(POLICY);
      assertThat(taken(bench, NbdBench.LARGE)).isEqualTo(BLOCK_SIZE_REQD);
      assertThat(taken(bench, "")).isEqualTo(ACK);
      assertThat(bench.clients).allMatch(client -> client.address().isPresent());
    }
  }

  @Test
  void placesForExportsAndHandshakesAreLimited() {
    NbdPortalLimits.Clients few = new NbdPortalLimits.Clients(20, 4, 4, 3, 2);
    NbdPortalLimits usual = NbdPortalLimits.DEFAULT;
    NbdPortalLimits limits =
        new NbdPortalLimits(
            few,
            usual.handshakeNanosMax(),
            usual.closeNanosMax(),
            usual.unsentBytesMax(),
            usual.unsentCopiedBytesMax(),
            usual.grantedBytesMax(),
            usual.standstillNanosMax());
    NbdPortalConfig config =
        new NbdPortalConfig(anyPort(), TlsSetup.none(), limits, SessionLimits.DEFAULT);
    List<NbdClient> clients = new ArrayList<>();
    try (NbdBench bench = new NbdBench(LoopKind.EPOLL, config)) {
      try (NbdClient one = taking(bench, NbdBench.DISK);
          NbdClient other = taking(bench, NbdBench.DISK)) {
        assertThat(taken(bench, NbdBench.DISK)).isEqualTo(POLICY);
        for (int count = 0; count < 6; count++) {
          clients.add(new NbdClient(bench.port()));
        }
        assertThat(clients.get(0).closes()).as("the oldest gives way").isTrue();
        assertThat(clients.get(1).closes()).isTrue();
        assertThat(clients.get(5).go(NbdBench.DISK)).isEqualTo(POLICY);
        one.request(NbdClient.READ, 1, 0, 512);
        assertThat(one.reply(1)).isZero();
        other.request(NbdClient.READ, 1, 0, 512);
        assertThat(other.reply(1)).isZero();
      }
    } finally {
      clients.forEach(NbdClient::close);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aConnectionThatStandsStillGivesWayToANewerOneOfItsHost(LoopKind kind) {
    NbdPortalLimits usual = NbdPortalLimits.DEFAULT;
    NbdPortalLimits limits =
        new NbdPortalLimits(
            usual.clients(),
            usual.handshakeNanosMax(),
            MILLISECOND,
            64 << 10,
            16 << 10,
            usual.grantedBytesMax(),
            0);
    SessionLimits sessionLimits = new SessionLimits(128, 64L << 20, Long.MAX_VALUE, 0);
    NbdPortalConfig config = new NbdPortalConfig(anyPort(), TlsSetup.none(), limits, sessionLimits);
    try (NbdBench bench = new NbdBench(kind, config);
        NbdClient moving = taking(bench, NbdBench.STILL);
        NbdClient standing = taking(bench, NbdBench.DISK)) {
      for (int cookie = 0; cookie < 64; cookie++) {
        standing.request(NbdClient.READ, cookie, 0, 1 << 20);
      }
      try (NbdClient newer = new NbdClient(bench.port())) {
        NbdBench.await(
            "the older one gave way",
            () -> {
              taken(bench, NbdBench.DISK);
              return bench.portal.connections().stream()
                  .noneMatch(view -> view.exportName().equals(NbdBench.DISK));
            });
        assertThat(newer.go(NbdBench.DISK)).isEqualTo(ACK);
        newer.write(1, 0, new byte[512]);
        assertThat(newer.reply(1)).isZero();
      }
      moving.request(NbdClient.READ, 1, 0, 512);
      assertThat(moving.reply(1)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aPortThatIsTakenIsRefusedWithAReason(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind)) {
      NbdPortalConfig same =
          NbdPortalConfig.of(new Listening.Tcp("127.0.0.1", bench.port()), TlsSetup.none());
      NbdPortal.Outcome outcome = NbdBench.start(same, bench.directory, bench.acceptor);
      NbdPortal.Outcome.Refused refused =
          assertInstanceOf(NbdPortal.Outcome.Refused.class, outcome);
      assertThat(refused.refusal().sentence()).contains("in use by another program");
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aSocketThatWasLeftBehindIsTakenAwayAndNothingElse(LoopKind kind) throws IOException {
    Path path = directory.resolve("nbd");
    NbdPortalConfig config = NbdPortalConfig.of(new Listening.Unix(path), TlsSetup.none());
    Files.createFile(path);
    try (NbdBench bench = NbdBench.on(kind)) {
      assertThat(refusal(config, bench)).contains("it is there, and is no socket");
      Files.delete(path);
      try (NbdBench atSocket = new NbdBench(kind, config)) {
        assertThat(Files.exists(path)).isTrue();
        assertThat(refusal(config, bench)).contains("it is in use by another program");
        takeThrough(
            path,
            () -> {
              NbdBench.await("a connection", () -> !atSocket.portal.connections().isEmpty());
              ConnectionView view = atSocket.portal.connections().getFirst();
              assertThat(view.remote()).hasToString(path.toString());
              assertThat(view.client().address()).isEmpty();
            });
        NbdBench.await("it has gone", () -> atSocket.portal.connections().isEmpty());
      }
      assertThat(Files.exists(path)).isFalse();
      Path far = directory.resolve("x".repeat(100));
      NbdPortalConfig tooFar = NbdPortalConfig.of(new Listening.Unix(far), TlsSetup.none());
      assertThat(refusal(tooFar, bench)).contains("a socket's may have 107");
    }
  }

  /// Takes the default export at a Unix socket for a while.
  private static void takeThrough(Path path, Runnable meanwhile) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(26);
    bytes.putInt(3).putLong(0x49484156454f5054L).putInt(7).putInt(6).putInt(0).putShort((short) 0);
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(bytes.flip());
      ByteBuffer answers = ByteBuffer.allocate(18 + 20 + 12 + 20);
      while (answers.hasRemaining()) {
        assertThat(client.read(answers)).isPositive();
      }
      meanwhile.run();
    }
  }

  private static String refusal(NbdPortalConfig config, NbdBench bench) {
    NbdPortal.Outcome outcome = NbdBench.start(config, bench.directory, bench.acceptor);
    return assertInstanceOf(NbdPortal.Outcome.Refused.class, outcome).refusal().sentence();
  }

  private static int taken(NbdBench bench, String export) {
    try (NbdClient client = new NbdClient(bench.port())) {
      return client.go(export);
    }
  }

  private static NbdClient taking(NbdBench bench, String export) {
    NbdClient client = new NbdClient(bench.port());
    assertThat(client.go(export)).isEqualTo(ACK);
    return client;
  }

  private static Listening anyPort() {
    return new Listening.Tcp("127.0.0.1", 0);
  }

  private static NbdPortalConfig config(SessionLimits sessionLimits) {
    return new NbdPortalConfig(anyPort(), TlsSetup.none(), NbdPortalLimits.DEFAULT, sessionLimits);
  }

  private static NbdPortalConfig impatient() {
    NbdPortalLimits usual = NbdPortalLimits.DEFAULT;
    NbdPortalLimits limits =
        new NbdPortalLimits(
            usual.clients(),
            300 * MILLISECOND,
            usual.closeNanosMax(),
            usual.unsentBytesMax(),
            usual.unsentCopiedBytesMax(),
            usual.grantedBytesMax(),
            usual.standstillNanosMax());
    return new NbdPortalConfig(anyPort(), TlsSetup.none(), limits, SessionLimits.DEFAULT);
  }
}
