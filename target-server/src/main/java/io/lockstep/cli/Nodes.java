package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sockets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The daemons a command talks to, one or two, of which any may be dead, or stand still.
final class Nodes {
  /// How long a first answer is waited for: there is nothing else to show.
  private static final Duration FIRST_MAX = Duration.ofSeconds(10);

  private final Sockets sockets;

  Nodes(List<ControlClient> clients) {
    this.sockets = new Sockets(clients);
  }

  /// The daemons, whether they answer or not.
  List<ControlClient> all() {
    return sockets.clients();
  }

  /// Something to be asked of one daemon.
  @FunctionalInterface
  interface Question<T> {
    T ask(ControlClient client) throws ControlException;
  }

  private Sockets.Answers askAll() {
    return sockets.ask(FIRST_MAX);
  }

  /// Asks the Primary's daemon, or, if none is Primary here, any that answers; that one knows why
  /// it cannot help.
  <T> T ask(Question<T> question) throws ControlException {
    return question.ask(askAll().best());
  }

  /// Asks the daemon of the node `name` itself if it answers, another one otherwise.
  <T> T askNode(String name, Question<T> question) throws ControlException {
    Sockets.Answers answers = askAll();
    Optional<ControlClient> own = answers.of(name);
    return question.ask(own.isPresent() ? own.get() : answers.best());
  }

  /// The answer of each daemon that is there; at least one.
  <T> List<T> askEach(Question<T> question) throws ControlException {
    Sockets.Answers answers = askAll();
    answers.best();
    List<T> results = new ArrayList<>();
    for (ControlClient client : answers.answering()) {
      results.add(question.ask(client));
    }
    return results;
  }

  /// The pair as all daemons together see it: each node's own word about itself where it answers,
  /// "not running" where nobody listens at its socket.
  PairStatus status() throws ControlException {
    return askAll().picture();
  }
}
