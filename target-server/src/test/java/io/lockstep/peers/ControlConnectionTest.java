package io.lockstep.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.peers.ControlConnection.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The control connection, case by case.
@Tag("unit")
final class ControlConnectionTest {
  private final PeerWorld world = new PeerWorld(1);
  private final PeerWorld.Node a = world.nodes.get(0);
  private final PeerWorld.Node b = world.nodes.get(1);

  private void meet() {
    world.start();
    world.run(1);
    assertThat(a.isUp(0) && a.isUp(1) && b.isUp(0) && b.isUp(1)).isTrue();
  }

  @Test
  void bothAskOverItAndTell() {
    meet();
    List<Outcome> atA = a.ask("from a");
    List<Outcome> atB = b.ask("from b");
    a.connection.report("a lives".getBytes(UTF_8));
    world.run(1);

    assertAnswered(atA, "from a");
    assertAnswered(atB, "from b");
    assertThat(b.reports).containsExactly("a lives");
  }

  private static void assertAnswered(List<Outcome> outcomes, String text) {
    assertThat(outcomes)
        .singleElement()
        .isInstanceOfSatisfying(
            Outcome.Answered.class, answer -> assertThat(answer.body()).asString().isEqualTo(text));
  }

  private static void assertUnanswered(List<Outcome> outcomes, boolean asked, String why) {
    assertThat(outcomes)
        .singleElement()
        .isInstanceOfSatisfying(
            Outcome.Unanswered.class,
            none -> {
              assertThat(none.asked()).isEqualTo(asked);
              assertThat(none.why()).contains(why);
            });
  }

  @Test
  void oneCutCableIsSeenAndTheOtherOneCarriesOn() {
    meet();
    world.cut[0] = true;
    world.run(6);
    for (PeerWorld.Node node : world.nodes) {
      assertThat(node.isUp(0)).isFalse();
      assertThat(node.isUp(1)).isTrue();
      assertThat(node.connection.view().lost(world.loop.nowNanos())).isEmpty();
    }
    List<Outcome> asked = a.ask("over the other one");
    world.run(5);

    assertAnswered(asked, "over the other one");
    assertThat(a.connection.view().lost(world.loop.nowNanos()))
        .extracting(ControlView.Watched::address)
        .containsExactly("10.0.0.1");
    world.cut[0] = false;
    world.run(8);
    assertThat(a.isUp(0) && b.isUp(0)).isTrue();
  }

  @Test
  void withoutALineAQuestionIsRefusedWithTheReasonOfEachAddress() {
    a.start();
    world.run(1);
    List<Outcome> asked = a.ask("anybody?");
    world.run(1);

    assertUnanswered(asked, false, "10.0.0.1: the nodes have not met there yet; 10.0.1.1: ");
  }

  @Test
  void aQuestionEndsWithItsLine() {
    meet();
    b.answers = false;
    List<Outcome> asked = a.ask("slow");
    world.run(1);
    world.cut[0] = true;
    world.run(6);

    assertUnanswered(asked, true, "nothing was heard for 4 s");
    assertThat(b.requests).isEqualTo(1);
    b.unanswered.getFirst().accept("late".getBytes(UTF_8));
    world.run(1);
    assertThat(asked).hasSize(1);
  }

  @Test
  void aQuestionEndsInTime() {
    meet();
    b.answers = false;
    List<Outcome> asked = a.ask("never");
    world.run(TimeUnit.NANOSECONDS.toSeconds(PeerLimits.ANSWER_NANOS_MAX) + 1);

    assertUnanswered(asked, true, "not answered in time");
    b.answers = true;
    List<Outcome> next = a.ask("now");
    world.run(1);
    assertAnswered(next, "now");
  }

  @Test
  void questionsBeyondTheirNumberAreRefused() {
    meet();
    b.answers = false;
    List<List<Outcome>> asked = new ArrayList<>();
    for (int count = 0; count <= PeerLimits.QUESTIONS_MAX; count++) {
      asked.add(a.ask("question " + count));
    }
    world.run(1);

    assertUnanswered(asked.getLast(), false, "64 questions to it are open");
    assertThat(asked.getFirst()).isEmpty();
    assertThat(a.isUp(0)).isTrue();
  }

  @Test
  void whoAsksMoreThanMayBeOpenIsLeft() {
    a.start();
    a.answers = false;
    PeerWorld.End peer = world.stranger(a, 0);
    peer.send(Greetings.of(PeerWorld.identity(1), 0));
    peer.send(new Message.Beat(1));
    for (int id = 0; id <= PeerLimits.QUESTIONS_MAX; id++) {
      peer.send(new Message.Request(id, new byte[1]));
    }
    world.run(1);

    assertThat(a.requests).isEqualTo(PeerLimits.QUESTIONS_MAX);
    assertThat(peer.taken).last().isInstanceOf(Message.Goodbye.class);
  }

