package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A change is written when it is answered, when it was not answered in time, and not at all where
/// the other node has done it.
@Tag("unit")
final class ChangesTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final SampleNode node = new SampleNode(loop, "b", false);

  private Reply begin() {
    var call =
        new Call("POST", "/v1/volumes", new byte[0], new Caller("uid 0", "admin", "CLI"), false);
    return new Changes(node)
        .begin(Requests.CREATE_VOLUME.change().orElseThrow(), call, "vm1", _ -> {});
  }

  private List<String> results() {
    loop.runReady();
    return node.trail().lines().stream().map(line -> line.outcome().result()).toList();
  }

  @Test
  void aChangeWithoutAnAnswerIsWrittenInTimeAndAgainWhenItEnds() {
    Reply reply = begin();
    assertThat(results()).isEmpty();
    loop.advance(Call.ANSWER_NANOS_MAX);
    assertThat(results()).containsExactly(AuditInfo.UNANSWERED);
    reply.accept(Answer.refused("Nothing", "too late", ""));
    reply.accept(Answer.refused("Nothing", "twice", ""));
    loop.advance(Call.ANSWER_NANOS_MAX);

    assertThat(results()).containsExactly(AuditInfo.UNANSWERED, AuditInfo.REFUSED);
  }

  @Test
  void whatTheOtherNodeHasDoneIsNotWrittenHereLaterEither() {
    begin().fromOtherNode(Answer.refused("Nothing", "there", ""));
    loop.advance(2 * Call.ANSWER_NANOS_MAX);

    assertThat(results()).isEmpty();
  }
}
