package io.lockstep.mirror.meta;

import java.util.UUID;

/// A disk or file of a copy. Immutable.
///
/// @param id drawn when it was laid out
/// @param usedBytes where the last thing on it ends
/// @param attachCounter how often it was attached, for copies of several members; 0 in others
public record Member(UUID id, long usedBytes, long attachCounter) {}
