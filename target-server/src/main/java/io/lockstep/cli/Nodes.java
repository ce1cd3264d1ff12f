package io.lockstep.cli;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The daemons a command talks to, one or two, of which any may be dead.
final class Nodes {
  private final List<ControlClient> clients;

  Nodes(List<ControlClient> clients) {
    this.clients = clients;
  }

  /// The daemons, whether they answer or not.
  List<ControlClient> all() {
    return clients;
  }

  /// Something to be asked of one daemon.
  @FunctionalInterface
  interface Question<T> {
    T ask(ControlClient client) throws ControlException;
  }

  /// What the daemons that answer say.
  ///
  /// @param byClient the answers, in the order of the nodes
  /// @param silence why the first one that did not answer did not
  private record Answers(
      Map<ControlClient, PairStatus> byClient, Optional<ControlException> silence) {}

  private Answers askAll() throws ControlException {
    Map<ControlClient, PairStatus> answers = new LinkedHashMap<>();
    Optional<ControlException> silence = Optional.empty();
    for (ControlClient client : clients) {
      try {
        answers.put(client, client.status());
      } catch (ControlException e) {
        if (!e.isUnreachable()) {
          throw e;
        }
        silence = silence.or(() -> Optional.of(e));
      }
    }
    if (answers.isEmpty() && silence.isPresent()) {
      throw silence.get();
    }
    return new Answers(answers, silence);
  }

  /// Asks the Primary's daemon, or, if none is Primary here, any that answers; that one knows why
  /// it cannot help.
  <T> T ask(Question<T> question) throws ControlException {
    if (clients.size() == 1) {
      return question.ask(clients.getFirst());
    }
    return question.ask(best(askAll().byClient));
  }

  /// Asks the daemon of the node `name` itself if it answers, another one otherwise.
  <T> T askNode(String name, Question<T> question) throws ControlException {
    if (clients.size() == 1) {
      return question.ask(clients.getFirst());
    }
    Map<ControlClient, PairStatus> answers = askAll().byClient;
    for (var entry : answers.entrySet()) {
      if (entry.getValue().reportedBy().equals(name)) {
        return question.ask(entry.getKey());
      }
    }
    return question.ask(best(answers));
  }

  /// The answer of each daemon that is there; at least one.
  <T> List<T> askEach(Question<T> question) throws ControlException {
    List<T> results = new ArrayList<>();
    for (ControlClient client : askAll().byClient.keySet()) {
      results.add(question.ask(client));
    }
    return results;
  }

  /// The pair as all daemons together see it: each node's own word about itself where it answers,
  /// "not running" where its socket is known to be dead.
  PairStatus status() throws ControlException {
    Answers answers = askAll();
    PairStatus base = answers.byClient.get(best(answers.byClient));
    if (base == null || clients.size() == 1) {
      return answers.byClient.values().iterator().next();
    }
    return base.with(
        base.nodes().stream().map(node -> merged(node, answers)).toList(),
        base.mirrors().stream().map(mirror -> merged(mirror, answers)).toList());
  }

  /// What the node says of itself, if it answers.
  private static Optional<PairStatus> own(String node, Answers answers) {
    return answers.byClient.values().stream()
        .filter(status -> status.reportedBy().equals(node))
        .findFirst();
  }

  private static MirrorSides merged(MirrorSides mirror, Answers answers) {
    return MirrorSides.of(
        mirror.name(),
        mirror.group(),
        mirror.sides().stream().map(side -> merged(mirror.name(), side, answers)).toList());
  }

  private static SideStatus merged(String mirror, SideStatus side, Answers answers) {
    return own(side.node(), answers)
        .flatMap(status -> status.mirror(mirror))
        .flatMap(one -> one.side(side.node()))
        .orElseGet(() -> answers.silence.isPresent() ? side.unheard() : side);
  }

  private static NodeStatus merged(NodeStatus node, Answers answers) {
    return own(node.name(), answers)
        .flatMap(status -> status.node(node.name()))
        .orElseGet(() -> answers.silence.isPresent() ? node.notRunning() : node);
  }

  private static ControlClient best(Map<ControlClient, PairStatus> answers) {
    return answers.entrySet().stream()
        .min(Comparator.comparingInt(entry -> rank(entry.getValue())))
        .orElseThrow()
        .getKey();
  }

  private static int rank(PairStatus status) {
    return status.servesAt(status.reportedBy()) ? 0 : 1;
  }
}
