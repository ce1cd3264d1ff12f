package io.lockstep.mirror;

/// What a meeting may change beside the data.
///
/// @param roles who is Primary
/// @param lostDisk a disk that has failed, here or at the peer
/// @param oldWork what an earlier role has left on the disk
/// @param partings how nodes part
record Switching(Roles roles, LostDisk lostDisk, OldWork oldWork, Partings partings) {}
