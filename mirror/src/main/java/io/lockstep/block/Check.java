package io.lockstep.block;

import org.jspecify.annotations.Nullable;

/// Assertions that stay on in production. A failed check is a bug in this program, never bad input:
/// it throws an [AssertionError], nobody catches it, the process dies and the other node goes on.
///
/// Arguments are `long`, so that nothing is allocated on the good path.
public final class Check {
  private Check() {}

  /// `value`, which is not null here; `name` says what should have been there.
  public static <T> T present(@Nullable T value, String name) {
    if (value == null) {
      throw new AssertionError(name);
    }
    return value;
  }

  /// An exception from behind an edge, as the error that it is there: an edge ends a connection for
  /// its own exceptions, and lets this one through.
  public static AssertionError bug(RuntimeException cause) {
    return new AssertionError("an exception where no outside input is", cause);
  }

  /// Throws [AssertionError] unless `invariant` holds; `name` says what should have held.
  public static void that(boolean invariant, String name) {
    if (!invariant) {
      throw new AssertionError(name);
    }
  }

  /// Like [#that(boolean, String)], with the two numbers that disagreed in the message.
  public static void that(boolean invariant, String name, long left, long right) {
    if (!invariant) {
      throw new AssertionError(name + ": " + left + " vs " + right);
    }
  }
}
