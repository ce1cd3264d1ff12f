package io.lockstep.mirror.link;

/// What came of a message to the other node's daemon.
public sealed interface ControlAnswer {
  /// The other node's answer, opaque to the mirror.
  @SuppressWarnings("ArrayRecordComponent")
  record Answered(byte[] body) implements ControlAnswer {}

  /// There is none, because of `reason`. Whether the other node acted on the message is unknown if
  /// the link was lost meanwhile.
  record Unavailable(String reason) implements ControlAnswer {}
}
