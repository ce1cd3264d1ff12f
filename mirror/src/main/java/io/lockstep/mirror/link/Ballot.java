package io.lockstep.mirror.link;

import io.lockstep.block.Loop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question to the [Witness]: it has one answer, in time. Belongs to the mirror's loop.
public final class Ballot {
  /// How long the witness may take; after that its word is unknown.
  public static final long ANSWER_NANOS_MAX = 5_000_000_000L;

  private final Consumer<Witness.Answer> done;
  private boolean answered;
  private Loop.@Nullable Timer limit;

  private Ballot(Consumer<Witness.Answer> done) {
    this.done = done;
  }

  /// Asks.
  ///
  /// @param done called once, in this call or later
  public static void cast(
      Loop loop, Witness witness, Witness.Question question, Consumer<Witness.Answer> done) {
    var ballot = new Ballot(done);
    witness.ask(question, ballot::answered);
    if (!ballot.answered) {
      ballot.limit = loop.schedule(ballot::tooLate, ANSWER_NANOS_MAX);
    }
  }

  private void tooLate() {
    answered(
        new Witness.Answer.Unknown(
            "the witness has not answered within %d s"
                .formatted(ANSWER_NANOS_MAX / 1_000_000_000)));
  }

  private void answered(Witness.Answer answer) {
    if (answered) {
      return;
    }
    answered = true;
    Loop.Timer running = limit;
    if (running != null) {
      running.cancel();
    }
    done.accept(answer);
  }
}
