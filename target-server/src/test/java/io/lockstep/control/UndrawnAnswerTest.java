package io.lockstep.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// An answer is drawn when it is written, and that can throw.
@Tag("unit")
final class UndrawnAnswerTest {
  /// The other node got no answer at all, and waited for its deadline.
  @Test
  void anAnswerThatCannotBeDrawnIsAFailureForTheOtherNodeToo() throws Exception {
    var loop = new VirtualLoop();
    var dispatcher = new Dispatcher(new SampleNode(loop, "a", true));
    dispatcher
        .handlers()
        .on(
            Requests.CREATE_VOLUME,
            (_, _, done) -> done.accept(Answer.ok(new Answer.Drawn(UndrawnAnswerTest::drawn))));
    var call = new Call("POST", "/v1/volumes", new byte[0], new Caller("tester", "", ""), false);
    List<byte[]> replies = new ArrayList<>();
    dispatcher.answerPeer(PeerRequest.of(call, "b").encode(), replies::add);
    loop.runReady();

    assertThat(replies).hasSize(1);
    assertThat(PeerReply.decode(replies.getFirst()))
        .isInstanceOfSatisfying(
            Answer.Bad.class,
            bad -> {
              assertThat(bad.problem().status()).isEqualTo(500);
              assertThat(bad.problem().why()).contains("planted in a drawing");
            });
  }

  private static Object drawn() {
    throw new IllegalStateException("planted in a drawing");
  }
}
