package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.JsonMutator;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.client.ControlException;
import io.lockstep.peers.Message;
import io.lockstep.peers.MessageWriter;
import io.lockstep.peers.PeerLimits;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Wrong JSON on the control connection between two running nodes, in messages that are right:
/// reports, requests and replies that no node would write. Both live, and answer whoever asks them
/// meanwhile; when it ends, they are in sync and know each other. `-Dlockstep.seed=N` repeats the
/// dice, `-Dlockstep.long=true` goes on for a hundred times as long.
@Timeout(3600)
@Tag("fuzz")
final class PeerFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 6_000 : 60;
  private static final int MESSAGES_FOR_ONE = 20;

  private static final int AT_TYPE = 6;
  private static final int REPLY_TYPE = 17;
  private static final int REPORT = 18;

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
        var proxy = PeerProxy.talking(pair.controlPort(), (_, message) -> meddled(message))) {
      pair.dialControl(proxy.port());
      pair.startInSync();
      pair.client(0).createVolume("vm1", 4 << 20);
      meddling = true;

      int answered = 0;
      for (int round = 0; round < ROUNDS; round++) {
        answered += asked(pair, round) ? 1 : 0;
        pair.assertAlive("seed %d, round %d, %d messages".formatted(SEED, round, sent.get()));
      }

      meddling = false;
      assertThat(sent).hasValueGreaterThan(MESSAGES_FOR_ONE * 4);
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
      return !e.isUnreachable() || e.problem().what().contains("cannot be read");
    }
  }

  private synchronized byte[] meddled(byte[] message) {
    int type = message[AT_TYPE];
    if (!meddling) {
      return message;
    }
    var out = new ByteArrayOutputStream();
    if (type == REPORT) {
      byte[] body = Arrays.copyOfRange(message, PeerLimits.HEADER_BYTES, message.length);
      String report = new String(body, UTF_8);
      for (int more = 0; more < MESSAGES_FOR_ONE; more++) {
        add(out, new Message.Report(mutator.mutated(report)));
        add(out, new Message.Request(random.nextLong(), mutator.mutated(REQUEST)));
        add(out, new Message.Reply(random.nextLong(), mutator.mutated(REPLY)));
      }
    } else if (type == REPLY_TYPE && random.nextBoolean()) {
      long id = ByteBuffer.wrap(message).getLong(PeerLimits.HEADER_BYTES);
      add(out, new Message.Reply(id, mutator.mutated(REPLY)));
    } else {
      out.writeBytes(message);
      sent.incrementAndGet();
    }
    return out.toByteArray();
  }

  private void add(ByteArrayOutputStream out, Message message) {
    out.writeBytes(MessageWriter.encode(message));
    sent.incrementAndGet();
  }
}
