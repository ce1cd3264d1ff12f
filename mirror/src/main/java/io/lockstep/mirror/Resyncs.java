package io.lockstep.mirror;

/// Both sides of a resync; a node is one of them at most.
record Resyncs(ResyncSource source, ResyncTarget target) {}
