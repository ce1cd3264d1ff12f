package io.lockstep.planted.lower;

import io.lockstep.planted.upper.Above;
import java.io.IOException;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One violation of each rule for pure packages.
public final class Leaks {
  private static final Logger LOG = LoggerFactory.getLogger(Leaks.class);

  private Leaks() {}

  /// Everything a pure package must not do. Nobody calls it.
  public static List<Object> all(Above above) throws IOException, InterruptedException {
    LOG.info("a log line in a pure package");
    Thread.sleep(1);
    try (Socket socket = new Socket()) {
      return List.of(
          above.height(),
          socket.isConnected(),
          new Random().nextInt(),
          new Random(7).nextInt(),
          System.nanoTime(),
          new SecureRandom().nextInt(),
          System.currentTimeMillis(),
          UUID.randomUUID(),
          Instant.EPOCH.plusNanos(1));
    }
  }
}
