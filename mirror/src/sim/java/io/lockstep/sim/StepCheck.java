package io.lockstep.sim;

/// A checker that looks after every turn of the world. Each is a file with the name of what it
/// checks, and throws an [AssertionError] that begins with the invariant.
interface StepCheck {
  void afterTurn();
}
