package io.lockstep.node;

import io.lockstep.block.Completion;
import io.lockstep.control.verb.Answer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Changes on the Primary, one after another, each refused if the node is Primary no longer.
/// Belongs to the mirror's loop.
final class PrimaryTurns {
  private final ServedVolumes primary;
  private final ChangeQueue queue;

  PrimaryTurns(ServedVolumes primary, ChangeQueue queue) {
    this.primary = primary;
    this.queue = queue;
  }

  /// Runs `work` in its turn, if this node is still Primary then.
  ///
  /// @param what the beginning of a refusal
  void run(String what, Consumer<Answer> done, Consumer<Consumer<Answer>> work) {
    boolean taken =
        queue.take(
            ended -> {
              Consumer<Answer> end =
                  answer -> {
                    ended.run();
                    done.accept(answer);
                  };
              if (primary.isOpen()) {
                work.accept(end);
              } else {
                end.accept(
                    Answer.unavailable(
                        what, "this node is no longer Primary", "ask again, at the new Primary"));
              }
            });
    if (!taken) {
      done.accept(
          Answer.unavailable(
              what, ChangeQueue.WAITING_MAX + " changes wait already", "try again later"));
    }
  }

  /// Stores something, and answers when it is stable.
  void store(
      String what,
      Consumer<Completion> storing,
      Consumer<Answer> end,
      Supplier<Answer> whenStable) {
    if (!primary.isOpen()) {
      end.accept(Answer.failed(what, "this node is no longer Primary", "look at the other node"));
      return;
    }
    storing.accept(
        result -> {
          if (result.isOk() && primary.isOpen()) {
            end.accept(whenStable.get());
          } else {
            end.accept(VolumeAnswers.notStored(what, result));
          }
        });
  }
}
