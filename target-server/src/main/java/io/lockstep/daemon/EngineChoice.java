package io.lockstep.daemon;

import io.lockstep.volume.Engines;
import io.lockstep.volume.embedded.EmbeddedEngines;
import io.lockstep.volume.embedded.EngineOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.random.RandomGenerator;

/// The engine of a node's volumes: nobody else names one. There is one kind so far, the embedded.
final class EngineChoice {
  private EngineChoice() {}

  /// @param pair whose name the group and its system ID get: they are the same on both nodes
  static Engines of(String pair, RandomGenerator dice) {
    return new EmbeddedEngines(
        new EngineOptions(
            "lockstep_" + pair,
            "lockstep-" + pair,
            hostName(),
            dice,
            () -> System.currentTimeMillis() / 1000));
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }
}
