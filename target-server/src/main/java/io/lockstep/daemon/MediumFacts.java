package io.lockstep.daemon;

/// What hosts are told of a volume's medium on both nodes, by the one that serves it or from the
/// local copy. Immutable.
///
/// @param sizeBytes any number: the other node said it
/// @param writeProtected whether it may only be read
record MediumFacts(long sizeBytes, boolean writeProtected) {}
