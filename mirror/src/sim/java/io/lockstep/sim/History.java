package io.lockstep.sim;

import java.util.Map;

/// One seed lived through, as whoever runs many of them sees it.
@FunctionalInterface
public interface History {
  /// Lives through one seed; throws an `AssertionError` that says which invariant broke.
  ///
  /// @return what happened in it: the name of each thing that is counted, and how often it
  ///     happened; in the order in which people want to read it
  Map<String, Long> live(long seed);
}
