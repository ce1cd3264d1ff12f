package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.Ballot;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.sim.MirrorPair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The third vote is asked where a node would go on without the other, and nothing goes on before
/// it has agreed.
@Tag("run-book")
class WitnessTest {
  private static final long SECOND = 1_000_000_000L;

  /// Answers when it is told to.
  private static final class Slow implements Witness {
    private final List<Question> questions = new ArrayList<>();
    private final List<Consumer<Answer>> waiting = new ArrayList<>();

    @Override
    public void ask(Question question, Consumer<Answer> done) {
      questions.add(question);
      waiting.add(done);
    }

    private void answers(Answer answer) {
      List<Consumer<Answer>> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(done -> done.accept(answer));
    }
  }

  private final Slow slow = new Slow();

  /// A is Primary, with a witness, and has lost the other node.
  private MirrorPair alone(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.restart(A, slow).runUntilWhole();
    if (!pair.isServing(A)) {
      assertThat(pair.demote(B)).isInstanceOf(CommandResult.Done.class);
      assertThat(pair.promote(A)).isInstanceOf(CommandResult.Done.class);
    }
    assertThat(slow.questions).as("nothing was done alone").isEmpty();
    return pair.cutLink();
  }

  @Test
  void aWriteIsNotAcknowledgedAloneBeforeTheWitnessHasAgreed() {
    var pair = alone(1);
    CompletableFuture<IoResult> write = pair.writing(A, 7, 5);
    pair.runFor(SECOND);
    assertThat(slow.questions)
        .singleElement()
        .isInstanceOfSatisfying(
            Witness.Question.GoOnAlone.class,
            question -> {
              assertThat(question.nodeId()).isEqualTo(A);
              assertThat(question.term()).isEqualTo(pair.status(A).term());
              assertThat(question.generation()).isNotEqualTo(pair.stableGeneration(A));
            });
    assertThat(write).isNotDone();
    slow.answers(new Witness.Answer.Yes());
    pair.runUntil("acknowledged", write::isDone);
    assertThat(write.join()).isEqualTo(IoResult.OK);
    assertThat(pair.stableGeneration(A))
        .isEqualTo(((Witness.Question.GoOnAlone) slow.questions.getFirst()).generation());
  }

  @Test
  void aWriteThatTheWitnessRefusesWaitsAndIsAskedForAgain() {
    var pair = alone(2);
    CompletableFuture<IoResult> write = pair.writing(A, 7, 5);
    pair.runFor(SECOND);
    long generation = pair.stableGeneration(A);
    slow.answers(new Witness.Answer.No("the other node serves"));
    pair.runFor(2 * SECOND);
    assertThat(write).isNotDone();
    assertThat(pair.stableGeneration(A)).as("nothing says that it went on").isEqualTo(generation);
    assertThat(pair.noted(A))
        .anyMatch(
            told -> told.startsWith("writes-held: ") && told.contains("the other node serves"));
    assertThat(slow.questions).hasSize(2);
    slow.answers(new Witness.Answer.Yes());
    pair.runUntil("acknowledged", write::isDone);
    assertThat(write.join()).isEqualTo(IoResult.OK);
    assertThat(pair.noted(A)).contains("writes-released: this node goes on alone");
  }

  @Test
  void aWitnessThatIsSilentIsAskedAgain() {
    var pair = alone(3);
    CompletableFuture<IoResult> write = pair.writing(A, 7, 5);
    pair.runFor(Ballot.ANSWER_NANOS_MAX + 3 * SECOND);
    assertThat(slow.questions).hasSize(2);
    assertThat(write).isNotDone();
    assertThat(pair.noted(A)).anyMatch(told -> told.contains("has not answered"));
  }

  /// The nodes meet although the witness is away, and the write then is on both disks.
  @Test
  void nodesThatMeetAgainNeedNoWitness() {
    var pair = alone(4);
    CompletableFuture<IoResult> flush = pair.flushing(A);
    pair.runFor(SECOND);
    slow.answers(new Witness.Answer.Unknown("the witness is away"));
    pair.healLink().runUntilWhole().runUntil("flushed", flush::isDone);
    assertThat(flush.join()).isEqualTo(IoResult.OK);
  }

