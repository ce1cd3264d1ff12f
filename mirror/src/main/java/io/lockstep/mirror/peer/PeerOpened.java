package io.lockstep.mirror.peer;

/// How opening the transport ended.
public sealed interface PeerOpened {
  /// Node 0 listens; node 1 has nothing to do yet.
  record Ready(NettyPeerTransport transport) implements PeerOpened {}

  /// Nothing was opened.
  ///
  /// @param sentence what, why, and what to do
  record Refused(String sentence) implements PeerOpened {}
}
