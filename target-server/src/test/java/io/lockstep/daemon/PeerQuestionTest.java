package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerInquiry.Answer;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the other node's answers and silences on its two ways come to.
@Tag("unit")
class PeerQuestionTest {
  private static final NodeIdentity MIRROR =
      new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "pair", 1);
  private static final PeerInquiry NEVER = (_, _) -> {};
  private static final PeerInquiry SILENT = (_, done) -> done.accept(new Answer.Silent());
  private static final Answer AT_A_PORTAL = new Answer.Mute("10.0.0.1:3260");
  private static final Answer CALLED = new Answer.Mute("10.0.0.1 (the control connection)");

  private final VirtualLoop loop = new VirtualLoop();

  private Answer asked(PeerInquiry contact, PeerInquiry portals) {
    List<Answer> answers = new ArrayList<>();
    long began = loop.nowNanos();
    new PeerQuestion(loop, contact, portals).ask(MIRROR, answers::add);
    loop.runUntil(() -> !answers.isEmpty(), 100);
    assertThat(loop.nowNanos() - began).isLessThan(PeerInquiry.ANSWER_NANOS_MAX);
    return answers.getFirst();
  }

  @Test
  void theFirstWordCounts() {
    Answer primary = new Answer.Primary("the control connection", 4);
    assertThat(asked((_, done) -> done.accept(primary), NEVER)).isEqualTo(primary);
    assertThat(asked(NEVER, (_, done) -> done.accept(primary))).isEqualTo(primary);
  }

  @Test
  void nobodyIsReachedOnlyWhereNoWayIsTaken() {
    assertThat(asked(SILENT, SILENT)).isEqualTo(new Answer.Silent());
    assertThat(asked(SILENT, (_, done) -> done.accept(AT_A_PORTAL))).isEqualTo(AT_A_PORTAL);
    assertThat(asked((_, done) -> done.accept(CALLED), SILENT)).isEqualTo(CALLED);
  }

  @Test
  void aQuestionThatWasTakenAndIsNotAnsweredComesFromANodeThatSaysNothing() {
    assertThat(asked(NEVER, SILENT)).isEqualTo(new Answer.Mute("the control connection"));
    assertThat(asked(NEVER, (_, done) -> done.accept(AT_A_PORTAL))).isEqualTo(AT_A_PORTAL);
  }

  @Test
  void anAnswerThatSaysNothingOfTheMirrorLeavesWhatTheCallsShow() {
    var none = new io.lockstep.control.verb.Answer.Good(200, List.of());
    assertThat(PeerQuestion.read(none, MIRROR, java.util.Optional.empty()))
        .isEqualTo(new Answer.Silent());
    assertThat(PeerQuestion.read(none, MIRROR, java.util.Optional.of("10.0.0.1")))
        .isEqualTo(CALLED);
  }
}
