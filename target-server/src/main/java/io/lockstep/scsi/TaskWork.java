package io.lockstep.scsi;

/// What a logical unit has to do for a task that it took in; kept with the task from prepare to its
/// end.
public sealed interface TaskWork permits Command, TaskWork.None, TaskWork.OnMedium {
  /// Nothing: the task was refused, has ended, or concerns no logical unit.
  enum None implements TaskWork {
    NONE
  }

  /// A command on the medium, which is made and used again by the logical unit. One that needs no
  /// medium is its own work: a [Command].
  non-sealed interface OnMedium extends TaskWork {
    /// Its task has its turn.
    void start();

    /// Its task will not be carried out.
    void forget();
  }
}
