package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Requests.MirrorCommand;
import io.lockstep.control.client.ControlException;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.portal.TestInitiator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the portal of the other node says of what was just done at the first, and of itself when it
/// takes over.
@Timeout(120)
@Tag("shell")
final class OtherPortalTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String OTHER = "iqn.1993-08.org.debian:01:other";
  private static final String TEST_UNIT_READY = "000000000000";
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final TwoDaemons pair;

  OtherPortalTest(@TempDir Path directory) throws IOException, ConfigFile.ConfigException {
    this.pair = new TwoDaemons(directory);
  }

  @AfterEach
  void stop() {
    pair.close();
  }

  /// Logs in while the answer is "try again" (03/01), as open-iscsi does.
  ///
  /// @return an initiator that was given the answer `wanted`
  private static TestInitiator logIn(int port, String iqn, int wanted) {
    long start = System.nanoTime();
    while (true) {
      var initiator = new TestInitiator(port);
      int answer = initiator.login(HOST, 1, iqn).status();
      if (answer == wanted) {
        return initiator;
      }
      initiator.close();
      assertThat(answer).isEqualTo(0x0301);
      assertThat(System.nanoTime() - start).as("in time").isLessThan(WAIT_NANOS);
    }
  }

  /// READ CAPACITY(10) at a standby, in bytes, once the unit attentions are through.
  private static long size(TestInitiator session, long wanted) {
    long start = System.nanoTime();
    long bytes = 0;
    for (int tag = 1; bytes != wanted; tag++) {
      assertThat(System.nanoTime() - start).as("in time: %d", bytes).isLessThan(WAIT_NANOS);
      var answer = session.ask(tag, "25000000000000000000", 8);
      if (answer.opcode() == Opcode.DATA_IN) {
        bytes = (answer.data().getInt() + 1L) * answer.data().getInt();
      }
    }
    return bytes;
  }

  /// 02/03 ends open-iscsi's login for good; and a disk of 0 blocks stays one.
  @Test
  void theOtherPortalNeverDeniesAnExportThatWasJustMadeAndKnowsItsSize() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    for (int number = 0; number < 3; number++) {
      pair.client(0).createVolume("vm" + number, 8 << 20);
      String iqn = pair.client(0).createExport("vm" + number, List.of()).iqn();
      try (TestInitiator session = logIn(port, iqn, 0x0000)) {
        assertThat(size(session, 8 << 20)).isEqualTo(8 << 20);
        pair.client(0).resizeVolume("vm" + number, 16 << 20, false);
        assertThat(size(session, 16 << 20)).isEqualTo(16 << 20);
      }
    }
    logIn(port, "iqn.2026-11.org.example:nothing", 0x0203).close();
  }

  /// For a moment it named nothing new, and what was deleted.
  @Test
  void discoveryAtTheOtherPortalIsRightOnceAChangeWasAnswered() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    for (int number = 0; number < 3; number++) {
      pair.client(0).createVolume("vm" + number, 8 << 20);
      var export = pair.client(number % 2).createExport("vm" + number, List.of());
      assertThat(export.note()).isNull();
      assertThat(targets(port)).contains(export.iqn());
      pair.client(0).deleteExport("vm" + number);
      assertThat(targets(port)).isEmpty();
    }
  }

  private static List<String> targets(int port) {
    try (TestInitiator session = new TestInitiator(port)) {
      return session.targets(HOST);
    }
  }

  /// In standby, and when it serves.
  @Test
  void aWriteCacheThatWasSwitchedOffIsOffOnTheOtherNodeToo() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    pair.client(0).createVolume("vm1", 8 << 20);
    String iqn = pair.client(0).createExport("vm1", List.of()).iqn();
    try (TestInitiator session = logIn(port, iqn, 0x0000)) {
      assertThat(cachesWrites(session)).isTrue();
      pair.client(0).changeExport("vm1", false);
      assertThat(cachesWrites(session)).isFalse();
      pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at("b"));
      pair.await(1, now -> TwoDaemons.inSync(now, "b"));
      assertThat(cachesWrites(session)).isFalse();
      pair.client(0).changeExport("vm1", true);
      assertThat(cachesWrites(session)).isTrue();
    }
  }

  /// At both portals, without a restart, and not before somebody has said so.
  @Test
  void whoeverIsTakenAwayIsCutOffAtBothNodesAndWhoeverIsAddedComesIn() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    pair.client(0).createVolume("vm1", 8 << 20);
    String iqn = pair.client(0).createExport("vm1", List.of(HOST)).iqn();
    try (TestInitiator session = logIn(port, iqn, 0x0000)) {
      pair.await(0, now -> !now.sessions().isEmpty());
      var other = Requests.ChangeExport.initiators(List.of(OTHER), false);
      ControlException refused =
          catchThrowableOfType(
              ControlException.class, () -> pair.client(0).changeExport("vm1", other));
      assertThat(refused.problem().why()).contains(HOST + " at node b is logged in");
      assertThat(session.ask(1, TEST_UNIT_READY, 0).opcode()).isEqualTo(Opcode.SCSI_RESPONSE);

      var both = Requests.ChangeExport.initiators(List.of(HOST, OTHER), false);
      assertThat(pair.client(1).changeExport("vm1", both).note()).isNull();
      try (var added = new TestInitiator(port)) {
        assertThat(added.login(OTHER, 1, iqn).status()).isZero();
        var gone = Requests.ChangeExport.initiators(List.of(OTHER), true);
        assertThat(pair.client(0).changeExport("vm1", gone).initiators()).containsExactly(OTHER);
        assertThat(session.receive().opcode()).isEqualTo(Opcode.ASYNC_MESSAGE);
        session.awaitClose();
        assertThat(added.ask(1, TEST_UNIT_READY, 0).opcode()).isEqualTo(Opcode.SCSI_RESPONSE);
        try (var again = new TestInitiator(port)) {
          assertThat(again.login(HOST, 1, iqn).status()).isEqualTo(0x0202);
        }
      }
    }
  }

  /// It is kept with the mirror, so the other node tells it when it serves.
  @Test
  void aSecondHostAtAnExclusiveVolumeIsTold() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    pair.client(0).createVolume("vm1", 8 << 20);
    var request = new Requests.CreateExport("vm1", List.of(), null, null, null, true);
    String iqn = pair.client(0).createExport(request).iqn();
    try (TestInitiator first = logIn(port, iqn, 0x0000);
        var path = new TestInitiator(port)) {
      assertThat(path.login(HOST, 2, iqn).status()).isZero();
      pair.await(0, now -> now.sessions().size() == 2);
      assertThat(tells(pair.client(0).status())).as("two paths of one host").isFalse();
      try (var second = new TestInitiator(port)) {
        assertThat(second.login(OTHER, 1, iqn).status()).isZero();
        pair.await(0, OtherPortalTest::tells);
        pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at("b"));
        pair.await(1, now -> TwoDaemons.inSync(now, "b") && tells(now));
      }
      pair.await(1, now -> !tells(now));
      assertThat(first.ask(1, TEST_UNIT_READY, 0).opcode()).isEqualTo(Opcode.SCSI_RESPONSE);
    }
  }

  private static boolean tells(PairStatus status) {
    return status.alerts().stream()
        .anyMatch(
            alert ->
                alert.code().equals("several-hosts") && alert.what().contains(HOST + ", " + OTHER));
  }

  /// WCE of the caching page by MODE SENSE(10), once the unit attentions are through.
  private static boolean cachesWrites(TestInitiator session) {
    for (int tag = 1; tag < 10; tag++) {
      var answer = session.ask(tag, "5a08080000000000ff00", 255);
      if (answer.opcode() == Opcode.DATA_IN) {
        return (answer.data().get(8 + 2) & 0x04) != 0;
      }
    }
    throw new AssertionError("nothing but unit attentions");
  }

  @Test
  void aPrimaryThatEndsGoesOnlyWhenTheOtherNodeServes() throws Exception {
    int port = FreePorts.one();
    pair.startPair(port);
    pair.client(0).createVolume("vm1", 8 << 20);
    String iqn = pair.client(0).createExport("vm1", List.of()).iqn();
    long term = TwoDaemons.side(pair.client(0).status(), "a").history().term();
    try (TestInitiator session = logIn(port, iqn, 0x0000)) {
      assertThat(size(session, 8 << 20)).isEqualTo(8 << 20);

      assertThat(pair.daemons.removeFirst().stop()).isTrue();

      PairStatus after = pair.client(1).status();
      assertThat(TwoDaemons.side(after, "b").role()).isEqualTo("Primary");
      assertThat(TwoDaemons.side(after, "b").history().term()).isGreaterThan(term);
      assertThat(TwoDaemons.mirror(after).group()).as("its volumes are open").isNotNull();
      assertThat(session.ask(101, TEST_UNIT_READY, 0).sense()).isEqualTo("062A06");
      assertThat(session.ask(102, TEST_UNIT_READY, 0).sense()).isEqualTo("062A09");
      assertThat(session.ask(103, TEST_UNIT_READY, 0).sense()).isEmpty();
    }
    pair.start(0);
    pair.await(0, now -> TwoDaemons.inSync(now, "b"));
  }
}
