package io.lockstep.peers.net;

import io.lockstep.block.Loop;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks up where a host is, which for a name may take as long as a name server is silent. Each
/// lookup has a thread of its own: virtual threads share as many carriers as the machine has
/// processors, and a lookup keeps its carrier, so two names of which nobody knows would hold up an
/// address that needs no lookup at all.
public final class NameLookup {
  private static final Logger LOG = LoggerFactory.getLogger(NameLookup.class);

  private NameLookup() {}

  /// @param host an address or a name
  /// @param found runs on the loop, with an unresolved address if the name is not known; not at all
  ///     if the loop has ended by then
  public static void find(String host, int port, Loop loop, Consumer<InetSocketAddress> found) {
    Thread.ofPlatform()
        .daemon()
        .name("lookup")
        .start(
            () -> {
              var address = new InetSocketAddress(host, port);
              try {
                loop.execute(() -> found.accept(address));
              } catch (RejectedExecutionException e) {
                LOG.debug("the node has ended before it knew where {} is", host);
              }
            });
  }
}
