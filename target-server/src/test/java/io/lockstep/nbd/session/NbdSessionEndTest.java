package io.lockstep.nbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.block.BlockLimits;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryBudget;
import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a session takes at most, what it waits for, and how it ends.
@Tag("unit")
class NbdSessionEndTest {
  private static final int SIZE = 64 << 20;
  private static final int FUA = 1;
  private static final int DISC = 2;
  private static final int ESHUTDOWN = 108;
  private static final long SECOND = 1_000_000_000L;
  private static final BlockLimits LIMITS =
      new BlockLimits(SIZE, 512, 4096, 1 << 20, 1, true, true);

  private final VirtualLoop loop = new VirtualLoop();
  private final StagedDevice device = new StagedDevice(LIMITS);
  private final SessionBench.Parts parts = new SessionBench.Parts(loop, device);

  @Test
  void whatIsNotKnownIsNotAnsweredAndTheConnectionEnds() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.write(0, 2, 512, new byte[512]);
    device.end(IoResult.notReady("this node is Secondary now"));
    device.end(IoResult.OK);
    assertThat(bench.replies()).isEmpty();
    assertThat(bench.closed).containsExactly("this node is Secondary now");
    bench.write(0, 3, 512, new byte[512]);
    assertThat(device.begun).hasSize(2);
    List<String> quiet = new ArrayList<>();
    bench.session.connectionLost(() -> quiet.add("quiet"));
    assertThat(quiet).containsExactly("quiet");
  }

  @Test
  void aWriteOfAConnectionThatIsGoneGoesBeforeThoseOfItsSuccessor() {
    SessionBench old = new SessionBench(parts);
    old.write(0, 1, 0, new byte[512]);
    old.write(0, 2, 0, new byte[512]);
    List<String> quiet = new ArrayList<>();
    old.session.connectionLost(() -> quiet.add("quiet"));
    SessionBench next = new SessionBench(parts);
    next.write(FUA, 1, 0, new byte[512]);
    assertThat(device.begun).containsExactly("write 0+512 WRITE_BACK");
    assertThat(quiet).isEmpty();
    device.end(IoResult.OK);
    assertThat(quiet).containsExactly("quiet");
    assertThat(device.begun).containsExactly("write 0+512 WRITE_BACK", "write 0+512 FUA");
    assertThat(old.replies()).isEmpty();
    device.endAll();
    assertThat(next.reply().error()).isZero();
    assertThat(parts.pool.borrowedBytes()).isZero();
    assertThat(parts.budget.heldBytes()).isZero();
  }

  @Test
  void aClientMayHaveSoManyRequestsUnderWay() {
    SessionBench bench = new SessionBench(parts);
    int most = SessionLimits.DEFAULT.requestsMax();
    for (int cookie = 0; cookie < most + 5; cookie++) {
      bench.read(0, cookie, 4096L * cookie, 512);
    }
    assertThat(device.underWay).hasSize(most);
    assertThat(bench.untakenBytes()).isEqualTo(5 * 28);
    device.end(IoResult.OK);
    assertThat(bench.replies()).hasSize(1);
    assertThat(bench.untakenBytes()).isEqualTo(4 * 28);
    device.endAll();
    bench.replies();
    device.endAll();
    bench.replies();
    assertThat(bench.untakenBytes()).isZero();
  }

  @Test
  void aClientThatDoesNotReadIsNotAskedForMore() {
    SessionBench bench = new SessionBench(parts);
    bench.writable = false;
    bench.read(0, 1, 0, 512);
    assertThat(device.begun).isEmpty();
    bench.writable = true;
    bench.goOn();
    loop.runReady();
    assertThat(device.begun).hasSize(1);
  }

  @Test
  void requestsWaitForMemoryInTurn() {
    parts.budget = new MemoryBudget(2 << 20, 0);
    SessionBench one = new SessionBench(parts);
    SessionBench other = new SessionBench(parts);
    one.read(0, 1, 0, 1 << 20);
    one.write(0, 2, 0, new byte[1 << 20]);
    other.read(0, 1, 0, 4096);
    other.read(0, 2, 0, 4096);
    assertThat(device.begun).containsExactly("read 0+1048576");
    assertThat(one.untakenBytes()).isEqualTo(1 << 20);
    device.end(IoResult.OK);
    one.replies();
    other.replies();
    assertThat(device.begun).contains("write 0+1048576 WRITE_BACK", "read 0+4096");
    device.endAll();
    one.replies();
    other.replies();
    device.endAll();
    one.replies();
    other.replies();
    assertThat(device.begun).hasSize(4);
    assertThat(parts.budget.heldBytes()).isZero();
    assertThat(parts.budget.waiterCount()).isZero();
  }

  @Test
  void aSessionKeepsToItsOwnShareOfTheMemory() {
    parts.limits = new SessionLimits(128, 1 << 20, SECOND, SECOND);
    SessionBench bench = new SessionBench(parts);
    bench.read(0, 1, 0, 4 << 20);
    bench.read(0, 2, 0, 4096);
    assertThat(device.underWay).hasSize(4);
    device.endAll();
    bench.replies();
    assertThat(device.underWay).hasSize(1);
  }

  @Test
  void whoeverGoesWhileItWaitsForMemoryLeavesTheQueue() {
    parts.budget = new MemoryBudget(2 << 20, 0);
    SessionBench one = new SessionBench(parts);
    SessionBench other = new SessionBench(parts);
    one.read(0, 1, 0, 2 << 20);
    other.write(0, 1, 0, new byte[1 << 20]);
    other.session.connectionLost(() -> {});
    assertThat(parts.budget.waiterCount()).isZero();
    device.endAll();
    one.replies();
    assertThat(parts.budget.heldBytes()).isZero();
    assertThat(device.begun).allMatch(what -> what.startsWith("read"));
  }

  @Test
  void aDisconnectWaitsForWhatIsUnderWay() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.other(0, DISC, 0, 0, 0);
    bench.write(0, 2, 0, new byte[512]);
    assertThat(bench.closed).isEmpty();
    device.end(IoResult.OK);
    assertThat(bench.reply().cookie()).isEqualTo(1);
    assertThat(bench.closed).containsExactly("the client disconnected");
    assertThat(device.begun).hasSize(1);
  }

  @Test
  void aNodeThatGoesAnswersWhatItHasTaken() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.write(0, 2, 0, new byte[512]);
    bench.fromClient(SessionBench.request(0, 1, 3, 0, 512));
    bench.session.shutDown("the node ends");
    bench.fromClient(ByteBuffer.allocate(512));
    bench.write(0, 4, 0, new byte[512]);
    assertThat(bench.closed).isEmpty();
    device.end(IoResult.OK);
    device.end(IoResult.OK);
    assertThat(bench.replies()).extracting(Reply::cookie).containsExactly(1L, 2L);
    assertThat(bench.closed).containsExactly("the node ends");
    assertThat(parts.pool.borrowedBytes()).isZero();
  }

  @Test
  void aNodeThatGoesDoesNotWaitForEver() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.session.shutDown("the node ends");
    bench.session.tick(0);
    bench.session.tick(5 * SECOND - 1);
    assertThat(bench.closed).isEmpty();
    bench.session.tick(5 * SECOND);
    assertThat(bench.closed).containsExactly("the node ends");
    device.end(IoResult.OK);
    assertThat(bench.replies()).isEmpty();
  }

  @Test
  void anExportThatWasTakenAwayRefusesWhateverComes() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.write(0, 2, 0, new byte[512]);
    bench.fromClient(SessionBench.request(0, 1, 3, 0, 512));
    bench.session.withdraw("the export is deleted");
    assertThat(bench.reply())
        .extracting(Reply::cookie, Reply::error)
        .containsExactly(2L, ESHUTDOWN);
    bench.fromClient(ByteBuffer.allocate(512));
    bench.read(0, 4, 0, 512);
    assertThat(bench.replies())
        .extracting(Reply::cookie, Reply::error, Reply::text)
        .containsExactly(
            tuple(3L, ESHUTDOWN, "the export is deleted"),
            tuple(4L, ESHUTDOWN, "the export is deleted"));
    device.end(IoResult.notReady("closed"));
    assertThat(bench.reply())
        .extracting(Reply::cookie, Reply::error)
        .containsExactly(1L, ESHUTDOWN);
    bench.session.tick(0);
    assertThat(bench.closed).isEmpty();
    bench.session.tick(5 * SECOND);
    assertThat(bench.closed).containsExactly("the export is deleted");
  }

  @Test
  void aWriteWhoseDataDoNotComeEndsTheConnection() {
    SessionBench bench = new SessionBench(parts);
    bench.session.tick(0);
    bench.session.tick(100 * SECOND);
    assertThat(bench.closed).isEmpty();
    bench.fromClient(SessionBench.request(0, 1, 3, 0, 2 << 20));
    bench.fromClient(ByteBuffer.allocate(1 << 20));
    bench.session.tick(100 * SECOND);
    bench.session.tick(129 * SECOND);
    assertThat(bench.closed).isEmpty();
    bench.session.tick(130 * SECOND);
    assertThat(bench.closed).hasSize(1);
  }

  @Test
  void aClientThatDoesNotTakeItsAnswersLosesTheConnection() {
    SessionBench bench = new SessionBench(parts);
    bench.reads = false;
    bench.read(0, 1, 0, 4096);
    bench.read(0, 2, 0, 4096);
    device.endAll();
    bench.session.tick(0);
    bench.session.tick(29 * SECOND);
    bench.takeAll();
    bench.read(0, 3, 0, 4096);
    device.endAll();
    bench.session.tick(30 * SECOND);
    bench.session.tick(59 * SECOND);
    assertThat(bench.closed).isEmpty();
    bench.session.tick(60 * SECOND);
    assertThat(bench.closed).containsExactly("the client stands still in the middle of a request");
  }

  @Test
  void whatIsNoRequestEndsTheConnection() {
    SessionBench bench = new SessionBench(parts);
    byte[] noise = new byte[100];
    Arrays.fill(noise, (byte) 7);
    bench.fromClient(ByteBuffer.wrap(noise));
    assertThat(bench.closed).containsExactly("a request does not begin with its magic number");
    SessionBench other = new SessionBench(parts);
    other.fromClient(SessionBench.request(0, 1, 1, 0, 0x0400_0001L));
    assertThat(other.closed).containsExactly("a write says it is longer than any");
  }
}
