package io.lockstep.mirror.meeting;

import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.wire.Frame;
import java.util.Locale;
import java.util.Optional;

/// Whether the node that answers at the peer's address is the peer: of the same pair and mirror,
/// the other one of the two, and with a protocol version in common.
final class Misfit {
  private Misfit() {}

  /// @param nodeName what this node is called
  /// @return why the two must not go on, and what to correct; empty if they fit
  static Optional<String> of(Superblock.Identity own, String nodeName, Frame.Hello hello) {
    if (!hello.pairId().equals(own.pairId())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "nodes of different pairs: node %s belongs to pair %s, node %s to pair %s;"
                  + " correct the peer address, or initialise the wrong disk again",
              nodeName,
              own.pairName(),
              hello.nodeName(),
              hello.pairName()));
    }
    if (!hello.mirrorId().equals(own.mirrorId())) {
      return Optional.of("the peer address leads to another mirror of this pair; correct it");
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
    return Optional.empty();
  }
}
