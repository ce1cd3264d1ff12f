package io.lockstep.scsi.lu;

import io.lockstep.scsi.ScsiTask;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/// Who waits for the end of some tasks. Belongs to the loop of its logical unit.
final class Drains {
  private final Consumer<Runnable> later;
  private final ArrayList<Drain> drains = new ArrayList<>();

  /// @param later runs something in a later turn
  Drains(Consumer<Runnable> later) {
    this.later = later;
  }

  private record Drain(ArrayList<ScsiTask> left, Runnable done) {}

  /// Runs `done`, in a later turn, when all of `some` have ended.
  void whenGone(List<ScsiTask> some, Runnable done) {
    if (some.isEmpty()) {
      later.accept(done);
    } else {
      drains.add(new Drain(new ArrayList<>(some), done));
    }
  }

  void ended(ScsiTask task) {
    if (drains.isEmpty()) {
      return;
    }
    for (Iterator<Drain> each = drains.iterator(); each.hasNext(); ) {
      Drain drain = each.next();
      if (drain.left.remove(task) && drain.left.isEmpty()) {
        each.remove();
        later.accept(drain.done);
      }
    }
  }
}
