package io.lockstep.planted.upper;

/// Stands above the package that uses it.
public record Above(int height) {}