  /// Both would have thought that theirs is the one.
  @Test
  void whoComesSecondToAnAddressIsTurnedAway() {
    meet();
    PeerWorld.End second = world.stranger(a, 0);
    second.send(Greetings.of(PeerWorld.identity(1), 0));
    world.run(1);

    assertThat(second.taken)
        .containsExactly(
            new Message.Refuse("there is a control connection over this address already"));
    assertThat(a.isUp(0)).isTrue();
  }

  @Test
  void ofTwoThatGreetAtOnceTheFirstToBeatStands() {
    a.start();
    PeerWorld.End first = world.stranger(a, 0);
    PeerWorld.End second = world.stranger(a, 0);
    first.send(Greetings.of(PeerWorld.identity(1), 0));
    second.send(Greetings.of(PeerWorld.identity(1), 0));
    world.run(1);
    second.send(new Message.Beat(1));
    world.run(1);
    first.send(new Message.Beat(1));
    world.run(1);

    assertThat(first.taken).last().isInstanceOf(Message.Refuse.class);
    assertThat(second.isClosedThere()).isFalse();
  }

  @Test
  void aStrangerIsToldNothingAndGoes() {
    a.start();
    PeerWorld.End silent = world.stranger(a, 0);
    PeerWorld.End asking = world.stranger(a, 1);
    asking.send(new Message.Request(1, "who is there?".getBytes(UTF_8)));
    world.run(4);

    assertThat(silent.taken).isEmpty();
    assertThat(asking.taken).isEmpty();
    assertThat(silent.isClosedThere() && asking.isClosedThere()).isTrue();
    assertThat(a.requests).isZero();
    assertThat(a.connection.view().addresses())
        .extracting(ControlView.Watched::why)
        .containsOnly("the nodes have not met there yet");
  }

  @Test
  void anotherPairIsRefusedWithAReasonOnBothSides() {
    assertRefused(
        new PeerIdentity(new UUID(9, 9), 1, "x", "other", "lockstep 0.1.0"),
        "nodes of different pairs: node a belongs to pair k7x2ma, node x to pair other; correct"
            + " peer.addresses and peer.port, or initialise the wrong disk again");
  }

  private static void assertRefused(PeerIdentity stranger, String reason) {
    var strange = new PeerWorld(2, PeerWorld.identity(0), stranger);
    strange.start();
    strange.run(10);
    List<Outcome> asked = strange.nodes.get(1).ask("anything");
    strange.run(1);

    assertThat(strange.nodes.get(0).connection.view().addresses())
        .allSatisfy(one -> assertThat(one.why()).isEqualTo(reason));
    assertUnanswered(asked, false, "the other node refuses: " + reason);
  }

  @Test
  void anotherOrderOfTheAddressesIsRefused() {
    a.start();
    PeerWorld.End caller = world.stranger(a, 0);
    caller.send(Greetings.of(PeerWorld.identity(1), 1));
    world.run(1);

    assertThat(caller.taken)
        .containsExactly(
            new Message.Refuse(
                "node a has at place 1 of peer.addresses what node b has at place 2; write the"
                    + " same list on both nodes"));
  }

  @Test
  void theSameNodeIdIsRefused() {
    a.start();
    PeerWorld.End caller = world.stranger(a, 0);
    caller.send(Greetings.of(new PeerIdentity(PeerWorld.PAIR, 0, "c", "k7x2ma", ""), 0));
    world.run(1);

    assertThat(caller.taken)
        .containsExactly(
            new Message.Refuse(
                "both nodes, a and c, say that they are node 0; initialise one of them with the"
                    + " other id"));
  }

  @Test
  void whoGreetsAndThenSaysNothingGoes() {
    a.start();
    PeerWorld.End half = world.stranger(a, 0);
    half.send(Greetings.of(PeerWorld.identity(1), 0));
    world.run(4);

    assertThat(half.isClosedThere()).isTrue();
    assertThat(a.isUp(0)).isFalse();
  }

  @Test
  void whoTakesCallsAndSaysNothingIsMuteUntilItIsHeardOrNobodyTakesThem() {
    a.frozen = true;
    world.start();
    for (int second = 0; second < 30; second++) {
      world.run(1);
      assertThat(b.connection.muteAt()).as("after %d s", second + 1).contains("10.0.0.1");
    }
    a.alive = false;
    world.run(15);
    assertThat(b.connection.muteAt()).as("nobody listens").isEmpty();
    a.frozen = false;
    a.start();
    world.run(4);
    assertThat(b.isUp(0)).isTrue();
    assertThat(b.connection.muteAt()).isEmpty();
  }

  @Test
  void aStrangersSilenceIsNobodys() {
    a.start();
    world.stranger(a, 0);
    world.run(1);
    assertThat(a.connection.muteAt()).isEmpty();
  }

  @Test
  void aNodeThatLeavesSaysSo() {
    meet();
    a.connection.close("this node ends");
    a.alive = false;
    world.run(1);

    assertThat(b.isUp(0)).isFalse();
    assertThat(a.connection.isUp()).isFalse();
  }
}
