package io.lockstep.control.api;

/// `missed` in the stream of `GET /v1/events`: the reader was too slow, and these are lost to it.
///
/// @param count how many events of mirrors
public record MissedEvents(long count) {}
