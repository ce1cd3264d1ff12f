package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.JsonMutator;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.client.ControlException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Wrong JSON on the link between two running nodes, in frames that are right: reports, requests
/// and replies that no node would write. Both live, and answer whoever asks them meanwhile; when it
/// ends, they are in sync and know each other. `-Dlockstep.seed=N` repeats the dice,
/// `-Dlockstep.long=true` goes on for a hundred times as long.
@Timeout(3600)
@Tag("fuzz")
final class PeerFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 6_000 : 60;
  private static final int FRAMES_FOR_ONE = 40;

  private static final String REQUEST =
      """
      {"version":1,"method":"POST","path":"/v1/volumes/vm1/resize","body":"e30=",\
      "fromNode":"b","account":"uid 0, pid 7","actor":"web admin"}""";

  private static final String REPLY =
      "{\"version\":1,\"status\":200,\"body\":\"{\\\"message\\\":\\\"Good.\\\"}\"}";

  @TempDir private Path directory = Path.of("");
  private final Random random = new Random(SEED);
  private final JsonMutator mutator = new JsonMutator(random);
  private final AtomicInteger sent = new AtomicInteger();
  private volatile boolean meddling;

  @Test
  void noJsonOfTheOtherNodeEndsANode() throws Exception {
    var pair = new ProcessPair(directory);
    try (pair;
        var proxy = new PeerProxy(pair.peerPort(), (_, frame) -> meddled(frame))) {
      pair.dial(proxy.port());
      pair.startInSync();
      pair.client(0).createVolume("vm1", 4 << 20);
      meddling = true;

      int answered = 0;
      for (int round = 0; round < ROUNDS; round++) {
        answered += asked(pair, round) ? 1 : 0;
        pair.assertAlive("seed %d, round %d, %d frames".formatted(SEED, round, sent.get()));
      }

      meddling = false;
      assertThat(sent).hasValueGreaterThan(FRAMES_FOR_ONE * 4);
      assertThat(answered).as("questions to the Secondary, of %d", ROUNDS).isEqualTo(ROUNDS);
      assertThat(pair.awaitInSync().nodes()).extracting(NodeStatus::name).containsExactly("a", "b");
      assertThat(pair.client(1).renameVolume("vm1", "vm2").name()).isEqualTo("vm2");
      pair.assertAlive("at the end");
    }
  }

  /// Asks the Secondary for what the Primary has to do, and what it knows; any answer will do.
  private static boolean asked(ProcessPair pair, int round) throws ControlException {
    assertThat(pair.client(round % 2).status().nodes()).hasSize(2);
    try {
      return pair.client(1).createExport("vm1", List.of()).volume() != null;
    } catch (ControlException e) {
      return !e.isUnreachable() || e.problem().what().contains("bad JSON");
    }
  }

  private synchronized List<PeerProxy.Json> meddled(PeerProxy.Json frame) {
    if (!meddling) {
      return List.of(frame);
    }
    List<PeerProxy.Json> frames = new ArrayList<>();
    if (frame.type() == PeerProxy.NODE_REPORT) {
      String report = new String(frame.payload(), UTF_8);
      for (int more = 0; more < FRAMES_FOR_ONE; more++) {
        frames.add(frame.with(mutator.mutated(report)));
        frames.add(json(PeerProxy.CONTROL_REQUEST, REQUEST));
        frames.add(json(PeerProxy.CONTROL_REPLY, REPLY));
      }
    } else if (frame.type() == PeerProxy.CONTROL_REPLY && random.nextBoolean()) {
      frames.add(frame.with(mutator.mutated(REPLY)));
    } else {
      frames.add(frame);
    }
    sent.addAndGet(frames.size());
    return frames;
  }

  private PeerProxy.Json json(int type, String text) {
    byte[] id = ByteBuffer.allocate(Long.BYTES).putLong(random.nextLong()).array();
    return new PeerProxy.Json(type, id, mutator.mutated(text));
  }
}
