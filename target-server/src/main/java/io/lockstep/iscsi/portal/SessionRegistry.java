package io.lockstep.iscsi.portal;

import io.lockstep.iscsi.login.SessionParameters;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The sessions of a portal. Belongs to the portal's loop; the sessions themselves live on the
/// loops of their targets and are spoken to by messages.
///
/// Invariants: a key has at most one session; a session leaves the registry only when it is quiet,
/// that is when nothing it asked for is still being executed; a login that reinstates a session
/// waits for that, and so does one for which another session gives way ([SessionPlaces]). There are
/// never more sessions with targets than places. No two sessions have the same TSIH.
final class SessionRegistry {
  private static final int TSIH_MAX = 0xffff;

  /// Who opens a session: a connection. What it says of itself does not change.
  interface Member {
    /// What makes its session the same as another one's.
    SessionKey key();

    /// As who it wants a place for its session.
    SessionPlaces.Holder holder();

    /// What its login has agreed on.
    SessionParameters parameters();

    /// Its session, for people.
    SessionView view();

    /// Asks it to end. Callable from any thread.
    void requestClose(String why);
  }

  /// A login that waits until another session is quiet.
  private record Successor(Member member, Runnable ready) {}

  private final Map<SessionKey, Member> sessions = new HashMap<>();
  private final Map<SessionKey, Successor> successors = new HashMap<>();
  private final SessionPlaces<Member> places;

  /// Logins that wait for a place, the first to come first.
  private final ArrayDeque<Successor> waiting = new ArrayDeque<>();

  private final Set<Integer> tsihs = new HashSet<>();
  private int lastTsih;

  /// What others may read at any time: replaced at each change.
  private volatile List<SessionView> views = List.of();

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
        .map(Member::parameters)
        .filter(parameters -> parameters.tsih() == tsih);
  }

  /// Opens a session; `ready` runs once no older one with the same key is left, and there is a
  /// place for it. If there is none, the connection is ended.
  void open(Member member, Runnable ready) {
    SessionKey key = member.key();
    Member older = sessions.get(key);
    if (older == null) {
      openNew(member, ready);
      return;
    }
    Successor overtaken = successors.put(key, new Successor(member, ready));
    if (overtaken != null) {
      overtaken.member.requestClose("a newer login took its place");
    }
    older.requestClose("the initiator opened the session anew");
  }

  private void openNew(Member member, Runnable ready) {
    if (isDiscovery(member) || isAnyFree()) {
      put(member);
      ready.run();
      return;
    }
    Optional<Member> gone = places.givesWay(member.holder());
    if (gone.isEmpty()) {
      member.requestClose("all places for sessions are taken");
      return;
    }
    places.leaving(gone.get());
    waiting.add(new Successor(member, ready));
    gone.get().requestClose("all places for sessions are taken, and this one gives way");
  }

  private static boolean isDiscovery(Member member) {
    return member.key().targetIqn().isEmpty();
  }

  /// A connection that asked for [#open] is gone and quiet.
  void ended(Member member) {
    SessionKey key = member.key();
    if (waiting.removeIf(waiter -> member.equals(waiter.member))) {
      return;
    }
    Successor successor = successors.get(key);
    if (successor != null && member.equals(successor.member)) {
      successors.remove(key);
      return;
    }
    if (!member.equals(sessions.get(key))) {
      return;
    }
    sessions.remove(key);
    boolean gaveWay = places.leave(member);
    tsihs.remove(member.parameters().tsih());
    successors.remove(key);
    if (successor != null && !gaveWay) {
      put(successor.member);
      successor.ready.run();
    }
    placeFree();
    if (successor != null && gaveWay) {
      open(successor.member, successor.ready);
    }
    publish();
  }

  /// Whoever waits longest has his turn; the key may be taken by now.
  private void placeFree() {
    while (!waiting.isEmpty() && places.isFree()) {
      Successor next = waiting.removeFirst();
      Member older = sessions.get(next.member.key());
      if (older == null) {
        put(next.member);
        next.ready.run();
      } else {
        open(next.member, next.ready);
      }
    }
  }

  private void put(Member member) {
    sessions.put(member.key(), member);
    if (!isDiscovery(member)) {
      places.take(member, member.holder());
    }
    tsihs.add(member.parameters().tsih());
    publish();
  }

  private void publish() {
    views = sessions.values().stream().map(Member::view).toList();
  }

  /// The sessions there are. Callable from any thread.
  List<SessionView> views() {
    return views;
  }

  /// The sessions of some initiators with a target.
  List<Member> sessionsTo(String targetIqn, Predicate<String> whose) {
    return sessions.values().stream()
        .filter(member -> member.key().targetIqn().equals(targetIqn))
        .filter(member -> whose.test(member.key().initiatorName()))
        .toList();
  }
}
