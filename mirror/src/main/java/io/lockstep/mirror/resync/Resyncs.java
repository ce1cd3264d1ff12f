package io.lockstep.mirror.resync;

/// Both sides of a resync; a node is one of them at most.
public record Resyncs(ResyncSource source, ResyncTarget target) {}
