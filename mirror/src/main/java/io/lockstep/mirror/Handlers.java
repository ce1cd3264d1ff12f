package io.lockstep.mirror;

/// Whom the frames of the other node go to that carry no data.
///
/// @param meeting greeting and reports
/// @param roles handovers
/// @param news what the other node says of itself
/// @param outdating disconnects
/// @param lostDisk a disk that has failed
record Handlers(
    Meeting meeting, Roles roles, PeerNews news, Outdating outdating, LostDisk lostDisk) {}
