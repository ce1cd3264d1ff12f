package io.lockstep.nbd.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.MemoryBudget;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.DelayFilter;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Clients that send whatever they like, damaged and in any pieces: the session never throws, never
/// answers what was not asked or more than was asked, never twice, and gives everything back. What
/// a well-behaved client has written on the same export is there in the end.
@Tag("fuzz")
class NbdSessionFuzzTest {
  private static final int SIZE = 1 << 20;
  private static final int ROUNDS = 300;
  private static final long SEED = Long.getLong("lockstep.seed", 0);

  @Test
  void whateverAClientSendsEndsThatClientAtMost() {
    int answered = 0;
    int failed = 0;
    int ended = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Fuzz fuzz = new Fuzz(SEED == 0 ? round + 1 : SEED);
      fuzz.run();
      answered += fuzz.answered;
      failed += fuzz.failed;
      ended += fuzz.bench.closed.size();
    }
    assertThat(answered).as("requests were answered").isGreaterThan(ROUNDS);
    assertThat(failed).as("requests failed").isGreaterThan(ROUNDS);
    assertThat(ended).as("connections ended").isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
  }

  /// One history.
  private static final class Fuzz {
    private final long seed;
    private final SplittableRandom random;
    private final VirtualLoop loop = new VirtualLoop();
    private final SessionBench bench;
    private final SessionBench good;
    private final byte[] known = new byte[8192];

    /// Bytes that may still be answered to each cookie; as many as it was asked for.
    private final Map<Long, Long> open = new HashMap<>();

    private long nextCookie = 1;
    private int answered;
    private int failed;

    private Fuzz(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      BlockDevice memory = new MemoryDevice(loop, SIZE, 512, 4096);
      BlockDevice slow = new DelayFilter(memory, loop, () -> random.nextLong(3_000_000));
      SessionBench.Parts parts = new SessionBench.Parts(loop, slow);
      parts.budget = new MemoryBudget(256 << 10, 0);
      parts.limits = new SessionLimits(16, 128 << 10, 1_000_000_000L, 1_000_000_000L);
      parts.structured = random.nextInt(4) > 0;
      parts.readOnly = random.nextInt(8) == 0;
      parts.contexts = Map.of("base:allocation", BlockStatusSource.UNKNOWN);
      parts.chosen = random.nextBoolean() ? List.of("base:allocation") : List.of();
      this.bench = new SessionBench(parts);
      this.good = new SessionBench(new SessionBench.Parts(parts));
    }

    private void run() {
      random.nextBytes(known);
      good.write(0, 1, SIZE - known.length, known);
      int requests = 10 + random.nextInt(60);
      for (int count = 0; count < requests; count++) {
        sendInPieces(damaged(request()));
        loop.advance(random.nextLong(2_000_000));
        check();
        bench.session.tick(loop.nowNanos());
      }
      end();
      good.read(0, 2, SIZE - known.length, known.length);
      loop.advance(1_000_000_000L);
      List<Reply> replies = good.replies();
      assertThat(replies.getLast().data()).as("seed %d", seed).isEqualTo(ByteBuffer.wrap(known));
      assertThat(bench.parts.pool.borrowedBytes()).as("seed %d", seed).isZero();
      assertThat(bench.parts.budget.heldBytes()).as("seed %d", seed).isZero();
    }

    private void end() {
      switch (random.nextInt(3)) {
        case 0 -> bench.session.shutDown("it ends");
        case 1 -> bench.session.withdraw("it is gone");
        default -> {}
      }
      loop.advance(random.nextLong(2_000_000));
      check();
      boolean[] quiet = new boolean[1];
      bench.session.connectionLost(() -> quiet[0] = true);
      loop.advance(1_000_000_000L);
      assertThat(bench.replies()).as("seed %d", seed).isEmpty();
      assertThat(quiet[0]).as("seed %d is quiet", seed).isTrue();
      assertThat(bench.session.requestsInFlight()).isZero();
    }

    /// A request that is mostly sensible, away from the end of the export.
    private ByteBuffer request() {
      int type = random.nextInt(9);
      int flags = random.nextInt(3) == 0 ? random.nextInt(64) : 0;
      long offset = 512L * random.nextInt((SIZE - known.length) / 512);
      long length = Math.min(512L * random.nextInt(64), SIZE - known.length - offset);
      switch (random.nextInt(12)) {
        case 0 -> offset = random.nextLong() | Long.MIN_VALUE;
        case 1 -> offset++;
        case 2 -> length = type == 1 ? length + 1 : random.nextLong(1L << 32);
        case 3 -> offset = SIZE - 512L;
        default -> {}
      }
      if (type != 0 && offset == SIZE - 512L) {
        offset = SIZE;
      }
      if (type == 2) {
        type = random.nextInt(20) == 0 ? 2 : 3;
        offset = 0;
        length = 0;
      }
      if (type == 4 || type == 6) {
        length = Math.min(length, Math.max(0, SIZE - known.length - offset));
      }
      long cookie = nextCookie++;
      open.put(cookie, length);
      if (type == 0) {
        bench.sentRead(cookie, (int) Math.min(length, Integer.MAX_VALUE));
      }
      int payload = type == 1 ? (int) length : 0;
      return ByteBuffer.allocate(28 + payload)
          .put(SessionBench.request(flags, type, cookie, offset, length))
          .position(28 + payload)
          .flip();
    }

    /// One in thirty is damaged where that cannot make another sensible request of it.
    private ByteBuffer damaged(ByteBuffer bytes) {
      if (random.nextInt(30) == 0) {
        bytes.put(random.nextInt(4), (byte) random.nextInt());
      }
      return bytes;
    }

    private void sendInPieces(ByteBuffer bytes) {
      while (bytes.hasRemaining()) {
        int length = Math.min(bytes.remaining(), 1 + random.nextInt(6000));
        bench.fromClient(bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
      }
    }

    private void check() {
      for (Reply reply : bench.replies()) {
        Long left = open.get(reply.cookie());
        assertThat(left).as("seed %d: cookie %d is open", seed, reply.cookie()).isNotNull();
        long bytes =
            switch (reply.type()) {
              case Reply.DATA, Reply.SIMPLE -> reply.data().remaining();
              case Reply.HOLE -> reply.data().getInt(reply.data().position());
              default -> 0;
            };
        assertThat(bytes).as("seed %d: not more than asked for", seed).isLessThanOrEqualTo(left);
        open.put(reply.cookie(), left - bytes);
        if (reply.last()) {
          open.remove(reply.cookie());
          answered++;
          failed += reply.error() == 0 ? 0 : 1;
        }
      }
    }
  }
}
