package io.lockstep.daemon;

import io.lockstep.block.Loop;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The order in which a node's mirrors end when both nodes do: where the other node is Primary, it
/// ends first. It steps down while this copy still takes its last writes, so both disks are equal
/// at the end, and the next start finds the mirror in sync with the same Primary.
///
/// A mirror whose other side does not leave in [#PRIMARY_NANOS_MAX] ends all the same. Belongs to
/// the node's loop.
final class EndTurns {
  /// How long the other node's portal may take to close, and its mirrors to step down.
  static final long PRIMARY_NANOS_MAX = TimeUnit.SECONDS.toNanos(15);

  private static final Logger LOG = LoggerFactory.getLogger(EndTurns.class);

  private final Loop loop;

  /// What ends the mirrors that wait, by their names.
  private final Map<String, Runnable> waiting = new LinkedHashMap<>();

  EndTurns(Loop loop) {
    this.loop = loop;
  }

  /// Ends a mirror when the other node, its Primary, has left it.
  void afterPrimary(String mirror, Runnable end) {
    waiting.put(mirror, end);
    loop.schedule(() -> waitedTooLong(mirror), PRIMARY_NANOS_MAX);
  }

  /// There is no link to the other node any more.
  void peerHasLeft(String mirror) {
    Runnable end = waiting.remove(mirror);
    if (end != null) {
      end.run();
    }
  }

  private void waitedTooLong(String mirror) {
    if (waiting.containsKey(mirror)) {
      LOG.warn("the other node has not ended mirror {}; this one ends its side now", mirror);
      peerHasLeft(mirror);
    }
  }
}
