package io.lockstep.iscsi.session;

import io.lockstep.iscsi.pdu.BasicHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Where a session's PDUs go: the connection, seen from inside. They leave in the order of the
/// calls, when the connection thinks it is time.
public interface SessionOutput {
  /// Takes a PDU; header and data are copied before the call returns.
  void send(BasicHeader header, ByteBuffer data);

  /// Takes a PDU whose data segment stays where it is, from position to limit.
  ///
  /// @param sent runs on the loop, later, when neither this payload nor any before it is needed any
  ///     more, whether it was sent or lost; null if a later payload will tell
  void sendPayload(BasicHeader header, ByteBuffer payload, @Nullable Runnable sent);

  /// Whether the initiator takes what we send; while not, no command is taken from it.
  boolean isWritable();

  /// A command ended because what was sent for it could not be read: to be logged.
  ///
  /// @param what which one, for the log
  /// @param cause what was thrown
  void faulted(String what, RuntimeException cause);

  /// Ends the connection once everything before is sent. The session is then told by
  /// [Session#connectionLost].
  ///
  /// @param why a sentence for the log
  void close(String why);
}
