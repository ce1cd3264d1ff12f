package io.lockstep.node;

import io.lockstep.block.Loop;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/// Lets changes run one after another: what one has checked is still so when it acts. Each has a
/// turn of the loop of its own, apart from whoever asked for it. Belongs to that loop.
final class ChangeQueue {
  /// Changes that may wait.
  static final int WAITING_MAX = 64;

  private final Loop loop;
  private final ArrayDeque<Consumer<Runnable>> waiting = new ArrayDeque<>();
  private boolean running;

  ChangeQueue(Loop loop) {
    this.loop = loop;
  }

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
    Consumer<Runnable> work = waiting.remove();
    loop.execute(() -> work.accept(this::ended));
  }

  private void ended() {
    running = false;
    next();
  }
}
