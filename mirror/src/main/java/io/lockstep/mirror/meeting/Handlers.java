package io.lockstep.mirror.meeting;

import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.Outdating;
import io.lockstep.mirror.role.Roles;

/// Whom the frames of the other node go to that carry no data.
///
/// @param meeting greeting and reports
/// @param roles handovers
/// @param news what the other node says of itself
/// @param outdating disconnects
/// @param lostDisk a disk that has failed
public record Handlers(
    Meeting meeting, Roles roles, PeerNews news, Outdating outdating, LostDisk lostDisk) {}
