package io.lockstep.mirror.link;

import io.lockstep.mirror.wire.Frame;

/// Makes connections to the other node: one side dials, the other listens; at most one connection
/// is alive at a time. Belongs to the mirror's loop, where all of its events arrive.
public interface PeerTransport {
  /// Tries to have a connection from now on, again and again with a pause after each failure.
  void enable(Listener listener);

  /// Closes the connection, if there is one, and makes no other until [#enable].
  void disable(String reason);

  /// What the transport tells the mirror. For one link: opened, then any number of received, then
  /// closed. The next link is opened only after the last one was closed.
  interface Listener {
    /// A connection stands; no frame has passed yet.
    void opened(PeerLink link);

    /// A whole, undamaged frame has come in. Whoever receives a frame with a payload gives the
    /// buffer back to the mirror's pool when it is done with it.
    void received(PeerLink link, long term, Frame frame);

    /// The connection has ended; nothing more comes from it.
    void closed(PeerLink link, String reason);
  }
}
