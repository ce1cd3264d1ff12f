package io.lockstep.cli;

import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
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
    List<NodeStatus> nodes = base.nodes().stream().map(node -> merged(node, answers)).toList();
    return new PairStatus(
        base.pair(),
        base.reportedBy(),
        base.atMillis(),
        nodes,
        base.group(),
        base.volumes(),
        base.exports(),
        base.sessions(),
        base.alerts(),
        base.console());
  }

  private static NodeStatus merged(NodeStatus node, Answers answers) {
    Optional<NodeStatus> own =
        answers.byClient.values().stream()
            .filter(status -> status.reportedBy().equals(node.name()))
            .flatMap(status -> status.nodes().stream())
            .filter(one -> one.name().equals(node.name()))
            .findFirst();
    if (own.isPresent()) {
      return own.get();
    }
    return answers.silence.isPresent() ? notRunning(node) : node;
  }

  private static NodeStatus notRunning(NodeStatus node) {
    return new NodeStatus(
        node.name(),
        node.nodeId(),
        NodeStatus.NOT_RUNNING,
        node.reportAgeMillis(),
        null,
        node.release(),
        null,
        "Unknown",
        "DUnknown",
        "Unknown",
        node.reason(),
        null,
        node.outOfSyncBytes(),
        null,
        node.lastResyncBytesSent(),
        node.unreadable(),
        node.readFromPeerBlocks(),
        node.term(),
        node.generation(),
        node.portal(),
        node.dataPath(),
        node.dataOffset(),
        node.dataBytes(),
        node.controlSocket(),
        node.alerts());
  }

  private static ControlClient best(Map<ControlClient, PairStatus> answers) {
    return answers.entrySet().stream()
        .min(Comparator.comparingInt(entry -> rank(entry.getValue())))
        .orElseThrow()
        .getKey();
  }

  private static int rank(PairStatus status) {
    boolean primary =
        status.nodes().stream()
            .anyMatch(
                node -> node.name().equals(status.reportedBy()) && node.role().equals("Primary"));
    return primary ? 0 : 1;
  }
}
