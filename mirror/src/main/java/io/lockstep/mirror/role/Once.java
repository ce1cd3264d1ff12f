package io.lockstep.mirror.role;

import io.lockstep.mirror.link.CommandResult;
import java.util.function.Consumer;

/// An answer that is given once. Belongs to the mirror's loop.
final class Once {
  private final Consumer<CommandResult> done;
  private boolean given;

  Once(Consumer<CommandResult> done) {
    this.done = done;
  }

  boolean isGiven() {
    return given;
  }

  void give(CommandResult result) {
    if (take()) {
      done.accept(result);
    }
  }

  /// Somebody else answers from here.
  ///
  /// @return false if the answer was given
  boolean take() {
    boolean first = !given;
    given = true;
    return first;
  }
}
