package io.lockstep.nbd.portal;

import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

/// Where a connection comes from.
///
/// @param socket for people; the Unix socket itself where clients have no address
/// @param address empty at a Unix socket
record Remote(SocketAddress socket, Optional<InetAddress> address) {
  static Remote of(Channel channel) {
    SocketAddress remote = channel.remoteAddress();
    if (channel instanceof DomainSocketChannel) {
      return new Remote(channel.localAddress(), Optional.empty());
    }
    if (remote instanceof InetSocketAddress inet) {
      return new Remote(remote, Optional.of(inet.getAddress()));
    }
    // It has gone already.
    InetAddress here = InetAddress.getLoopbackAddress();
    return new Remote(new InetSocketAddress(here, 0), Optional.of(here));
  }

  /// By which it is counted; all of a Unix socket together.
  InetAddress counted() {
    return address.orElse(InetAddress.getLoopbackAddress());
  }
}
