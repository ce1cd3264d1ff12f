package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/// Waits for long work of a pair, and shows how far it is: looks at the pair again and again, draws
/// a [ProgressLine], and, when Ctrl-C ends the waiting, says that the work goes on and how to look
/// at it. The one such loop of the command line.
final class LongWait {
  private static final long LOOK_MILLIS = 500;

  private final Nodes nodes;
  private final PrintWriter shown;
  private final String left;

  /// What one look at the pair has shown.
  sealed interface Seen<T> {
    /// The work has ended.
    record Ended<T>(T result) implements Seen<T> {}

    /// It goes on.
    ///
    /// @param what is done, or waited for
    /// @param percent empty while nobody knows how much there is to do
    /// @param more numbers that change all the time
    record UnderWay<T>(String what, OptionalInt percent, String more) implements Seen<T> {}
  }

  /// @param left what whoever does not wait any longer should know: that the work goes on, how to
  ///     look at it and how to end it
  LongWait(Nodes nodes, PrintWriter shown, String left) {
    this.nodes = nodes;
    this.shown = shown;
    this.left = left;
  }

  /// Shows nothing: for whoever wants JSON.
  static PrintWriter nobody() {
    return new PrintWriter(Writer.nullWriter());
  }

  /// Waits until `look` says that the work has ended.
  ///
  /// @param look given the pair's state, empty while nobody answers; what it throws ends the
  ///     waiting
  /// @return the result that it saw
  <T> T until(Function<Optional<PairStatus>, Seen<T>> look) throws ControlException {
    var line = new ProgressLine(shown, ProgressLine.isTerminal(), System::nanoTime);
    var leaving = new Thread(this::leave);
    Runtime.getRuntime().addShutdownHook(leaving);
    try {
      while (true) {
        switch (look.apply(status())) {
          case Seen.Ended<T>(T result) -> {
            return result;
          }
          case Seen.UnderWay<T>(String what, OptionalInt percent, String more) ->
              line.at(what, percent, more);
        }
        pause();
      }
    } finally {
      Runtime.getRuntime().removeShutdownHook(leaving);
      line.end();
    }
  }

  /// Somebody does not wait any longer.
  private void leave() {
    shown.println();
    shown.println(left);
    shown.flush();
  }

  /// Empty while nobody answers.
  private Optional<PairStatus> status() throws ControlException {
    try {
      return Optional.of(nodes.status());
    } catch (ControlException e) {
      if (e.isUnreachable()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while long work was waited for", e);
    }
  }
}
