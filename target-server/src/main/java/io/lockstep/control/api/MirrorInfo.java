package io.lockstep.control.api;

import java.util.List;

/// The mirror: its nodes and where its data lies, so that it can be read without Lockstep.
///
/// @param pair the pair's name
/// @param pairId the pair's identifier
/// @param mirrorId the mirror's identifier
/// @param replicatedBytes size of the replicated space: control region and PV
/// @param nodes both nodes
/// @param regions where things lie on the answering node's disk
/// @param readCommands commands that read the volumes with plain Linux tools on any machine
public record MirrorInfo(
    String pair,
    String pairId,
    String mirrorId,
    long replicatedBytes,
    List<NodeStatus> nodes,
    List<RegionInfo> regions,
    List<String> readCommands) {}
