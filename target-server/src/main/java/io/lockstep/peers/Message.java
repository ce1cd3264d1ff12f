package io.lockstep.peers;

/// What one node says to the other on the control connection. The bytes are described in
/// [MessageWriter]. Byte arrays belong to whoever holds the message, and are never changed.
public sealed interface Message {
  /// What only nodes say that know each other.
  sealed interface Working extends Message {}

  /// Who the sender is: the first message from each side, from the side that dials first.
  ///
  /// @param versionMin the lowest protocol version spoken
  /// @param versionMax the highest
  /// @param features bits of what is offered; none yet
  /// @param sender who it is
  /// @param address which of `peer.addresses` this line goes over, counted from 0
  record Greeting(int versionMin, int versionMax, long features, PeerIdentity sender, int address)
      implements Message {}

  /// The two do not belong together, or not on this line; it ends.
  record Refuse(String reason) implements Message {}

  /// The sender lives.
  record Beat(long number) implements Message {}

  /// The sender ends the line on purpose; nothing follows.
  record Goodbye(String reason) implements Message {}

  /// A request for the other node.
  @SuppressWarnings("ArrayRecordComponent")
  record Request(long id, byte[] body) implements Working {}

  /// The answer to the request with the same `id`.
  @SuppressWarnings("ArrayRecordComponent")
  record Reply(long id, byte[] body) implements Working {}

  /// What the sender tells of itself.
  @SuppressWarnings("ArrayRecordComponent")
  record Report(byte[] body) implements Working {}
}
