package io.lockstep.control;

import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.verb.Answer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A request on its way to its handler.
///
/// @param method `GET`, `POST` or `DELETE`
/// @param path the path as it was sent, without a query
/// @param body the body, empty if there was none
/// @param caller who asks, for the audit
/// @param forwarded whether the other node passed it on: it is not passed on a second time
@SuppressWarnings("ArrayRecordComponent")
record Call(String method, String path, byte[] body, Caller caller, boolean forwarded) {
  /// How long an answer may take; a change without one for so long is written down as that.
  static final long ANSWER_NANOS_MAX = TimeUnit.SECONDS.toNanos(120);

  private static final byte[] EMPTY_OBJECT = {'{', '}'};

  /// The same with another body.
  Call with(byte[] newBody) {
    return new Call(method, path, newBody, caller, forwarded);
  }

  /// What was asked, as the subject of a sentence: people know a change by the words of the command
  /// line and of the audit trail, and never by a path.
  private String subject() {
    return Requests.find(method, path)
        .flatMap(Verb::change)
        .map(change -> "`" + change.words() + "`")
        .orElse("The question");
  }

  /// That it was not done, as a refusal begins.
  String undone() {
    return subject() + (isChange() ? " was not done" : " was not answered");
  }

  /// That nobody knows whether it was done.
  String unanswered() {
    return subject() + " has no answer";
  }

  private boolean isChange() {
    return Requests.find(method, path).flatMap(Verb::change).isPresent();
  }

  /// The body as a message.
  <T> T message(Class<T> type) throws Json.BadJsonException {
    return Json.readRequest(body.length == 0 ? EMPTY_OBJECT : body, type);
  }

  /// Runs `use` with the body as a message, or answers 400. Where no body belongs, none is read.
  <T> void with(Class<T> type, Consumer<Answer> done, Consumer<T> use) {
    T message;
    try {
      message = type.equals(Verb.Nothing.class) ? type.cast(new Verb.Nothing()) : message(type);
    } catch (Json.BadJsonException e) {
      done.accept(
          Answer.badRequest(
              undone(),
              "the body is not the JSON that belongs there: " + e.getMessage(),
              "see docs/control-api.yaml"));
      return;
    }
    use.accept(message);
  }
}
