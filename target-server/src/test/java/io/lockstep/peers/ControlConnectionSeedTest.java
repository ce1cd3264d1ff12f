package io.lockstep.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.peers.ControlConnection.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The control connection among cables that are cut and mended and daemons that die and come back,
/// by seeds. Each question ends once, what is answered is what was asked, what a node sees of an
/// address is soon so; and each of the things that may happen did.
@Tag("simulation")
final class ControlConnectionSeedTest {
  private static final int SEEDS = Integer.getInteger("lockstep.seeds", 200);
  private static final int STEPS = 60;

  /// Greeting, silence and pauses together.
  private static final int SETTLED_SECONDS = 15;

  private final Map<String, Integer> counts = new TreeMap<>();

  private void counted(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  @Test
  void whateverHappensEachQuestionEndsOnceAndTheNodesMeetAgain() {
    for (long seed = 0; seed < SEEDS; seed++) {
      run(seed);
    }
    assertThat(counts)
        .containsOnlyKeys(
            "address cut",
            "address mended",
            "answered",
            "daemon died",
            "lost",
            "not asked",
            "one address only");
  }

  private void run(long seed) {
    var world = new PeerWorld(seed);
    List<List<Outcome>> asked = new ArrayList<>();
    world.start();
    for (int step = 0; step < STEPS; step++) {
      happens(world, asked);
      world.run(world.random.nextInt(4));
    }
    for (int address = 0; address < world.cut.length; address++) {
      world.cut[address] = false;
    }
    world.run(SETTLED_SECONDS);
    for (PeerWorld.Node node : world.nodes) {
      assertThat(node.isUp(0) && node.isUp(1)).as("both addresses, seed %d", seed).isTrue();
    }
    world.run(TimeUnit.NANOSECONDS.toSeconds(PeerLimits.ANSWER_NANOS_MAX) + 1);
    for (List<Outcome> outcomes : asked) {
      assertThat(outcomes).as("a question ends once, seed %d", seed).hasSize(1);
      counted(
          switch (outcomes.getFirst()) {
            case Outcome.Answered(byte[] body) -> {
              assertThat(body).asString().startsWith("question");
              yield "answered";
            }
            case Outcome.Unanswered(String _, boolean was) -> was ? "lost" : "not asked";
          });
    }
  }

  private void happens(PeerWorld world, List<List<Outcome>> asked) {
    PeerWorld.Node node = world.nodes.get(world.random.nextInt(2));
    int address = world.random.nextInt(world.cut.length);
    switch (world.random.nextInt(6)) {
      case 0 -> {
        world.cut[address] = !world.cut[address];
        counted(world.cut[address] ? "address cut" : "address mended");
        if (world.cut[address] && !world.cut[1 - address]) {
          world.run(SETTLED_SECONDS);
          assertThat(node.isUp(address)).isFalse();
          assertThat(node.isUp(1 - address)).isTrue();
          counted("one address only");
        }
      }
      case 1 -> {
        node.connection.close("this node ends");
        node.alive = false;
        world.run(world.random.nextInt(3));
        node.start();
        counted("daemon died");
      }
      default -> {
        asked.add(node.ask("question " + asked.size()));
        node.connection.report(new byte[] {'{', '}'});
      }
    }
  }
}
