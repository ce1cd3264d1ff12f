package io.lockstep.control.api;

import java.util.List;

/// A mirror: its sides and where its data lies, so that it can be read without Lockstep.
///
/// @param name the mirror's name
/// @param pair the pair's name
/// @param pairId the pair's identifier
/// @param mirrorId the mirror's identifier
/// @param replicatedBytes size of the replicated space: control region and PV
/// @param sides both sides
/// @param regions where things lie on the answering node's disk
/// @param readCommands commands that read the volumes with plain Linux tools on any machine
public record MirrorInfo(
    String name,
    String pair,
    String pairId,
    String mirrorId,
    long replicatedBytes,
    List<SideStatus> sides,
    List<RegionInfo> regions,
    List<String> readCommands) {}
