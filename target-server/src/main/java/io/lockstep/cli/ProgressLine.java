package io.lockstep.cli;

import io.lockstep.control.client.Printable;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// How far long work is, for whoever waits for it: on a terminal one line that is drawn anew, with
/// a bar where it is known how much there is to do; elsewhere a line now and then. Belongs to the
/// thread that waits.
final class ProgressLine {
  /// Where there is no terminal, one line in so long, unless ten percent more are done.
  static final long SILENCE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private static final int BAR_CELLS = 24;
  private static final int PERCENT_STEP = 10;

  /// Back to the first column, and what is to the right of the cursor is blanked.
  private static final String AGAIN = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean onTerminal;
  private final LongSupplier nowNanos;
  private boolean drawn;
  private int toldStep = -1;
  private long toldNanos;
  private String toldWhat = "";

  /// @param onTerminal whether `out` is one
  ProgressLine(PrintWriter out, boolean onTerminal, LongSupplier nowNanos) {
    this.out = out;
    this.onTerminal = onTerminal;
    this.nowNanos = nowNanos;
  }

  /// Whether people see what this program prints as it comes.
  static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  /// Tells how far it is.
  ///
  /// @param what is done, or waited for
  /// @param percent empty while nobody knows how much there is to do
  /// @param more numbers that change all the time
  void at(String what, OptionalInt percent, String more) {
    String text = Printable.text(what + more);
    if (onTerminal) {
      out.print(AGAIN + (percent.isPresent() ? bar(percent.getAsInt()) : "") + text);
      out.flush();
      drawn = true;
      return;
    }
    long now = nowNanos.getAsLong();
    int step = percent.orElse(0) / PERCENT_STEP;
    boolean news = !what.equals(toldWhat) || step != toldStep;
    if (news || now - toldNanos >= SILENCE_NANOS_MAX) {
      toldWhat = what;
      toldStep = step;
      toldNanos = now;
      out.println((percent.isPresent() ? percent.getAsInt() + "% " : "") + text);
      out.flush();
    }
  }

  /// Leaves the terminal as it was, for what is printed next.
  void end() {
    if (drawn) {
      out.print(AGAIN);
      out.flush();
      drawn = false;
    }
  }

  private static String bar(int percent) {
    int full = Math.clamp(percent, 0, 100) * BAR_CELLS / 100;
    return "[%s%s] %3d%% ".formatted("#".repeat(full), "-".repeat(BAR_CELLS - full), percent);
  }
}
