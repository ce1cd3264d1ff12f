package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.InRange;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.verb.Answer;

/// The answer to a [PeerRequest], as JSON in a REPLY. Immutable; fields are only ever
/// added, with a new version.
///
/// @param version of this form; 0 from a node that did not say it yet
/// @param status the HTTP status; below 300 it was done
/// @param body JSON of the message or problem, as text
record PeerReply(int version, @InRange(min = 200, max = 599) int status, String body) {
  static final int VERSION = 1;

  /// Longest encoded reply: what one message between the nodes carries.
  static final int BYTES_MAX = 1 << 20;

  /// Encodes an answer; one that no message can carry becomes a failure that says so.
  static byte[] encode(Answer answer) {
    byte[] json = Json.bytes(of(answer));
    return json.length <= BYTES_MAX
        ? json
        : Json.bytes(
            of(
                Answer.failed(
                    "The answer was not passed on",
                    "it has %d bytes, %d are possible".formatted(json.length, BYTES_MAX),
                    "ask at that node's own socket")));
  }

  private static PeerReply of(Answer answer) {
    return switch (Answer.settled(answer)) {
      case Answer.Good(int status, Object body) ->
          new PeerReply(VERSION, status, new String(Answer.json(body), UTF_8));
      case Answer.Bad bad -> new PeerReply(VERSION, bad.status(), Json.text(bad.problem()));
    };
  }

  /// The answer that the other node gave.
  static Answer decode(byte[] json) throws Json.BadJsonException {
    PeerReply reply = Json.read(json, PeerReply.class);
    if (reply.status < 300) {
      // Passed on as it is; but nobody is told that JSON is coming when it is not.
      Json.read(reply.body.getBytes(UTF_8), Object.class);
      return new Answer.Good(reply.status, new Answer.RawJson(reply.body));
    }
    Problem problem = Json.read(reply.body.getBytes(UTF_8), Problem.class);
    return new Answer.Bad(reply.status, problem.refusal());
  }
}
