package io.lockstep.mirror.meeting;

import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.wire.Frame;
import java.util.Locale;
import java.util.Optional;

/// Whether the node at the other end of a link is the peer: of the same pair and mirror, the other
/// one of the two, with a protocol version in common, and with the same name for the mirror.
final class Misfit {
  private Misfit() {}

  /// @param config what this node and its mirror are called
  /// @return why the two must not go on, and what to correct; empty if they fit
  static Optional<String> of(NodeIdentity own, MirrorConfig config, Frame.Hello hello) {
    if (!hello.pairId().equals(own.pairId())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "nodes of different pairs: node %s belongs to pair %s, node %s to pair %s;"
                  + " correct the peer address, or initialise the wrong disk again",
              config.nodeName(),
              own.pairName(),
              hello.nodeName(),
              hello.pairName()));
    }
    if (!hello.mirrorId().equals(own.mirrorId())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "two mirrors of one pair: the link is for mirror %s on node %s and for mirror %s on"
                  + " node %s; write the same mirrors[].port for each mirror on both nodes",
              config.mirrorName(),
              config.nodeName(),
              hello.mirrorName(),
              hello.nodeName()));
    }
    if (hello.nodeId() == own.nodeId()) {
      return Optional.of(
          "both nodes say that they are node "
              + own.nodeId()
              + "; initialise one of them with the other id");
    }
    if (hello.versionMin() > PeerConnection.VERSION_MAX
        || hello.versionMax() < PeerConnection.VERSION_MIN) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "the peer speaks protocol versions %d to %d, this node %d to %d; upgrade the older",
              hello.versionMin(),
              hello.versionMax(),
              PeerConnection.VERSION_MIN,
              PeerConnection.VERSION_MAX));
    }
    if (!hello.mirrorName().equals(config.mirrorName())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "one mirror with two names: it is %s on node %s and %s on node %s; write the same"
                  + " mirrors[].name on both nodes",
              config.mirrorName(),
              config.nodeName(),
              hello.mirrorName(),
              hello.nodeName()));
    }
    return Optional.empty();
  }
}
