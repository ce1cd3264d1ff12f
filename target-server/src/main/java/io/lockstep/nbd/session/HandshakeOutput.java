package io.lockstep.nbd.session;

import java.nio.ByteBuffer;

/// Where a handshake's answers go, and what it has decided: the connection, seen from inside.
public interface HandshakeOutput {
  /// Bytes for the client, from position to limit. They leave in the order of the calls.
  void send(ByteBuffer bytes);

  /// Once what was sent has left, TLS begins; then [Handshake#secured] is called. What the client
  /// has sent before that must not be believed.
  void startTls();

  /// The transmission phase begins, once what was sent has left.
  void enter(Agreed agreed);

  /// A client was refused an export: to be logged.
  ///
  /// @param name the one it asked for
  /// @param why a reason that the same refusal always has
  void refused(String name, String why);

  /// Ends the connection, once what was sent has left.
  ///
  /// @param why a sentence for the log
  void close(String why);
}
