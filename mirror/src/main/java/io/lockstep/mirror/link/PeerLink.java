package io.lockstep.mirror.link;

import io.lockstep.block.Completion;
import io.lockstep.mirror.wire.Frame;

/// One established connection to the other node: frames go out in the order of the calls and arrive
/// in that order or not at all. Belongs to the mirror's loop.
public interface PeerLink {
  /// Sends `frame` under `term`. `sent` runs in a later turn, once the link no longer needs the
  /// frame's payload: OK when it went to the transport, CLOSED when the link ended first. It says
  /// nothing about arrival.
  void send(long term, Frame frame, Completion sent);

  /// Sends a frame without payload, or one whose payload nobody reuses.
  void send(long term, Frame frame);

  /// Ends the connection; [PeerTransport.Listener#closed] follows in a later turn. Idempotent.
  void close(String reason);

  /// The other end's address, for people.
  String remoteAddress();
}
