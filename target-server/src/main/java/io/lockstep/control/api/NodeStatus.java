package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One node of the pair: the machine and its daemon. What it has of a mirror is a [SideStatus].
///
/// @param name the node's name
/// @param nodeId 0 or 1
/// @param state `running` (reports arrive), `silent` (it has reported, but not lately) or `unknown`
///     (never heard of); whoever asks both sockets says `not running` where nobody listens at the
///     node's, and `no answer` where somebody does and says nothing
/// @param reportAgeMillis how old this picture is; 0 for the node that answered, null if there is
///     none
/// @param daemon what runs there; its fields stand beside the others in JSON
/// @param portals where its targets listen, `host:port`
/// @param alerts what this node wants a person to know
public record NodeStatus(
    String name,
    @InRange(min = 0, max = 1) int nodeId,
    String state,
    @Nullable Long reportAgeMillis,
    @JsonUnwrapped Running daemon,
    List<String> portals,
    List<Alert> alerts) {
  /// [#state] of a node that reports.
  public static final String RUNNING = "running";

  /// [#state] of a node whose last report is too old.
  public static final String SILENT = "silent";

  /// [#state] of a node that never reported.
  public static final String UNKNOWN = "unknown";

  /// [#state], said by whoever asks both sockets, of a node at whose socket nobody listens.
  public static final String NOT_RUNNING = "not running";

  /// [#state], said by whoever asks both sockets, of a node whose daemon takes the connection and
  /// says nothing: it may stand still, and it may serve.
  public static final String NO_ANSWER = "no answer";

  /// The daemon.
  ///
  /// @param pid its process, null where it does not run or is not known
  /// @param release the running release, null if unknown
  /// @param startedAtMillis when it started, null if unknown
  /// @param controlSocket path of its control socket, null if unknown
  public record Running(
      @Nullable Long pid,
      @Nullable String release,
      @Nullable Long startedAtMillis,
      @Nullable String controlSocket) {

    /// What stays true of one that cannot be asked.
    public Running unheard() {
      return new Running(null, release, null, controlSocket);
    }
  }

  public @Nullable Long pid() {
    return daemon.pid;
  }

  /// The same with other alerts.
  public NodeStatus with(List<Alert> newAlerts) {
    return new NodeStatus(name, nodeId, state, reportAgeMillis, daemon, portals, newAlerts);
  }

  /// What stays true of a node whose daemon does not run.
  public NodeStatus notRunning() {
    return new NodeStatus(
        name, nodeId, NOT_RUNNING, reportAgeMillis, daemon.unheard(), portals, alerts);
  }

  /// The same, of which the other node may know something, but which says nothing itself.
  public NodeStatus noAnswer() {
    return new NodeStatus(name, nodeId, NO_ANSWER, reportAgeMillis, daemon, portals, alerts);
  }
}
