/// Fakes of everything a node stands on, for the simulation: a node's loop, its disk with a
/// volatile cache, and the link between two nodes. One thread, one virtual clock, one seed: the
/// same seed gives the same history, down to the byte.
@NullMarked
package io.lockstep.sim;

import org.jspecify.annotations.NullMarked;
