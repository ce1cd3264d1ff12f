package io.lockstep.control;

import io.lockstep.control.verb.Answer;
import java.util.function.Consumer;

/// Takes the answer to a request. The first one counts: a handler that has answered and then throws
/// has answered. Belongs to the node's loop.
final class Reply implements Consumer<Answer> {
  private final Consumer<Answer> done;
  private final Consumer<Answer> witness;
  private final Runnable elsewhere;
  private boolean answered;

  /// @param witness sees the answer too, unless it was given, and seen, at the other node
  /// @param elsewhere runs then
  Reply(Consumer<Answer> done, Consumer<Answer> witness, Runnable elsewhere) {
    this.done = done;
    this.witness = witness;
    this.elsewhere = elsewhere;
  }

  /// To a request that changes nothing.
  static Reply to(Consumer<Answer> done) {
    return new Reply(done, _ -> {}, () -> {});
  }

  @Override
  public void accept(Answer answer) {
    if (!answered) {
      answered = true;
      witness.accept(answer);
      done.accept(answer);
    }
  }

  /// The other node has given this answer.
  void fromOtherNode(Answer answer) {
    if (!answered) {
      answered = true;
      elsewhere.run();
      done.accept(answer);
    }
  }
}
