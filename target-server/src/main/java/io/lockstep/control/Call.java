package io.lockstep.control;

import io.lockstep.control.api.Json;
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
              method + " " + path + " was not done",
              "the body is not the JSON that belongs there: " + e.getMessage(),
              "see docs/control-api.yaml"));
      return;
    }
    use.accept(message);
  }
}
