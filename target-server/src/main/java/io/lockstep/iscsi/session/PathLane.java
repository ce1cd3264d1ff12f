package io.lockstep.iscsi.session;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The way of commands that ask what is behind a path (INQUIRY, REPORT LUNS, ...) past those that
/// wait for memory: a host that gets no answer to them gives the path up, however well the others
/// do. What they borrow is small, so one of them at a time needs no grant; the others wait for it.
///
/// Invariant: at most one is on its way. Belongs to the session.
final class PathLane {
  private final Consumer<SessionTask> goOn;
  private final ArrayDeque<SessionTask> waiting = new ArrayDeque<>();
  private @Nullable SessionTask present;

  /// @param goOn lets one go on, past all that wait for memory
  PathLane(Consumer<SessionTask> goOn) {
    this.goOn = goOn;
  }

  /// A task comes.
  void enter(SessionTask task) {
    waiting.addLast(task);
    next();
  }

  /// A task has gone, on its way or before that; harmless if it is not here.
  void leave(SessionTask task) {
    waiting.remove(task);
    if (present == task) {
      present = null;
      next();
    }
  }

  private void next() {
    if (present == null && !waiting.isEmpty()) {
      present = waiting.removeFirst();
      goOn.accept(present);
    }
  }
}
