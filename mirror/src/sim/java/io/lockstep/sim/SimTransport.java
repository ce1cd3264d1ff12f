package io.lockstep.sim;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.mirror.link.PeerTransport;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One node's way to the other in the [SimNetwork], for one life of the node.
public final class SimTransport implements PeerTransport {
  private final SimNetwork network;
  private final int side;
  private final SimNode node;
  private final BufferPool pool;
  private @Nullable Listener listener;
  private @Nullable SimLink link;
  private boolean enabled;

  /// Whether the other side has sent on the present link, or on the last one, what only the source
  /// of a resync does.
  private boolean heardSource;

  SimTransport(SimNetwork network, int side, SimNode node, BufferPool pool) {
    this.network = network;
    this.side = side;
    this.node = node;
    this.pool = pool;
  }

  @Override
  public void enable(Listener newListener) {
    listener = newListener;
    enabled = true;
    network.dialSoon();
  }

  @Override
  public void disable(String reason) {
    enabled = false;
    network.mutes().forget(side);
    SimLink current = link;
    if (current != null) {
      current.close(reason);
    }
  }

  /// A link of the network, not yet told to the listener.
  SimLink newLink() {
    Check.that(link == null, "the last link is closed");
    var fresh = new SimLink(this);
    link = fresh;
    return fresh;
  }

  void linkOpened(SimLink opened) {
    heardSource = false;
    listener().opened(opened);
  }

  /// A link that ended before the listener knew of it is not mentioned.
  void linkClosed(SimLink closed, String reason) {
    Check.that(link == closed, "the present link");
    link = null;
    if (closed.wasOpened()) {
      listener().closed(closed, reason);
    }
    network.dialSoon();
  }

  void heard(boolean isOfSource) {
    heardSource |= isOfSource;
  }

  boolean hasHeardSource() {
    return heardSource;
  }

  boolean wantsLink() {
    return enabled && node.isAlive();
  }

  @Nullable SimLink link() {
    return link;
  }

  Listener listener() {
    return Objects.requireNonNull(listener);
  }

  SimNetwork network() {
    return network;
  }

  int side() {
    return side;
  }

  SimNode node() {
    return node;
  }

  BufferPool pool() {
    return pool;
  }
}
