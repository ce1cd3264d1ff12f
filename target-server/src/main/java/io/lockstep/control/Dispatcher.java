package io.lockstep.control;

import io.lockstep.block.Refusal;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a request to the part of the node that answers it, on the node that can. Belongs to the
/// node's loop.
///
/// **An edge.** What a handler throws in its own turn ends the request, not the process: it is
/// logged and answered with 500. By then nothing was changed ([Handlers]).
///
/// A request that another node has to answer travels as a [PeerRequest] over the control connection
/// between the nodes, once: what has been passed on is answered where it arrives.
public final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  private final NodeControl node;
  private final Changes changes;

  /// Who does what concerns the whole node.
  private final Handlers handlers = new Handlers();

  /// Knows at first the verbs that only ask; the node adds its own. What concerns a mirror is done
  /// by its handlers.
  public Dispatcher(NodeControl node) {
    this.node = node;
    this.changes = new Changes(node);
    Readings.answer(handlers, node);
  }

  public Handlers handlers() {
    return handlers;
  }

  /// The verbs that nobody answers.
  List<Verb<?, ?>> missing() {
    return Requests.ALL.stream()
        .filter(
            verb ->
                !handlers.knows(verb)
                    && !node.mirrors().stream().allMatch(mirror -> mirror.handlers().knows(verb)))
        .toList();
  }

  /// Answers a request that the other node passed on.
  ///
  /// @param done called once, with at most [PeerReply#BYTES_MAX] bytes
  public void answerPeer(byte[] request, Consumer<byte[]> done) {
    Call call;
    try {
      call = PeerRequest.decode(request);
    } catch (Json.BadJsonException e) {
      done.accept(
          PeerReply.encode(
              Answer.badRequest(
                  "A request of the other node was not done",
                  "it cannot be read: " + e.getMessage(),
                  "run the same release on both nodes")));
      return;
    }
    dispatch(call, answer -> done.accept(encoded(call, answer)));
  }

  /// An answer is drawn when it is written, and that may fail: the other node is told so.
  private static byte[] encoded(Call call, Answer answer) {
    try {
      return PeerReply.encode(answer);
    } catch (RuntimeException e) {
      LOG.error("the answer to {} was not passed on: drawing it threw", line(call), e);
      return PeerReply.encode(
          Answer.failed(
              call.unanswered(),
              "it met a fault of this program: " + e,
              "the daemon's log has the details"));
    }
  }

  /// Asks the other node's daemon on this node's own behalf.
  ///
  /// @param body the verb's message
  public <B> void ask(Verb<B, ?> verb, B body, Consumer<Answer> done) {
    var caller = new Caller("lockstepd", "", "daemon");
    var call = new Call(verb.method(), verb.path(""), Json.bytes(body), caller, false);
    forward(call, "it is for the other node", Reply.to(done));
  }

  /// Answers a request.
  void dispatch(Call call, Consumer<Answer> done) {
    Optional<Verb<?, ?>> verb = Requests.find(call.method(), call.path());
    if (verb.isEmpty()) {
      done.accept(noVerb(call));
      return;
    }
    String name = decoded(verb.get().match(call.path()).orElse(""));
    Reply reply =
        verb.get()
            .change()
            .map(change -> changes.begin(change, call, name, done))
            .orElseGet(() -> Reply.to(done));
    try {
      dispatch(verb.get(), call, name, reply);
    } catch (RuntimeException e) {
      reply.accept(threw(call, e));
    }
  }

  private <B> void dispatch(Verb<B, ?> verb, Call call, String name, Reply done) {
    call.with(
        verb.body(),
        done,
        body -> {
          if (!handlers.knows(verb)) {
            toMirror(verb, call, new MirrorChoice.Asked(name, body), done);
          } else {
            atRightNode(verb, call, new MirrorChoice.Asked(name, body), done);
          }
        });
  }

  /// What concerns the whole node.
  private <B> void atRightNode(Verb<B, ?> verb, Call call, MirrorChoice.Asked asked, Reply done) {
    B body = verb.body().cast(asked.body());
    switch (verb.place()) {
      case HERE, STREAM -> handlers.of(verb).handle(asked.name(), body, done);
      case PRIMARY -> {
        if (servesAny()) {
          handlers.of(verb).handle(asked.name(), body, done);
        } else {
          forward(call, "this node is not the Primary", done);
        }
      }
      case NAMED -> {
        @Nullable String wanted = addressed(body).node();
        if (wanted == null || wanted.equals(node.nodeName())) {
          handlers.of(verb).handle(asked.name(), body, done);
        } else {
          atOtherNode(wanted, call, done);
        }
      }
    }
  }

  private boolean servesAny() {
    return node.mirrors().stream().anyMatch(MirrorControl::isPrimary);
  }

  private <B> void toMirror(Verb<B, ?> verb, Call call, MirrorChoice.Asked asked, Reply done) {
    new MirrorChoice(node, call.undone())
        .choose(
            asked,
            chosen -> {
              switch (chosen) {
                case MirrorChoice.Chosen.Found(MirrorControl mirror, MirrorChoice.Asked found) ->
                    atRightNode(verb, call, mirror, found, done);
                case MirrorChoice.Chosen.Refused(Answer.Bad answer) -> done.accept(answer);
              }
            });
  }

  private <B> void atRightNode(
      Verb<B, ?> verb, Call call, MirrorControl mirror, MirrorChoice.Asked asked, Reply done) {
    switch (verb.place()) {
      case HERE, STREAM -> handle(verb, call, mirror, asked, done);
      case PRIMARY -> {
        if (mirror.isPrimary()) {
          handle(verb, call, mirror, asked, done);
        } else {
          forward(naming(mirror, call, asked), "this node is not the Primary", done);
        }
      }
      case NAMED -> {
        @Nullable String wanted = addressed(asked.body()).node();
        if (wanted == null || wanted.equals(node.nodeName())) {
          handle(verb, call, mirror, asked, done);
        } else {
          atOtherNode(wanted, naming(mirror, call, asked), done);
        }
      }
    }
  }

  /// A call as it is passed on: the other node may have more mirrors than this one has.
  private static Call naming(MirrorControl mirror, Call call, MirrorChoice.Asked asked) {
    return asked.body() instanceof Requests.OfMirror body && body.mirror() == null
        ? call.with(Json.bytes(body.to(mirror.name())))
        : call;
  }

  private void atOtherNode(String wanted, Call call, Reply done) {
    if (wanted.equals(node.peerName())) {
      forward(call, "it is for node " + wanted, done);
    } else {
      done.accept(
          Answer.notFound(
              "Nothing was done at node " + wanted,
              "this pair has no node \"" + wanted + "\"",
              "`lockstep status` shows the nodes"));
    }
  }

  /// On the mirror's loop, which is an edge too; the answer comes back to the node's.
  private <B> void handle(
      Verb<B, ?> verb,
      Call call,
      MirrorControl mirror,
      MirrorChoice.Asked asked,
      Consumer<Answer> done) {
    Consumer<Answer> back = answer -> node.execute(() -> done.accept(answer));
    B body = verb.body().cast(asked.body());
    mirror
        .loop()
        .execute(
            () -> {
              try {
                mirror.handlers().of(verb).handle(asked.name(), body, back);
              } catch (RuntimeException e) {
                back.accept(threw(call, e));
              }
            });
  }

  private static Answer threw(Call call, RuntimeException cause) {
    LOG.error("{} was not done: its handler threw", line(call), cause);
    return Answer.failed(
        call.undone(),
        "it met a fault of this program: " + cause,
        "nothing was changed; the daemon's log has the details");
  }

  private static Requests.Addressed addressed(Object body) {
    if (body instanceof Requests.Addressed addressed) {
      return addressed;
    }
    throw new IllegalStateException("a verb for a named node has a body that names it");
  }

  private void forward(Call call, String why, Reply done) {
    String what = call.undone();
    if (call.forwarded()) {
      done.accept(
          Answer.unavailable(
              what,
              "the other node passed it on, but " + why,
              "promote a node with `lockstep mirror promote --node N`"));
      return;
    }
    node.forward(
        PeerRequest.of(call, node.nodeName()).encode(),
        forwarded -> answered(call, why, forwarded, done));
  }

  private static void answered(Call call, String why, NodeControl.Forwarded forwarded, Reply done) {
    String what = call.undone();
    switch (forwarded) {
      case NodeControl.Forwarded.Answered(byte[] answer) ->
          done.fromOtherNode(answer(what, answer));
      case NodeControl.Forwarded.Unavailable(String reason) ->
          done.accept(
              Answer.unavailable(
                  what,
                  why + ", and the other node cannot be asked: " + reason,
                  "look at the other node itself: ask there, mend the link, or start it; promote"
                      + " this one only if the other is down for good, since two that serve split"
                      + " the data"));
      case NodeControl.Forwarded.Lost(String reason) ->
          done.accept(
              Answer.failed(
                  call.unanswered(),
                  why + ", and the other node was asked and has not answered: " + reason,
                  "look at `lockstep status` to see whether it was done"));
    }
  }

  private static Answer answer(String what, byte[] bytes) {
    try {
      return PeerReply.decode(bytes);
    } catch (Json.BadJsonException e) {
      return Answer.failed(
          what,
          "the other node's answer cannot be read: " + e.getMessage(),
          "look at `lockstep status` to see whether it was done");
    }
  }

  /// For the log.
  private static String line(Call call) {
    return call.method() + " " + call.path();
  }

  private static Answer noVerb(Call call) {
    List<String> methods = Requests.methods(call.path());
    String what = "The request was not done";
    return methods.isEmpty()
        ? Answer.notFound(
            what,
            "this daemon does not know it",
            "use the `lockstep` of the daemon's release; docs/control-api.yaml has what it knows")
        : new Answer.Bad(
            405,
            new Refusal(
                what,
                "what it is about can only be asked with " + String.join(", ", methods),
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
