package io.lockstep.block.ring;

/// What happens when a task of a [RingLoop] throws: the state it owned is no longer known, so the
/// process must end and the other node go on. Tests put their own in its place.
@FunctionalInterface
public interface Fatal {
  /// The exit status of a process that found a bug in itself.
  int EXIT_STATUS = 70;

  /// Prints the stack and halts the process, without shutdown hooks: they would run in the
  /// state that just proved to be wrong.
  Fatal HALT =
      (loopName, cause) -> {
        System.err.println("lockstep: a bug in loop " + loopName + " ends this process");
        cause.printStackTrace();
        Runtime.getRuntime().halt(EXIT_STATUS);
      };

  /// Called on the loop, at most a few times; the failed task is not run again.
  void died(String loopName, Throwable cause);
}
