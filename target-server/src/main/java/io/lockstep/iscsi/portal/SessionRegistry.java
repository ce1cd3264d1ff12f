package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.SessionParameters;
import java.util.ArrayDeque;
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
/// waits for that, and so does one for which another session gives way ([SessionPlaces]). There are
/// never more sessions with targets than places. No two sessions have the same TSIH.
final class SessionRegistry {
  private static final int TSIH_MAX = 0xffff;

  /// A login that waits until another session is quiet.
  private record Successor(Connection connection, Runnable ready) {}

  private final Map<SessionKey, Connection> sessions = new HashMap<>();
  private final Map<SessionKey, Successor> successors = new HashMap<>();
  private final SessionPlaces<Connection> places;

  /// Logins that wait for a place, the first to come first.
  private final ArrayDeque<Successor> waiting = new ArrayDeque<>();

  private final Set<Integer> tsihs = new HashSet<>();
  private int lastTsih;

  /// What others may read at any time: replaced at each change.
  private volatile List<SessionInfo> infos = List.of();

  SessionRegistry(int sessionsMax) {
    this.places = new SessionPlaces<>(sessionsMax);
  }

  /// Whether there is a place for a session with a target: its own, a free one, or another's.
  boolean mayOpen(SessionKey key, SessionPlaces.Holder holder) {
    return sessions.containsKey(key) || isAnyFree() || places.givesWay(holder).isPresent();
  }

  private boolean isAnyFree() {
    return waiting.isEmpty() && places.isFree();
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

  /// Opens a session; `ready` runs once no older one with the same key is left, and there is a
  /// place for it. If there is none, the connection is ended.
  void open(Connection connection, Runnable ready) {
    SessionKey key = connection.key();
    Connection older = sessions.get(key);
    if (older == null) {
      openNew(connection, ready);
      return;
    }
    Successor overtaken = successors.put(key, new Successor(connection, ready));
    if (overtaken != null) {
      overtaken.connection.requestClose("a newer login took its place");
    }
    older.requestClose("the initiator opened the session anew");
  }

  private void openNew(Connection connection, Runnable ready) {
    if (isDiscovery(connection) || isAnyFree()) {
      put(connection);
      ready.run();
      return;
    }
    Optional<Connection> gone = places.givesWay(connection.holder());
    if (gone.isEmpty()) {
      connection.requestClose("all places for sessions are taken");
      return;
    }
    places.leaving(gone.get());
    waiting.add(new Successor(connection, ready));
    gone.get().requestClose("all places for sessions are taken, and this one gives way");
  }

  private static boolean isDiscovery(Connection connection) {
    return connection.key().targetIqn().isEmpty();
  }

  /// A connection that asked for [#open] is gone and quiet.
  void ended(Connection connection) {
    SessionKey key = connection.key();
    if (waiting.removeIf(waiter -> waiter.connection == connection)) {
      return;
    }
    Successor successor = successors.get(key);
    if (successor != null && successor.connection == connection) {
      successors.remove(key);
      return;
    }
    if (sessions.get(key) != connection) {
      return;
    }
    sessions.remove(key);
    boolean gaveWay = places.leave(connection);
    connection.parameters().ifPresent(parameters -> tsihs.remove(parameters.tsih()));
    successors.remove(key);
    if (successor != null && !gaveWay) {
      put(successor.connection);
      successor.ready.run();
    }
    placeFree();
    if (successor != null && gaveWay) {
      open(successor.connection, successor.ready);
    }
    publish();
  }

  /// Whoever waits longest has his turn; the key may be taken by now.
  private void placeFree() {
    while (!waiting.isEmpty() && places.isFree()) {
      Successor next = waiting.removeFirst();
      Connection older = sessions.get(next.connection.key());
      if (older == null) {
        put(next.connection);
        next.ready.run();
      } else {
        open(next.connection, next.ready);
      }
    }
  }

  private void put(Connection connection) {
    sessions.put(connection.key(), connection);
    if (!isDiscovery(connection)) {
      places.take(connection, connection.holder());
    }
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
