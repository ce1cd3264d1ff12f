package io.lockstep.peers;

import java.util.Locale;
import java.util.Optional;

/// What a node says of itself on a new line, and whether whoever answers is the other node. Pure.
final class Greetings {
  private Greetings() {}

  /// What a node says first on a line over one of its addresses.
  static Message.Greeting of(PeerIdentity own, int address) {
    return new Message.Greeting(PeerLimits.VERSION, PeerLimits.VERSION, 0, own, address);
  }

  /// Why a line must not be taken from whoever greets like this, and what to correct; empty if it
  /// is the other node.
  ///
  /// @param address which of its addresses this node means by the line
  static Optional<String> misfit(PeerIdentity own, Message.Greeting greeting, int address) {
    PeerIdentity sender = greeting.sender();
    if (!sender.pairId().equals(own.pairId())) {
      return said(
          "nodes of different pairs: node %s belongs to pair %s, node %s to pair %s; correct"
              + " peer.addresses and peer.port, or initialise the wrong disk again",
          own.nodeName(), own.pairName(), sender.nodeName(), sender.pairName());
    }
    if (sender.nodeId() == own.nodeId()) {
      return said(
          "both nodes, %s and %s, say that they are node %d; initialise one of them with the other"
              + " id",
          own.nodeName(), sender.nodeName(), own.nodeId());
    }
    if (greeting.address() != address) {
      return said(
          "node %s has at place %d of peer.addresses what node %s has at place %d; write the same"
              + " list on both nodes",
          own.nodeName(), address + 1, sender.nodeName(), greeting.address() + 1);
    }
    if (greeting.versionMin() > PeerLimits.VERSION || greeting.versionMax() < PeerLimits.VERSION) {
      return said(
          "node %s speaks versions %d to %d on the control connection, node %s version %d; upgrade"
              + " the older",
          sender.nodeName(),
          greeting.versionMin(),
          greeting.versionMax(),
          own.nodeName(),
          PeerLimits.VERSION);
    }
    return Optional.empty();
  }

  private static Optional<String> said(String form, Object... values) {
    return Optional.of(String.format(Locale.ROOT, form, values));
  }
}
