package io.lockstep.cli;

import io.lockstep.block.Check;
import io.lockstep.control.api.Json;
import io.lockstep.control.client.ControlException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// What every command of the CLI is made of: the shared options, and two ways to print.
abstract class ControlCommand implements Callable<Integer> {
  @Mixin final Where where = new Where();

  @Spec private @Nullable CommandSpec spec;

  /// Does it; a [ControlException] or [RefusedException] ends the command with status 1.
  abstract void run() throws ControlException;

  @Override
  public final Integer call() throws ControlException {
    run();
    out().flush();
    return outcome();
  }

  /// The exit status of a command that was done.
  int outcome() {
    return ExitStatus.DONE;
  }

  final CommandSpec spec() {
    return Check.present(spec, "picocli has set the spec");
  }

  final PrintWriter out() {
    return spec().commandLine().getOut();
  }

  /// Prints `value` as JSON, or else `text`.
  final void print(Object value, String text) {
    if (where.json()) {
      out().println(Json.pretty(value));
    } else {
      out().print(text.endsWith("\n") ? text : text + "\n");
    }
  }
}
