package io.lockstep.nbd.portal;

import io.lockstep.block.Check;
import java.nio.file.Path;

/// Where a portal listens.
public sealed interface Listening {
  /// The port that IANA keeps for NBD.
  int PORT = 10809;

  /// At a port.
  ///
  /// @param host address or name to bind; `0.0.0.0` or `::` for all
  /// @param port 0 for any free one
  record Tcp(String host, int port) implements Listening {
    public Tcp {
      Check.that(port >= 0 && port <= 0xffff, "a port", port, 0xffff);
    }
  }

  /// At a Unix socket, for whoever may write to it.
  record Unix(Path path) implements Listening {}
}
