package io.lockstep.daemon;

import io.lockstep.block.disk.FileSpace;
import io.lockstep.control.api.Alert;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.node.AlertBook;
import io.lockstep.node.MirrorAlerts;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.VolumeAlerts;
import io.lockstep.node.VolumeView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// All that a person should know of a node's side of a mirror, gathered into one [AlertBook]: what
/// the mirror's events tell, at once, and what is seen in a sketch, whenever one is taken. Belongs
/// to the mirror's loop.
final class StandingAlerts {
  private final DaemonConfig config;
  private final AlertBook book;
  private final MirrorAlerts ofMirror;
  private final boolean tellsOfNode;
  private final Watched watched;
  private MirrorAlerts.Facts facts =
      new MirrorAlerts.Facts(DiskState.DUNKNOWN, false, false, Optional.empty());

  /// What was said of [#volumesOf], which changes seldom.
  private List<Alert> ofVolumes = List.of();

  private @Nullable OpenGroup volumesOf;

  /// What is looked at beside the mirror, whenever a picture is taken.
  ///
  /// @param space the room for the file that the disk is, as it was seen last
  /// @param auditFailure why the node's audit trail cannot be written
  /// @param peerMirrors those that the other node is configured with; empty while that is not known
  record Watched(
      Supplier<Optional<FileSpace>> space,
      Supplier<Optional<String>> auditFailure,
      Supplier<List<String>> peerMirrors) {}

  /// @param disk the state of its disk when it was attached
  /// @param watched what is looked at beside the mirror
  StandingAlerts(
      DaemonConfig config,
      DaemonConfig.MirrorPart part,
      DiskState disk,
      Watched watched,
      AlertBook book) {
    this.watched = watched;
    this.config = config;
    this.book = book;
    this.ofMirror = new MirrorAlerts(config.nodeName(), disk);
    this.tellsOfNode = config.mirrors().getFirst().equals(part);
  }

  /// The time for people, as alerts carry it.
  static String wallTime() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  /// The mirror has told an event.
  void happened(MirrorEvent event) {
    ofMirror.happened(event);
    book.stands(AlertBook.Source.MIRROR, ofMirror.standing(facts));
  }

  /// What stands by what is known now.
  ///
  /// @param seen what is known, without the alerts
  List<Alert> now(MirrorSketch seen, Optional<OpenGroup> open, Optional<String> openFailure) {
    facts = seen.facts();
    book.stands(AlertBook.Source.MIRROR, ofMirror.standing(facts));
    List<Alert> served = new ArrayList<>(Alerts.volumesClosed(config.nodeName(), openFailure));
    served.addAll(ofVolumes(open.orElse(null)));
    open.map(one -> VolumeAlerts.shared(config.nodeName(), one.exports(), seen.allSessions()))
        .ifPresent(served::addAll);
    book.stands(AlertBook.Source.VOLUMES, served);
    book.stands(
        AlertBook.Source.DISK,
        watched.space.get().stream()
            .flatMap(one -> Alerts.lowSpace(config.nodeName(), one).stream())
            .toList());
    book.stands(
        AlertBook.Source.PAIR,
        Alerts.ofPair(config.nodeName(), config.peer().name(), seen.sight()).stream().toList());
    if (tellsOfNode) {
      book.stands(AlertBook.Source.NODE, ofNode(seen.heard()));
    }
    return book.alerts();
  }

  @SuppressWarnings("ReferenceEquality") // The same until something has changed.
  private List<Alert> ofVolumes(@Nullable OpenGroup open) {
    if (open != volumesOf) {
      volumesOf = open;
      ofVolumes =
          open == null
              ? List.of()
              : VolumeAlerts.of(config.nodeName(), VolumeView.of(open.status()), open.infos());
    }
    return ofVolumes;
  }

  private List<Alert> ofNode(MirrorSketch.Heard heard) {
    List<Alert> alerts =
        new ArrayList<>(
            Alerts.ofContact(config.nodeName(), config.peer().name(), heard.isUp(), heard.lost()));
    alerts.addAll(
        Alerts.mirrorsMissing(
            config.nodeName(),
            config.mirrorNames(),
            config.peer().name(),
            watched.peerMirrors.get()));
    Alerts.audit(config.nodeName(), watched.auditFailure.get()).ifPresent(alerts::add);
    Alerts.diskTests(config.nodeName(), DiskTests.on(config.test())).ifPresent(alerts::add);
    return alerts;
  }
}
