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

  private static final String READER = "console";

  private final List<Path> paths;
  private final Sockets sockets;
  private final Clock clock;
  private volatile int preferred;
  private volatile @Nullable Last last;

  Daemons(List<Path> paths, Clock clock) {
    this.paths = List.copyOf(paths);
    this.sockets =
        new Sockets(paths.stream().map(path -> new ControlClient(path, READER)).toList());
    this.clock = clock;
  }

  /// A picture, and when it came.
  record Last(PairStatus status, Instant at) {}

  int count() {
    return paths.size();
  }

  ControlClient client(int index, String actor) {
    return new ControlClient(paths.get(index), actor);
  }

  /// One call of the control API.
  interface Call<T> {
    T on(ControlClient client) throws ControlException;
  }

  /// Asks the daemon that answered last, then the others.
  <T> T read(String actor, Call<T> call) throws ControlException {
    ControlException failure = null;
    int first = preferred;
    for (int attempt = 0; attempt < paths.size(); attempt++) {
      int index = (first + attempt) % paths.size();
      boolean isLast = attempt == paths.size() - 1;
      try {
        Duration limit = isLast ? FIRST_MAX : Sockets.ANSWER_MAX;
        T answer = call.on(client(index, actor).within(limit));
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
  <T> T change(String actor, Call<T> call) throws ControlException {
    return call.on(ask().best().as(actor));
  }

  /// Carries out a change of one node, at its own daemon if that answers.
  <T> T changeAt(String node, String actor, Call<T> call) throws ControlException {
    Sockets.Answers answers = ask();
    Optional<ControlClient> own = answers.of(node);
    return call.on((own.isPresent() ? own.get() : answers.best()).as(actor));
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
