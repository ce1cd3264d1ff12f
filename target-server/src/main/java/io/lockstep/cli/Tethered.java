package io.lockstep.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Optional;

/// Runs another main class, and ends this process when the process that it was started for has
/// ended, however that happened: no node or console of a demo outlives it.
///
/// Arguments: process id, main class, its arguments.
public final class Tethered {
  private Tethered() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Optional<ProcessHandle> parent = ProcessHandle.of(Long.parseLong(args[0]));
    if (parent.isEmpty()) {
      System.err.println("lockstep: the process " + args[0] + " that this belongs to has ended");
      System.exit(ExitStatus.REFUSED);
      return;
    }
    parent.get().onExit().thenRun(() -> System.exit(ExitStatus.DONE));
    String[] rest = Arrays.copyOfRange(args, 2, args.length);
    try {
      Class.forName(args[1]).getMethod("main", String[].class).invoke(null, (Object) rest);
    } catch (InvocationTargetException e) {
      e.printStackTrace();
      System.exit(ExitStatus.REFUSED);
    }
  }
}
