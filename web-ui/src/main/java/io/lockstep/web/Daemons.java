package io.lockstep.web;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sockets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The daemons of the pair, whichever answers; one that takes the connection and says nothing holds
/// up no other. A read may go to either; a change goes to one that answers, which passes it on to
/// the Primary, and is never repeated at the other, since it may have been carried out. Keeps the
/// last picture, for the time in which none answers. Thread-safe.
final class Daemons {
  /// How long a daemon is waited for, while there is nothing else to show.
  private static final Duration FIRST_MAX = Duration.ofSeconds(10);

  /// On whose behalf it is asked for what pages show, and by which way.
  private static final Asker READER = new Asker("console", "console");

  private final List<Path> paths;
  private final Sockets sockets;
  private final Clock clock;
  private volatile int preferred;
  private volatile @Nullable Last last;

  Daemons(List<Path> paths, Clock clock) {
    this.paths = List.copyOf(paths);
    this.sockets =
        new Sockets(
            paths.stream().map(path -> new ControlClient(path, READER.user, READER.from)).toList());
    this.clock = clock;
  }

  /// A picture, and when it came.
  record Last(PairStatus status, Instant at) {}

  int count() {
    return paths.size();
  }

  Path socket(int index) {
    return paths.get(index);
  }

  ControlClient client(int index) {
    return client(index, READER);
  }

  private ControlClient client(int index, Asker asker) {
    return new ControlClient(paths.get(index), asker.user, asker.from);
  }

  /// On whose behalf a daemon is asked, for its audit trail.
  ///
  /// @param from by which way, and from which address
  record Asker(String user, String from) {}

  /// One call of the control API.
  interface Call<T> {
    T on(ControlClient client) throws ControlException;
  }

  /// Asks the daemon that answered last, then the others.
  <T> T read(Call<T> call) throws ControlException {
    return read(READER, call);
  }

  /// The same on behalf of somebody.
  <T> T read(Asker asker, Call<T> call) throws ControlException {
    ControlException failure = null;
    int first = preferred;
    for (int attempt = 0; attempt < paths.size(); attempt++) {
      int index = (first + attempt) % paths.size();
      boolean isLast = attempt == paths.size() - 1;
      try {
        Duration limit = isLast ? FIRST_MAX : Sockets.ANSWER_MAX;
        T answer = call.on(client(index, asker).within(limit));
        preferred = index;
        return answer;
      } catch (ControlException e) {
        if (!e.isUnreachable()) {
          throw e;
        }
        failure = e;
      }
    }
    throw failure == null ? nobody() : failure;
  }

  /// Carries out a change at a daemon that answers: the Primary's, if that does.
  <T> T change(Asker asker, Call<T> call) throws ControlException {
    return call.on(ask().best().as(asker.user, asker.from));
  }

  /// Carries out a change of one node, at its own daemon if that answers.
  <T> T changeAt(String node, Asker asker, Call<T> call) throws ControlException {
    return call.on(at(node).as(asker.user, asker.from));
  }

  /// Asks the daemon of that node itself if it answers, and any other if not: it passes the
  /// question on.
  <T> T readAt(String node, Call<T> call) throws ControlException {
    return call.on(at(node));
  }

  private ControlClient at(String node) throws ControlException {
    Sockets.Answers answers = ask();
    Optional<ControlClient> own = answers.of(node);
    return own.isPresent() ? own.get() : answers.best();
  }

  /// The pair as all daemons that answer see it, each node by its own word.
  PairStatus status() throws ControlException {
    PairStatus picture = ask().picture();
    last = new Last(picture, clock.instant());
    return picture;
  }

  /// The last picture that there was.
  Optional<Last> last() {
    return Optional.ofNullable(last);
  }

  private Sockets.Answers ask() {
    return sockets.ask(last == null ? FIRST_MAX : Sockets.ANSWER_MAX);
  }

  private static ControlException nobody() {
    return new ControlException(
        new Problem(
            503,
            "The pair was not asked",
            "the console knows no control socket",
            "set control.sockets in its configuration"));
  }
}
