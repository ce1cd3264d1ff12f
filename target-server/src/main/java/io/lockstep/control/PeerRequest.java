package io.lockstep.control;

import io.lockstep.control.api.Json;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A request of the control API that one node passes on to the other, as JSON in a REQUEST.
/// Immutable.
///
/// Fields are only ever added, with a new version; what a newer node says beyond what is known here
/// is skipped, and what it asks beyond that is answered as it would be at the socket.
///
/// @param version of this form; 0 from a node that did not say it yet
/// @param method the HTTP method
/// @param path the path, without a query
/// @param body Base64 of the request's body
/// @param fromNode the name of the node that passes it on
/// @param account whom that node's kernel vouches for
/// @param actor the name given, or empty
/// @param from the way given, or empty; null from a node that does not say it
record PeerRequest(
    int version,
    String method,
    String path,
    String body,
    String fromNode,
    String account,
    String actor,
    @Nullable String from) {
  static final int VERSION = 2;

  /// Longest name of a node or an account, in the audit trail.
  private static final int NAME_LENGTH_MAX = 64;

  static PeerRequest of(Call call, String fromNode) {
    return new PeerRequest(
        VERSION,
        call.method(),
        call.path(),
        Base64.getEncoder().encodeToString(call.body()),
        fromNode,
        call.caller().account(),
        call.caller().actor(),
        call.caller().from());
  }

  byte[] encode() {
    return Json.bytes(this);
  }

  /// The call that was passed on; not to be passed on again.
  static Call decode(byte[] json) throws Json.BadJsonException {
    PeerRequest request = Json.read(json, PeerRequest.class);
    if (!request.path.startsWith("/")) {
      throw new Json.BadJsonException("path does not begin with a slash");
    }
    String from = request.from == null ? "" : request.from;
    if (!Caller.isActor(request.actor) || !Caller.isActor(from)) {
      throw new Json.BadJsonException(
          "actor and from are not printable ASCII of at most 64 characters");
    }
    byte[] body;
    try {
      body = Base64.getDecoder().decode(request.body);
    } catch (IllegalArgumentException e) {
      throw new Json.BadJsonException("body is not Base64: " + e.getMessage());
    }
    String account = clipped(request.account) + " at node " + clipped(request.fromNode);
    var caller = new Caller(account, request.actor, from);
    return new Call(request.method, request.path, body, caller, true);
  }

  private static String clipped(String name) {
    return name.length() <= NAME_LENGTH_MAX ? name : name.substring(0, NAME_LENGTH_MAX);
  }
}
