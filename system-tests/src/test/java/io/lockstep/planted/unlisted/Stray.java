package io.lockstep.planted.unlisted;

/// A class in a package without a row.
public record Stray(int count) {}
