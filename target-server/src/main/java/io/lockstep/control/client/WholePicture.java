package io.lockstep.control.client;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One picture of the pair made of what its daemons said at their own sockets: **each node's own
/// word where it answers**; of one that does not, what the other one knows of it. That a node is
/// silent says nothing of it. Pure.
final class WholePicture {
  /// The alert that stands for a daemon that takes the connection and says nothing.
  static final String NO_ANSWER = "no-answer";

  /// The alert that no node is known to serve.
  private static final String NO_PRIMARY = "no-primary";

  private final List<PairStatus> told;
  private final List<ControlException> failures;

  /// By the one that knows most.
  private final PairStatus base;

  private WholePicture(List<PairStatus> told, List<ControlException> failures) {
    this.told = told;
    this.failures = failures;
    this.base =
        told.stream()
            .filter(status -> status.servesAt(status.reportedBy()))
            .findFirst()
            .orElse(told.getFirst());
  }

  /// @param told what came, in the order of the sockets; at least one
  /// @param failures why others said nothing
  static PairStatus of(List<PairStatus> told, List<ControlException> failures) {
    return new WholePicture(told, failures).drawn();
  }

  private PairStatus drawn() {
    List<NodeStatus> nodes = base.nodes().stream().map(this::node).toList();
    List<MirrorSides> mirrors = base.mirrors().stream().map(this::mirror).toList();
    return new PairStatus(
        base.seen(),
        nodes,
        mirrors,
        ofMirrors(PairStatus::volumes, volume -> volume.mirror()),
        ofMirrors(PairStatus::exports, export -> export.mirror()),
        sessions(),
        new PairStatus.Work(
            alerts(nodes, mirrors), ofMirrors(PairStatus::jobs, job -> job.mirror())),
        base.console());
  }

  /// What a node says of itself, if it answers.
  private Optional<PairStatus> own(String node) {
    return told.stream().filter(status -> status.reportedBy().equals(node)).findFirst();
  }

  private NodeStatus node(NodeStatus seen) {
    Optional<NodeStatus> own = own(seen.name()).flatMap(status -> status.node(seen.name()));
    if (own.isPresent() || failures.isEmpty()) {
      return own.orElse(seen);
    }
    return isNobodyListening() ? seen.notRunning() : seen.noAnswer();
  }

  private boolean isNobodyListening() {
    return failures.stream().allMatch(ControlException::isNobodyListening);
  }

  private MirrorSides mirror(MirrorSides mirror) {
    return MirrorSides.of(
        mirror.name(),
        teller(mirror).mirror(mirror.name()).map(MirrorSides::group).orElse(null),
        SideStatus.counted(
            mirror.sides().stream().map(side -> side(mirror.name(), side)).toList()));
  }

  private SideStatus side(String mirror, SideStatus seen) {
    Optional<SideStatus> own =
        own(seen.node())
            .flatMap(status -> status.mirror(mirror))
            .flatMap(one -> one.side(seen.node()));
    if (own.isPresent() || failures.isEmpty() || !isNobodyListening()) {
      return own.orElse(seen);
    }
    return seen.unheard();
  }

  /// Who knows what is on a mirror: its Primary, if that answers.
  private PairStatus teller(MirrorSides mirror) {
    return told.stream()
        .filter(
            status ->
                status
                    .mirror(mirror.name())
                    .flatMap(one -> one.side(status.reportedBy()))
                    .filter(SideStatus::serves)
                    .isPresent())
        .findFirst()
        .orElse(base);
  }

  /// Things of all mirrors, each as that mirror's teller has them.
  private <T> List<T> ofMirrors(
      Function<PairStatus, List<T>> things, Function<T, @Nullable String> mirrorOf) {
    if (base.mirrors().size() == 1) {
      return things.apply(teller(base.mirrors().getFirst()));
    }
    return base.mirrors().stream()
        .flatMap(
            mirror ->
                things.apply(teller(mirror)).stream()
                    .filter(thing -> mirror.name().equals(mirrorOf.apply(thing))))
        .toList();
  }

  /// Who is logged in to a node, it knows itself.
  private List<SessionInfo> sessions() {
    Stream<SessionInfo> own =
        told.stream()
            .flatMap(
                status ->
                    status.sessions().stream()
                        .filter(session -> session.node().equals(status.reportedBy())));
    Stream<SessionInfo> heard =
        base.sessions().stream().filter(session -> own(session.node()).isEmpty());
    return Stream.concat(own, heard).distinct().toList();
  }

  private List<Alert> alerts(List<NodeStatus> nodes, List<MirrorSides> mirrors) {
    List<Alert> alerts = new ArrayList<>();
    for (PairStatus status : told) {
      status.alerts().stream()
          .filter(alert -> isTold(status, alert, mirrors))
          .map(alert -> withItsEnd(status, alert))
          .filter(alert -> !alerts.contains(alert))
          .forEach(alerts::add);
    }
    nodes.stream()
        .filter(node -> node.state().equals(NodeStatus.NO_ANSWER))
        .map(this::noAnswer)
        .forEach(alerts::add);
    alerts.sort(Comparator.comparingInt(WholePicture::rank));
    return alerts;
  }

  /// What a node says of itself, and of one that does not answer. That nobody serves is said by all
  /// that answer, or it is not so.
  private boolean isTold(PairStatus status, Alert alert, List<MirrorSides> mirrors) {
    if (!alert.node().isEmpty()) {
      return alert.node().equals(status.reportedBy()) || own(alert.node()).isEmpty();
    }
    return mirrors.stream()
        .filter(mirror -> alert.mirror() == null || mirror.name().equals(alert.mirror()))
        .anyMatch(mirror -> mirror.sides().stream().noneMatch(SideStatus::serves));
  }

  /// A node that cannot see the other says that it may serve. It does not, if the process behind
  /// its socket has ended: whoever asks the sockets knows that.
  private Alert withItsEnd(PairStatus status, Alert alert) {
    boolean gone =
        !failures.isEmpty() && failures.stream().allMatch(ControlException::isProcessGone);
    Optional<NodeStatus> ended =
        status.nodes().stream()
            .filter(node -> own(node.name()).isEmpty() && !node.state().equals(NodeStatus.RUNNING))
            .findFirst();
    if (!gone || !alert.code().equals(NO_PRIMARY) || ended.isEmpty()) {
      return alert;
    }
    String name = ended.get().name();
    String by = status.reportedBy();
    return alert.saying(
        ("Node %s cannot see node %s, whose daemon does not run: its control socket is on this"
                + " machine, and nobody listens there. Node %s does not serve.")
            .formatted(by, name, by),
        ("Start node %s. Only if it is down for good, promote the other one with lockstep mirror"
                + " promote --node %s.")
            .formatted(name, by));
  }

  private Alert noAnswer(NodeStatus node) {
    String why =
        failures.stream()
            .filter(failure -> !failure.isNobodyListening())
            .map(failure -> failure.problem().why())
            .findFirst()
            .orElse("");
    return Alert.of(
            Alert.WARNING,
            NO_ANSWER,
            node.name(),
            ("Node %s does not answer at its control socket. Whether it serves is not known from"
                    + " it; what is shown of it is what the other node knows.")
                .formatted(node.name()),
            "Look at its process: one that is stopped or frozen goes on where it stood when it"
                + " wakes. Let it go on, or end it for good before the other node is promoted.")
        .because(why);
  }

  private static int rank(Alert alert) {
    return switch (alert.severity()) {
      case Alert.CRITICAL -> 0;
      case Alert.WARNING -> 1;
      default -> 2;
    };
  }
}
