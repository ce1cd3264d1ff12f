package io.lockstep.control;

import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a request to the route that answers it, on the node that can, and writes the audit line of
/// every change. Belongs to the node's loop.
///
/// A request that another node has to answer travels as an [Envelope] over the link between the
/// nodes, once: what has been passed on is answered where it arrives.
public final class Dispatcher {
  private static final Logger AUDIT = LoggerFactory.getLogger("lockstep.audit");

  private final NodeControl node;

  public Dispatcher(NodeControl node) {
    this.node = node;
  }

  /// A request passed on to the other node.
  ///
  /// @param body Base64 of the request's body
  private record Envelope(
      String method, String path, String body, String fromNode, String account, String actor) {}

  /// The other node's answer.
  ///
  /// @param body JSON of the message or problem, as text
  private record Reply(int status, String body) {}

  /// A body that is JSON already.
  record RawJson(String text) {}

  /// Answers a request that came in at the socket.
  void dispatch(String method, String path, byte[] body, Caller caller, Consumer<Answer> done) {
    dispatch(new Call(method, path, "", body, caller, false), done);
  }

  /// Answers a request that the other node passed on.
  public void answerPeer(byte[] request, Consumer<byte[]> done) {
    Envelope envelope;
    byte[] body;
    try {
      envelope = Json.read(request, Envelope.class);
      body = Base64.getDecoder().decode(envelope.body);
    } catch (Json.BadJsonException | IllegalArgumentException e) {
      done.accept(
          Json.bytes(
              reply(
                  Answer.badRequest(
                      "A request of the other node was not done",
                      "it cannot be read: " + e.getMessage(),
                      "run the same release on both nodes"))));
      return;
    }
    var caller = new Caller(envelope.account + " at node " + envelope.fromNode, envelope.actor);
    var call = new Call(envelope.method, envelope.path, "", body, caller, true);
    dispatch(call, answer -> done.accept(Json.bytes(reply(answer))));
  }

  /// Asks the other node's daemon on this node's own behalf.
  ///
  /// @param path a route for POST
  /// @param body its message
  public void ask(String path, Object body, Consumer<Answer> done) {
    var call = new Call("POST", path, "", Json.bytes(body), new Caller("lockstepd", ""), false);
    forward(call, "it is for the other node", done);
  }

  private void dispatch(Call call, Consumer<Answer> done) {
    Optional<Routes.Match> match = Routes.find(call.method(), call.path());
    if (match.isEmpty()) {
      done.accept(noRoute(call));
      return;
    }
    Route route = match.get().route();
    String name = decoded(match.get().name());
    var named =
        new Call(call.method(), call.path(), name, call.body(), call.caller(), call.forwarded());
    Consumer<Answer> audited = route.changes() ? audited(named, done) : done;
    switch (route.place()) {
      case HERE, STREAM -> route.handler().handle(node, named, audited);
      case PRIMARY -> {
        if (node.isPrimary()) {
          route.handler().handle(node, named, audited);
        } else {
          forward(named, "this node is not the Primary", audited);
        }
      }
      case NAMED -> atNamedNode(route, named, audited);
    }
  }

  private void atNamedNode(Route route, Call call, Consumer<Answer> done) {
    call.with(
        Requests.MirrorCommand.class,
        done,
        body -> {
          @Nullable String wanted = body.node();
          if (wanted == null || wanted.equals(node.nodeName())) {
            route.handler().handle(node, call, done);
            return;
          }
          boolean known =
              node.status().nodes().stream().anyMatch(other -> other.name().equals(wanted));
          if (known) {
            forward(call, "it is for node " + wanted, done);
          } else {
            done.accept(
                Answer.notFound(
                    "Nothing was done at node " + wanted,
                    "this pair has no node \"" + wanted + "\"",
                    "`lockstep status` shows the nodes"));
          }
        });
  }

  private void forward(Call call, String why, Consumer<Answer> done) {
    String what = call.method() + " " + call.path() + " was not done";
    if (call.forwarded()) {
      done.accept(
          Answer.unavailable(
              what,
              "the other node passed it on, but " + why,
              "promote a node with `lockstep mirror promote --node N`"));
      return;
    }
    var envelope =
        new Envelope(
            call.method(),
            call.path(),
            Base64.getEncoder().encodeToString(call.body()),
            node.nodeName(),
            call.caller().account(),
            call.caller().actor());
    node.forward(
        Json.bytes(envelope),
        forwarded -> {
          switch (forwarded) {
            case NodeControl.Forwarded.Answered(byte[] answer) -> done.accept(answer(what, answer));
            case NodeControl.Forwarded.Unavailable(String reason) ->
                done.accept(
                    Answer.unavailable(
                        what,
                        why + ", and the other node cannot be asked: " + reason,
                        "start the other node, or promote this one if the other is gone"));
          }
        });
  }

  private static Answer answer(String what, byte[] bytes) {
    try {
      Reply reply = Json.read(bytes, Reply.class);
      byte[] body = reply.body.getBytes(StandardCharsets.UTF_8);
      return reply.status < 300
          ? new Answer.Good(reply.status, new RawJson(reply.body))
          : new Answer.Bad(Json.read(body, Problem.class));
    } catch (Json.BadJsonException e) {
      return Answer.failed(
          what,
          "the other node's answer cannot be read: " + e.getMessage(),
          "look at `lockstep status` to see whether it was done");
    }
  }

  private static Reply reply(Answer answer) {
    return switch (answer) {
      case Answer.Good(int status, Object body) -> new Reply(status, Json.text(body));
      case Answer.Bad(Problem problem) -> new Reply(problem.status(), Json.text(problem));
    };
  }

  private static Consumer<Answer> audited(Call call, Consumer<Answer> done) {
    return answer -> {
      String outcome =
          switch (answer) {
            case Answer.Good _ -> "done";
            case Answer.Bad(Problem problem) -> "refused: " + problem.sentence();
          };
      AUDIT.info(
          "{} {} {} by {}: {}",
          call.method(),
          call.path(),
          new String(call.body(), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " "),
          call.caller().text(),
          outcome);
      done.accept(answer);
    };
  }

  private static Answer noRoute(Call call) {
    var methods = Routes.methods(call.path());
    String what = call.method() + " " + call.path() + " was not done";
    return methods.isEmpty()
        ? Answer.notFound(what, "there is nothing at this path", "see docs/control-api.yaml")
        : new Answer.Bad(
            new Problem(
                405,
                what,
                "this path knows only " + String.join(", ", methods),
                "use one of them"));
  }

  private static String decoded(String name) {
    try {
      return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return name;
    }
  }
}
