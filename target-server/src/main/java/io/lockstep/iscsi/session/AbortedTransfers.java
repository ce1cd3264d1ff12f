package io.lockstep.iscsi.session;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// The aborted tasks of one task management function whose data was asked for and is still due: the
/// function is answered when it has come (RFC 7143 4.2.3.3 a). How long that may take is bounded by
/// [DataGathering#isDataOverdue].
final class AbortedTransfers {
  private final ArrayList<SessionTask> due = new ArrayList<>();
  private @Nullable Runnable then;

  /// A task is aborted by the function.
  void awaits(SessionTask task) {
    if (task.owesData()) {
      due.add(task);
    }
  }

  boolean isDue() {
    return !due.isEmpty();
  }

  /// A task has ended.
  ///
  /// @return whether nothing is due any more
  boolean ended(SessionTask task) {
    due.remove(task);
    Runnable work = then;
    if (due.isEmpty() && work != null) {
      then = null;
      work.run();
    }
    return due.isEmpty();
  }

  /// Runs `work` when nothing is due any more; now, if nothing is.
  void whenOver(Runnable work) {
    if (due.isEmpty()) {
      work.run();
    } else {
      then = work;
    }
  }
}
