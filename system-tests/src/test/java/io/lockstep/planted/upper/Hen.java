package io.lockstep.planted.upper;

/// One half of a circle of classes.
public record Hen(int eggs) {
  /// The other half knows this one.
  public Egg lay() {
    return new Egg(this);
  }
}
