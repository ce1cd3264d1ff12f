package io.lockstep.control.verb;

import io.lockstep.block.Refusal;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/// What a request is answered with. Refusals are values.
public sealed interface Answer {
  /// Done.
  ///
  /// @param status 200, or 201 if something was created
  /// @param body a message of `control.api`, or a list of them
  record Good(int status, Object body) implements Answer {}

  /// Refused or failed.
  ///
  /// @param status of HTTP, from 400
  record Bad(int status, Refusal refusal) implements Answer {
    /// As the control API says it.
    public Problem problem() {
      return new Problem(status, refusal.what(), refusal.why(), refusal.action());
    }
  }

  /// A body that is JSON already: another node's answer.
  record RawJson(String text) {}

  /// A body, or a whole answer, that is made when it is written: on the server's loop, not the
  /// node's.
  record Drawn(Supplier<?> drawing) {}

  /// The answer, its body made if it was not yet.
  static Answer settled(Answer answer) {
    if (!(answer instanceof Good(int status, Drawn(Supplier<?> drawing)))) {
      return answer;
    }
    Object made = drawing.get();
    return made instanceof Answer settled ? settled : new Good(status, made);
  }

  /// A body as JSON.
  static byte[] json(Object body) {
    return body instanceof RawJson(String text)
        ? text.getBytes(StandardCharsets.UTF_8)
        : Json.bytes(body);
  }

  static Answer ok(Object body) {
    return new Good(200, body);
  }

  static Answer created(Object body) {
    return new Good(201, body);
  }

  /// The request itself is wrong, whatever the state of the pair (400).
  static Bad badRequest(String what, String why, String action) {
    return new Bad(400, new Refusal(what, why, action));
  }

  /// What the request is about does not exist (404).
  static Bad notFound(String what, String why, String action) {
    return new Bad(404, new Refusal(what, why, action));
  }

  /// The present state does not allow it (409).
  static Bad refused(String what, String why, String action) {
    return new Bad(409, new Refusal(what, why, action));
  }

  /// The present state does not allow it (409).
  static Bad refused(Refusal refusal) {
    return new Bad(409, refusal);
  }

  /// This node cannot do it now and cannot ask the other one (503).
  static Bad unavailable(String what, String why, String action) {
    return new Bad(503, new Refusal(what, why, action));
  }

  /// Something broke on the way (500); what was done is unknown or said in `why`.
  static Bad failed(String what, String why, String action) {
    return new Bad(500, new Refusal(what, why, action));
  }

  /// Something broke on the way (500).
  static Bad failed(Refusal refusal) {
    return new Bad(500, refusal);
  }
}
