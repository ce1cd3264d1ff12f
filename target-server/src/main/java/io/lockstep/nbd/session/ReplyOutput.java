package io.lockstep.nbd.session;

import java.nio.ByteBuffer;

/// Where a session's answers go: the connection, seen from inside. They leave in the order of the
/// calls, when the connection thinks it is time: those of one turn together.
public interface ReplyOutput {
  /// Takes bytes, from position to limit; they are copied before the call returns.
  void send(ByteBuffer bytes);

  /// Takes data that stay where they are, from position to limit.
  ///
  /// @param sent runs on the loop, later, when they are not needed any more, whether they were sent
  ///     or lost
  void sendPayload(ByteBuffer payload, Runnable sent);

  /// Whether the client takes what is sent; while not, no request is taken from it.
  boolean isWritable();

  /// [NbdSession#mayTake] may say something else now; to be asked in a later turn.
  void goOn();

  /// Ends the connection once everything before is sent. The session is then told by
  /// [NbdSession#connectionLost].
  ///
  /// @param why a sentence for the log
  void close(String why);
}
