package io.lockstep.mirror.role;

/// How nodes part that have met and do not go on together.
///
/// @param standstill what both say, and when they try again
/// @param givenUp what a person gives up at a split brain
public record Partings(Standstill standstill, GivenUp givenUp) {}
