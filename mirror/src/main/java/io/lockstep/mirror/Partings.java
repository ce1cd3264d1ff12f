package io.lockstep.mirror;

/// How nodes part that have met and do not go on together.
///
/// @param standstill what both say, and when they try again
/// @param givenUp what a person gives up at a split brain
record Partings(Standstill standstill, GivenUp givenUp) {}
