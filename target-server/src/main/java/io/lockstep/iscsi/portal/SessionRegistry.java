package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.SessionParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The sessions of a portal. Belongs to the portal's loop; the sessions themselves live on the
/// loops of their targets and are spoken to by messages.
///
/// Invariants: a key has at most one session; a session leaves the registry only when it is quiet,
/// that is when nothing it asked for is still being executed; a login that reinstates a session
/// waits for that. No two sessions have the same TSIH.
final class SessionRegistry {
  private static final int TSIH_MAX = 0xffff;

  /// A login that waits until the older session of its key is quiet.
  private record Successor(Connection connection, Runnable ready) {}

  private final int sessionsMax;
  private final Map<SessionKey, Connection> sessions = new HashMap<>();
  private final Map<SessionKey, Successor> successors = new HashMap<>();
  private final Set<Integer> tsihs = new HashSet<>();
  private int lastTsih;

  /// What others may read at any time: replaced at each change.
  private volatile List<SessionInfo> infos = List.of();

  SessionRegistry(int sessionsMax) {
    this.sessionsMax = sessionsMax;
  }

  /// Whether there is no place for one more session with a target.
  boolean isFull() {
    long withTargets = sessions.keySet().stream().filter(key -> !key.targetIqn().isEmpty()).count();
    return withTargets + successors.size() >= sessionsMax;
  }

  int newTsih() {
    do {
      lastTsih = lastTsih % TSIH_MAX + 1;
    } while (tsihs.contains(lastTsih));
    return lastTsih;
  }

  /// The session that a login with this TSIH wants to join.
  Optional<SessionParameters> find(SessionKey key, int tsih) {
    return Optional.ofNullable(sessions.get(key))
        .flatMap(Connection::parameters)
        .filter(parameters -> parameters.tsih() == tsih);
  }

  /// Opens a session; `ready` runs once no older one with the same key is left.
  void open(Connection connection, Runnable ready) {
    SessionKey key = connection.key();
    Connection older = sessions.get(key);
    if (older == null) {
      put(connection);
      ready.run();
      return;
    }
    Successor overtaken = successors.put(key, new Successor(connection, ready));
    if (overtaken != null) {
      overtaken.connection.requestClose("a newer login took its place");
    }
    older.requestClose("the initiator opened the session anew");
  }

  /// A connection that asked for [#open] is gone and quiet.
  void ended(Connection connection) {
    SessionKey key = connection.key();
    Successor successor = successors.get(key);
    if (successor != null && successor.connection == connection) {
      successors.remove(key);
      return;
    }
    if (sessions.get(key) != connection) {
      return;
    }
    sessions.remove(key);
    connection.parameters().ifPresent(parameters -> tsihs.remove(parameters.tsih()));
    if (successor != null) {
      successors.remove(key);
      put(successor.connection);
      successor.ready.run();
    }
    publish();
  }

  private void put(Connection connection) {
    sessions.put(connection.key(), connection);
    connection.parameters().ifPresent(parameters -> tsihs.add(parameters.tsih()));
    publish();
  }

  private void publish() {
    List<SessionInfo> now = new ArrayList<>();
    for (Connection connection : sessions.values()) {
      connection.info().ifPresent(now::add);
    }
    infos = List.copyOf(now);
  }

  /// The sessions there are. Callable from any thread.
  List<SessionInfo> infos() {
    return infos;
  }

  /// The connections of the sessions with a target.
  List<Connection> connectionsTo(String targetIqn) {
    return sessions.values().stream()
        .filter(connection -> connection.key().targetIqn().equals(targetIqn))
        .toList();
  }

  boolean hasSessionsTo(String targetIqn) {
    return sessions.keySet().stream().anyMatch(key -> key.targetIqn().equals(targetIqn));
  }
}