  /// What was refused waits on its range; it is asked for again, and the resync then ends.
  @Test
  void aRefusedWriteDoesNotKeepTheNodesFromMeeting() {
    var pair = alone(5);
    CompletableFuture<IoResult> write = pair.writing(A, 7, 5);
    pair.runFor(SECOND);
    slow.answers(new Witness.Answer.Unknown("the witness is away"));
    pair.healLink();
    pair.runUntil("met", () -> !pair.status(A).connectionState().isWithoutLink());
    pair.runUntil("asked again", () -> slow.questions.size() == 2);
    slow.answers(new Witness.Answer.Yes());
    pair.runUntil("acknowledged", write::isDone).runUntilWhole();
    assertThat(pair.onDisk(B, 7)).isEqualTo(5);
    pair.assertIdentical();
  }

  // --- promotion ---

  /// B is Secondary, with a witness, and alone.
  private MirrorPair left(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.restart(B, slow).runUntilWhole();
    pair.kill(A).runUntil("noticed", () -> !pair.inSync(B));
    pair.runUntil("alone", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    return pair;
  }

  private static String whyNot(CommandResult result) {
    assertThat(result).isInstanceOf(CommandResult.Refused.class);
    return ((CommandResult.Refused) result).refusal().why();
  }

  @Test
  void nobodyIsPromotedAloneBeforeTheWitnessHasAgreed() {
    var pair = left(6);
    CompletableFuture<CommandResult> promotion = pair.promoting(B);
    pair.runUntil("asked", () -> !slow.questions.isEmpty()).runFor(SECOND);
    assertThat(promotion).isNotDone();
    assertThat(pair.isServing(B)).isFalse();
    slow.answers(new Witness.Answer.Yes());
    pair.runUntil("promoted", promotion::isDone);
    assertThat(promotion.join()).isInstanceOf(CommandResult.Done.class);
    assertThat(slow.questions)
        .singleElement()
        .isInstanceOfSatisfying(
            Witness.Question.Promote.class,
            question -> {
              assertThat(question.nodeId()).isEqualTo(B);
              assertThat(question.term()).isEqualTo(pair.status(B).term());
              assertThat(question.forced()).isFalse();
            });
  }

  @Test
  void aPromotionThatTheWitnessRefusesIsRefused() {
    var pair = left(7);
    CompletableFuture<CommandResult> promotion = pair.promoting(B);
    pair.runUntil("asked", () -> !slow.questions.isEmpty());
    slow.answers(new Witness.Answer.No("the other node's lease has not run out"));
    pair.runUntil("answered", promotion::isDone);
    assertThat(whyNot(promotion.join())).contains("lease has not run out");
    assertThat(pair.isServing(B)).isFalse();
  }

  @Test
  void aPromotionOfWhichTheWitnessSaysNothingIsRefusedInTimeAndALateYesIsNone() {
    var pair = left(8);
    CompletableFuture<CommandResult> promotion = pair.promoting(B);
    pair.runUntil("answered", promotion::isDone);
    assertThat(whyNot(promotion.join())).contains("has not answered within 5 s");
    slow.answers(new Witness.Answer.Yes());
    pair.runFor(SECOND);
    assertThat(pair.isServing(B)).isFalse();
  }

  /// The other node came back while the witness was asked: the nodes meet first.
  @Test
  void aYesThatIsOvertakenByTheOtherNodePromotesNobodyAlone() {
    var pair = left(9);
    CompletableFuture<CommandResult> promotion = pair.promoting(B);
    pair.runUntil("asked", () -> !slow.questions.isEmpty());
    pair.restart(A).runFor(SECOND);
    slow.answers(new Witness.Answer.Yes());
    pair.runUntil("answered", promotion::isDone).runUntilWhole();
    assertThat(promotion.join()).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.isServing(B)).isTrue();
    assertThat(pair.isServing(A)).isFalse();
    pair.assertIdentical();
  }

  // --- time ---

  /// It counted from the loop's clock, which stands still while the machine is suspended.
  @Test
  void howLongANodeHasBeenAloneCountsThroughASuspend() {
    var pair = MirrorPair.seeded(10);
    pair.kill(A);
    pair.runUntil("alone", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    CommandResult result = pair.suspended(B, 3600 * SECOND).promote(B);
    assertThat(result)
        .isInstanceOfSatisfying(
            CommandResult.Done.class, done -> assertThat(done.note()).contains("alone for 36"));
  }
}
