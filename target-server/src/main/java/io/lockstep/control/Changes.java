package io.lockstep.control;

import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Verb;
import io.lockstep.control.verb.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Sees to it that each change that is asked for becomes a line of the audit trail, at the node
/// that carries it out or refuses it: who, what, before and after, and how it ended. Belongs to the
/// node's loop; lines are drawn where they are written.
final class Changes {
  private static final int TEXT_LENGTH_MAX = 1000;

  private final NodeControl node;

  Changes(NodeControl node) {
    this.node = node;
  }

  /// A change begins; the picture of what it is about is taken before its handler runs.
  ///
  /// @param name the decoded name in the path, or empty
  Reply begin(Verb.Change change, Call call, String name, Consumer<Answer> done) {
    var underWay = new UnderWay(change, call, name);
    return new Reply(done, underWay::ended, underWay.deadline::cancel);
  }

  private final class UnderWay {
    private final Verb.Change change;
    private final Call call;
    private final @Nullable Map<String, Object> asked;
    private final ChangeSubject subject;
    private final Loop.Timer deadline;
    private @Nullable PairPicture before;

    UnderWay(Verb.Change change, Call call, String name) {
      this.change = change;
      this.call = call;
      this.asked = asked(call.body());
      this.subject = ChangeSubject.of(change.subject(), name, asked, node.nodeName());
      if (subject.hasPicture()) {
        picture(taken -> before = taken, () -> {});
      }
      this.deadline = node.loop().schedule(this::unanswered, Call.ANSWER_NANOS_MAX);
    }

    private void unanswered() {
      long seconds = TimeUnit.NANOSECONDS.toSeconds(Call.ANSWER_NANOS_MAX);
      String why = "no answer after " + seconds + " s";
      write(() -> new AuditInfo.Outcome(AuditInfo.UNANSWERED, why, null, null));
    }

    void ended(Answer answer) {
      deadline.cancel();
      switch (answer) {
        case Answer.Bad(int status, Refusal refusal) ->
            write(
                () ->
                    new AuditInfo.Outcome(
                        changedNothing(status) ? AuditInfo.REFUSED : AuditInfo.FAILED,
                        refusal.sentence(),
                        null,
                        null));
        case Answer.Good _ when subject.isLookedAtAfterwards() ->
            picture(after -> done(answer, after), () -> done(answer, null));
        case Answer.Good _ -> done(answer, null);
      }
    }

    private static boolean changedNothing(int status) {
      return status < 500 || status == 503;
    }

    private void done(Answer answer, @Nullable PairPicture after) {
      write(() -> outcome(answer, after));
    }

    private AuditInfo.Outcome outcome(Answer answer, @Nullable PairPicture after) {
      try {
        return switch (Answer.settled(answer)) {
          case Answer.Good(int _, Object body) -> subject.outcome(before, after, body);
          case Answer.Bad(int _, Refusal refusal) ->
              new AuditInfo.Outcome(AuditInfo.FAILED, refusal.sentence(), null, null);
        };
      } catch (RuntimeException e) {
        String why = "what it was and is could not be drawn: " + e;
        return new AuditInfo.Outcome(AuditInfo.DONE, why, null, null);
      }
    }

    private void write(Supplier<AuditInfo.Outcome> outcome) {
      Instant now = Instant.now();
      Caller caller = call.caller();
      node.audit()
          .write(
              () ->
                  new AuditInfo(
                      AuditInfo.When.of(now, node.nodeName()),
                      new AuditInfo.Who(caller.account(), caller.actor(), caller.from()),
                      new AuditInfo.What(change.words(), subject.text(), asked),
                      outcome.get()));
    }
  }

  /// Gives a picture, if there is one: a node that cannot draw itself changes nothing less for it.
  private void picture(Consumer<PairPicture> taken, Runnable none) {
    try {
      node.picture(taken);
    } catch (RuntimeException e) {
      none.run();
    }
  }

  /// What a request carries: its fields, or its text if it has none.
  private static @Nullable Map<String, Object> asked(byte[] body) {
    if (body.length == 0) {
      return null;
    }
    try {
      Map<String, Object> fields = Json.fields(body);
      return fields.isEmpty() ? null : fields;
    } catch (Json.BadJsonException e) {
      String text = new String(body, StandardCharsets.UTF_8);
      return Map.of("text", text.substring(0, Math.min(text.length(), TEXT_LENGTH_MAX)));
    }
  }
}
