package io.lockstep.mirror.meeting;

import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.OldWork;
import io.lockstep.mirror.role.Partings;
import io.lockstep.mirror.role.Roles;

/// What a meeting may change beside the data.
///
/// @param roles who is Primary
/// @param lostDisk a disk that has failed, here or at the peer
/// @param oldWork what an earlier role has left on the disk
/// @param partings how nodes part
public record Switching(Roles roles, LostDisk lostDisk, OldWork oldWork, Partings partings) {}
