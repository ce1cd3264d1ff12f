package io.lockstep.nbd.wire;

/// Who a [HandshakeDecoder] works for.
public interface HandshakeSink {
  /// The client's flags have come.
  ///
  /// @return whether to go on; false leaves the rest of the piece
  boolean clientFlags(int flags);

  /// An option has come.
  ///
  /// @return whether to go on; false leaves the rest of the piece
  boolean option(Option option);

  /// The stream cannot be understood any more; nothing follows.
  void broken(HandshakeFault fault);
}
