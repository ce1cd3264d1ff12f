package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Everything that is known of the pair, as seen by one daemon: the answer of `GET /v1/status` and
/// the data of each `status` event.
///
/// @param seen by whom and when; its fields stand beside the others in JSON
/// @param nodes both nodes, node 0 first; what is known of the other one carries its age
/// @param mirrors what the nodes mirror, each with its two sides
/// @param volumes volumes as the Primary reports them; while no Primary is known here, those of the
///     answering node's own copy, as last read
/// @param exports all exports
/// @param sessions who is logged in to either node
/// @param work what goes on and what needs a person; its fields stand beside the others in JSON
/// @param console where the console is, null if the configuration names none
public record PairStatus(
    @JsonUnwrapped Seen seen,
    List<NodeStatus> nodes,
    List<MirrorSides> mirrors,
    List<VolumeInfo> volumes,
    List<ExportInfo> exports,
    List<SessionInfo> sessions,
    @JsonUnwrapped Work work,
    @Nullable ConsoleInfo console) {

  /// What goes on and what needs a person.
  ///
  /// @param alerts what needs a person, most severe first
  /// @param jobs work that goes on after its request was answered
  public record Work(List<Alert> alerts, List<JobInfo> jobs) {
    public static Work of(List<Alert> alerts) {
      return new Work(alerts, List.of());
    }
  }

  /// Whose picture it is.
  ///
  /// @param pair the pair's short random name, part of every IQN
  /// @param reportedBy name of the node that answered
  /// @param atMillis when, for people
  public record Seen(String pair, String reportedBy, long atMillis) {}

  public String pair() {
    return seen.pair;
  }

  public String reportedBy() {
    return seen.reportedBy;
  }

  public List<Alert> alerts() {
    return work.alerts;
  }

  public List<JobInfo> jobs() {
    return work.jobs;
  }

  /// The jobs that are at a volume.
  public List<JobInfo> jobsAt(VolumeInfo volume) {
    return jobs().stream()
        .filter(job -> job.volume().equals(volume.name()))
        .filter(job -> Objects.equals(job.mirror(), volume.mirror()))
        .toList();
  }

  public Optional<NodeStatus> node(String name) {
    return nodes.stream().filter(node -> node.name().equals(name)).findFirst();
  }

  public Optional<MirrorSides> mirror(String name) {
    return mirrors.stream().filter(mirror -> mirror.name().equals(name)).findFirst();
  }

  /// Whether a node is Primary of any mirror.
  public boolean servesAt(String node) {
    return mirrors.stream()
        .flatMap(mirror -> mirror.side(node).stream())
        .anyMatch(SideStatus::serves);
  }
}
