package io.lockstep.control.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One node of the pair.
///
/// @param name the node's name
/// @param nodeId 0 or 1
/// @param state `running` (reports arrive), `silent` (it has reported, but not lately) or `unknown`
///     (never heard of); the CLI says `not running` where nobody answers at the node's socket
/// @param reportAgeMillis how old this picture is; 0 for the node that answered, null if there is
///     none
/// @param pid the daemon's process, null where it does not run or is not known
/// @param release the running release, null if unknown
/// @param startedAtMillis when the daemon started, null if unknown
/// @param role `Primary`, `Secondary` or `Unknown`
/// @param diskState DRBD's word: `UpToDate`, `Inconsistent`, `Outdated`, `DUnknown`, ...
/// @param connectionState DRBD's word: `Connected`, `Connecting`, `SyncSource`, `StandAlone`, ...
/// @param reason why the connection stands still, or empty
/// @param aloneSinceMillis since when it has no link to the other node, by its own clock; null
///     while it has one, or if it is not known
/// @param outOfSyncBytes how much is marked as different between the nodes, as this node counts
/// @param resync the resync under way, null if there is none
/// @param lastResyncBytesSent payload that the present or last resync put on the wire
/// @param unreadable blocks that no node can read, null if there are none
/// @param readFromPeerBlocks blocks that its own disk could not read, so that the other node's
///     content was given and written back, since the daemon started
/// @param term the highest term known to the node
/// @param generation the current generation identifier, 16 hexadecimal digits
/// @param portal where its target listens, `host:port`
/// @param dataPath path of the backing disk
/// @param dataOffset byte of the backing disk where the PV begins
/// @param dataBytes size of the PV
/// @param controlSocket path of the daemon's control socket
/// @param alerts what this node wants a person to know
public record NodeStatus(
    String name,
    @InRange(min = 0, max = 1) int nodeId,
    String state,
    @Nullable Long reportAgeMillis,
    @Nullable Long pid,
    @Nullable String release,
    @Nullable Long startedAtMillis,
    String role,
    String diskState,
    String connectionState,
    String reason,
    @Nullable Long aloneSinceMillis,
    long outOfSyncBytes,
    @Nullable ResyncInfo resync,
    long lastResyncBytesSent,
    @Nullable UnreadableInfo unreadable,
    long readFromPeerBlocks,
    long term,
    String generation,
    String portal,
    @Nullable String dataPath,
    long dataOffset,
    long dataBytes,
    @Nullable String controlSocket,
    List<Alert> alerts) {
  /// [#state] of a node that reports.
  public static final String RUNNING = "running";

  /// [#state] of a node whose last report is too old.
  public static final String SILENT = "silent";

  /// [#state] of a node that never reported.
  public static final String UNKNOWN = "unknown";

  /// [#state], said by the CLI, of a node at whose socket nobody answers.
  public static final String NOT_RUNNING = "not running";
}
