package io.lockstep.control.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that is known of the pair, as seen by one daemon: the answer of `GET /v1/status` and
/// the data of each `status` event.
///
/// @param pair the pair's short random name, part of every IQN
/// @param reportedBy name of the node that answered
/// @param atMillis when, for people
/// @param nodes both nodes, node 0 first; what is known of the other one carries its age
/// @param group the volume group, null while no Primary is known here
/// @param volumes volumes as the Primary reports them; while no Primary is known here, those of the
///     answering node's own copy, as last read
/// @param exports all exports
/// @param sessions who is logged in to either node
/// @param alerts what needs a person, most severe first
/// @param console where the console is, null if the configuration names none
public record PairStatus(
    String pair,
    String reportedBy,
    long atMillis,
    List<NodeStatus> nodes,
    @Nullable GroupInfo group,
    List<VolumeInfo> volumes,
    List<ExportInfo> exports,
    List<SessionInfo> sessions,
    List<Alert> alerts,
    @Nullable ConsoleInfo console) {}
