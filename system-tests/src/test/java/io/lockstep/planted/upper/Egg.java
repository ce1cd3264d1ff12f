package io.lockstep.planted.upper;

/// The other half of a circle of classes.
public record Egg(Hen of) {}
