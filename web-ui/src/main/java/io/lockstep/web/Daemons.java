package io.lockstep.web;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.nio.file.Path;
import java.util.List;

/// The daemons of the pair, whichever answers. A read may go to either; a change goes to one that
/// answers, which passes it on to the Primary, and is never repeated at the other, since it may
/// have been carried out. Thread-safe.
final class Daemons {
  private final List<Path> sockets;
  private volatile int preferred;

  Daemons(List<Path> sockets) {
    this.sockets = List.copyOf(sockets);
  }

  int count() {
    return sockets.size();
  }

  ControlClient client(int index, String actor) {
    return new ControlClient(sockets.get(index), actor);
  }

  /// One call of the control API.
  interface Call<T> {
    T on(ControlClient client) throws ControlException;
  }

  /// Asks the daemon that answered last, then the others.
  <T> T read(String actor, Call<T> call) throws ControlException {
    ControlException last = null;
    for (int attempt = 0; attempt < sockets.size(); attempt++) {
      int index = (preferred + attempt) % sockets.size();
      try {
        T answer = call.on(client(index, actor));
        preferred = index;
        return answer;
      } catch (ControlException e) {
        if (!e.isUnreachable()) {
          throw e;
        }
        last = e;
      }
    }
    throw last == null ? nobody() : last;
  }

  /// Carries out a change at a daemon that answers.
  <T> T change(String actor, Call<T> call) throws ControlException {
    read(actor, ControlClient::status);
    return call.on(client(preferred, actor));
  }

  PairStatus status(String actor) throws ControlException {
    return read(actor, ControlClient::status);
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
