package io.lockstep.peers;

/// What carries a [Line]: one established connection. Messages go out in the order of the calls and
/// arrive in that order or not at all. Belongs to the loop of the control connection.
public interface Wire {
  void send(Message message);

  /// Whether little waits to be sent.
  boolean isRoomy();

  /// The other side is known, and the line stands.
  void trusted();

  /// Ends the connection once what was sent has left. Idempotent.
  void close();
}
