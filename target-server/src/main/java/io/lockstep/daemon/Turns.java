package io.lockstep.daemon;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/// Lets changes run one after another: what one has checked is still so when it acts. Belongs to
/// one loop.
final class Turns {
  /// Changes that may wait.
  static final int WAITING_MAX = 64;

  private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();
  private boolean running;

  /// Runs `work` when its turn has come; it calls the runnable it is given when it has ended.
  ///
  /// @return false if too many wait
  boolean take(Consumer<Runnable> work) {
    if (waiting.size() >= WAITING_MAX) {
      return false;
    }
    waiting.add(work);
    next();
    return true;
  }

  private void next() {
    if (running || waiting.isEmpty()) {
      return;
    }
    running = true;
    waiting
        .remove()
        .accept(
            () -> {
              running = false;
              next();
            });
  }
}
