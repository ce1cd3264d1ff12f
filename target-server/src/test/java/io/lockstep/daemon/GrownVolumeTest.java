package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.JobInfo;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.portal.TestInitiator;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A job lets a volume grow whose hosts are logged in, at both nodes' portals.
@Timeout(120)
@Tag("shell")
final class GrownVolumeTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String TEST_UNIT_READY = "000000000000";
  private static final String CAPACITY_HAS_CHANGED = "062A09";
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /// Steps double from 64 MiB on, so among these is one of 512 MiB, of two pieces.
  private static final long BEFORE_BYTES = 8L << 20;

  private static final long AFTER_BYTES = 900L << 20;

  private final Path directory;
  private int tag;

  GrownVolumeTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void hostsAtBothPortalsHearOfTheNewSizeWhenTheJobHasEndedAndNotBefore() throws Exception {
    try (TwoDaemons pair = TwoDaemons.sized(directory, AFTER_BYTES + (256L << 20))) {
      int[] ports = {FreePorts.one(), FreePorts.one()};
      for (int node = 0; node < 2; node++) {
        if (node == 1) {
          // Zeroing costs the node that serves nothing; the other one is waited for, too.
          pair.addSection(node, "test: {noDiscard: true}");
        }
        DaemonConfig config = pair.config(node, pair.disk(node), "127.0.0.1:" + ports[node]);
        pair.daemons.add(Daemon.start(config));
      }
      pair.await(0, TwoDaemons::inSync);
      pair.client(0).createVolume("vm1", BEFORE_BYTES);
      String iqn = pair.client(0).createExport("vm1", List.of()).iqn();
      try (TestInitiator served = logIn(ports[0], iqn);
          TestInitiator standby = logIn(ports[1], iqn)) {
        Set<TestInitiator> heard = new HashSet<>();
        for (TestInitiator session : List.of(served, standby)) {
          assertThat(size(session)).isEqualTo(BEFORE_BYTES);
        }
        pair.await(0, now -> now.sessions().size() == 2);

        assertThat(pair.client(0).resizeVolume("vm1", AFTER_BYTES, false).job()).isNotNull();
        List<JobInfo> jobs;
        do {
          for (TestInitiator session : List.of(served, standby)) {
            if (sense(session).equals(CAPACITY_HAS_CHANGED)) {
              heard.add(session);
            }
          }
          jobs = pair.client(0).status().jobs();
          if (!jobs.isEmpty()) {
            assertThat(heard).as("told of the size although %s is under way", jobs).isEmpty();
            LockSupport.parkNanos(PAUSE_NANOS);
          }
        } while (!jobs.isEmpty());
        for (TestInitiator session : List.of(served, standby)) {
          if (!heard.contains(session)) {
            awaitNews(session);
          }
          assertThat(size(session)).isEqualTo(AFTER_BYTES);
          assertThat(sense(session)).as("said once").isNotEqualTo(CAPACITY_HAS_CHANGED);
        }
      }
    }
  }

  private void awaitNews(TestInitiator session) {
    long start = System.nanoTime();
    while (!sense(session).equals(CAPACITY_HAS_CHANGED)) {
      assertThat(System.nanoTime() - start).as("in time").isLessThan(WAIT_NANOS);
    }
  }

  /// Logs in while the answer is "try again", and takes the unit attentions of a new nexus.
  private TestInitiator logIn(int port, String iqn) {
    long start = System.nanoTime();
    while (true) {
      var initiator = new TestInitiator(port);
      int answer = initiator.login(HOST, port, iqn).status();
      if (answer == 0) {
        return initiator;
      }
      initiator.close();
      assertThat(answer).isEqualTo(0x0301);
      assertThat(System.nanoTime() - start).as("in time").isLessThan(WAIT_NANOS);
    }
  }

  private String sense(TestInitiator session) {
    return session.ask(++tag, TEST_UNIT_READY, 0).sense();
  }

  /// READ CAPACITY(10), in bytes, once the unit attentions are through.
  private long size(TestInitiator session) {
    for (int attempt = 0; attempt < 10; attempt++) {
      var answer = session.ask(++tag, "25000000000000000000", 8);
      if (answer.opcode() == Opcode.DATA_IN) {
        return (answer.data().getInt() + 1L) * answer.data().getInt();
      }
    }
    throw new AssertionError("nothing but unit attentions");
  }
}
