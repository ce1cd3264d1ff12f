package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.iscsi.portal.TestInitiator;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.wire.FrameWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damaged frames on the link of running nodes: on the way between two, from a stranger who says
/// what the other node has said, and from one whose checksums are right. Each ends its link at
/// most, and leaves no socket and no buffer behind. `-Dlockstep.seed=N` repeats the dice,
/// `-Dlockstep.long=true` goes on for a hundred times as long.
@Timeout(3600)
@Tag("fuzz")
final class DamagedFramesTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int FACTOR = Boolean.getBoolean("lockstep.long") ? 100 : 1;
  private static final int LINKS_AT_ONCE = 2;
  private static final int LINKS_BROKEN = LINKS_AT_ONCE * FACTOR;
  private static final int STRANGERS = 150 * FACTOR;
  private static final String HOST = "iqn.2026-11.org.example:fuzz";

  @TempDir private Path directory = Path.of("");
  private final Random random = new Random(SEED);
  private final Damage damage = new Damage(random);
  private final List<byte[]> greeting = new CopyOnWriteArrayList<>();
  private final AtomicInteger broken = new AtomicInteger();
  private volatile int toBreak;

  @Test
  void damagedFramesEndTheLinkOnly() throws Exception {
    var pair = new ProcessPair(directory);
    try (pair;
        var proxy = PeerProxy.carrying(pair.peerPort(), this::carried)) {
      pair.dial(proxy.port());
      pair.startInSync();
      pair.client(0).createVolume("vm1", 16 << 20);
      ExportInfo export = pair.client(0).createExport("vm1", List.of());
      int port = pair.portalPort(0);

      for (int links = LINKS_AT_ONCE; links <= LINKS_BROKEN; links += LINKS_AT_ONCE) {
        toBreak = links;
        pair.await(0, _ -> broken.get() == toBreak);
        pair.awaitInSync();
      }
      pair.assertAlive("after %d broken links, seed %d".formatted(LINKS_BROKEN, SEED));
      assertServes(port, export.iqn());
      pair.stop(1);

      long sockets = pair.sockets(0);
      assertThat(strangers(pair, false)).isGreaterThan(STRANGERS / 2);
      assertServes(port, export.iqn());

      assertThat(strangers(pair, true)).isGreaterThan(STRANGERS / 2);
      pair.await(0, _ -> isQuiet(pair, sockets));
      pair.collectGarbage(0);
      assertThat(pair.client(0).status().nodes()).hasSize(2);
      assertThat(pair.stop(0)).as("exit status").isZero();
      assertThat(pair.logged(0))
          .doesNotContain("LEAK")
          .doesNotContain("a fault here")
          .doesNotContain("not given back");
    }
  }

  private static boolean isQuiet(ProcessPair pair, long sockets) {
    try {
      return pair.sockets(0) <= sockets;
    } catch (IOException e) {
      return false;
    }
  }

  private static void assertServes(int port, String iqn) {
    try (var host = new TestInitiator(port)) {
      assertThat(host.login(HOST, 1, iqn).status()).isZero();
      int status = 2;
      for (int tag = 1; status != 0 && tag < 50; tag++) {
        status = host.ask(tag, "00000000000000000000", 0).header().toBuffer().get(3);
      }
      assertThat(host.ask(99, "28000000000000000800", 4096).data().remaining()).isEqualTo(4096);
    }
  }

  /// Notes what node 1 says first, and breaks links: each once, some frames after its beginning.
  private synchronized byte[] carried(boolean toNode0, byte[] frame) {
    if (toNode0 && greeting.size() < 2) {
      greeting.add(frame);
    }
    if (broken.get() < toBreak && random.nextInt(6) == 0) {
      broken.incrementAndGet();
      return damage.changed(frame);
    }
    return frame;
  }

  /// Strangers who begin as node 1 did, and go on with any frames, damaged.
  ///
  /// @param sealed whether the checksums are right
  /// @return how many of them got an answer
  private int strangers(ProcessPair pair, boolean sealed) throws IOException {
    int answered = 0;
    for (int round = 0; round < STRANGERS; round++) {
      List<byte[]> frames = new ArrayList<>(greeting);
      for (int count = random.nextInt(6); count >= 0; count--) {
        frames.add(encoded(random.nextInt(4), any()));
      }
      int intact = random.nextInt(greeting.size() + 1);
      List<byte[]> told = damage.damaged(frames, intact);
      if (sealed) {
        told.stream().filter(frame -> frame.length >= 48).forEach(PeerProxy::seal);
      }
      answered += damage.tell(pair.peerPort(), told, true) > 0 ? 1 : 0;
      if (round % 20 == 0) {
        pair.assertAlive(0, "seed %d, stranger %d, sealed %s".formatted(SEED, round, sealed));
      }
    }
    pair.assertAlive(0, "seed %d, after strangers, sealed %s".formatted(SEED, sealed));
    return answered;
  }

  private Frame any() {
    long number = random.nextInt(3);
    long offset = 4096L * random.nextInt(1000);
    var generations = new Generations(1, 0, List.of());
    return switch (random.nextInt(21)) {
      case 0 -> new Frame.Ping(number);
      case 1 -> new Frame.Data(number, 1, offset, false, BufferPool.allocate(4096));
      case 2 -> new Frame.Zeroes(number, 1, offset, 4096, true, true);
      case 3 -> new Frame.WriteAck(number);
      case 4 -> new Frame.NegAck(number, "sick");
      case 5 -> new Frame.Barrier(number);
      case 6 -> new Frame.BarrierAck(number);
      case 7 -> new Frame.ResyncData(number, offset, BufferPool.allocate(8192));
      case 8 -> new Frame.ResyncAck(number);
      case 9 -> new Frame.ResyncCommit(number);
      case 10 -> new Frame.ResyncCommitAck(number);
      case 11 -> new Frame.ResyncClear(number, List.of(new BlockRange(offset, 4096)));
      case 12 -> new Frame.ResyncDone(generations);
      case 13 -> new Frame.BitmapChunk(number, BufferPool.allocate(4096));
      case 14 -> new Frame.BitmapEnd(number);
      case 15 -> new Frame.ReadRequest(number, offset, 4096);
      case 16 -> new Frame.ReadReply(number, BufferPool.allocate(4096));
      case 17 -> new Frame.StateChange(Role.SECONDARY, DiskState.UP_TO_DATE, 1, 0, generations);
      case 18 -> new Frame.Handover(number);
      case 19 -> new Frame.Outdate("asked to");
      default -> new Frame.Goodbye("done");
    };
  }

  private static byte[] encoded(long term, Frame frame) {
    var out = ByteBuffer.allocate(FrameLimits.HEAD_BYTES_MAX + FrameLimits.PAYLOAD_BYTES_MAX);
    new FrameWriter().encodeHead(term, frame, out);
    ByteBuffer payload = FrameWriter.payload(frame);
    if (payload != null) {
      out.put(payload.duplicate());
    }
    return Arrays.copyOf(out.array(), out.position());
  }
}
