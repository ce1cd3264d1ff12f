package io.lockstep.control.api;

/// A resync under way.
///
/// @param direction `source` (this node sends) or `target` (this node is filled)
/// @param bytesTotal out of sync when it began
/// @param bytesDone no longer out of sync
/// @param bytesSent payload on the wire so far; zeroes travel as a length
/// @param bytesPerSecond over the last seconds
/// @param secondsLeft at that rate, -1 while unknown
public record ResyncInfo(
    String direction,
    long bytesTotal,
    long bytesDone,
    long bytesSent,
    long bytesPerSecond,
    long secondsLeft) {}
