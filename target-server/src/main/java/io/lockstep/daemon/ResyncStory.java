package io.lockstep.daemon;

import io.lockstep.mirror.MirrorStatus;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Tells the log of each resync of a mirror: how much there was to do when it began, and what was
/// done when it has ended. Belongs to the mirror's loop.
final class ResyncStory {
  private final String node;
  private final LongSupplier nowNanos;
  private final Consumer<String> log;
  private Optional<MirrorStatus.Resync> underWay = Optional.empty();
  private long sinceNanos;

  /// @param log takes a line
  ResyncStory(String node, LongSupplier nowNanos, Consumer<String> log) {
    this.node = node;
    this.nowNanos = nowNanos;
    this.log = log;
  }

  /// The mirror's status may have changed.
  void seen(MirrorStatus.Difference difference) {
    Optional<MirrorStatus.Resync> now = difference.resync();
    if (underWay.isPresent() && now.isEmpty()) {
      ended(underWay.get(), difference);
    }
    if (underWay.isEmpty() && now.isPresent()) {
      sinceNanos = nowNanos.getAsLong();
      log.accept(
          "node %s: a resync begins, %s%s"
              .formatted(node, side(now.get()), toDo(now.get(), ", %s to do")));
    }
    underWay = now;
  }

  private void ended(MirrorStatus.Resync resync, MirrorStatus.Difference difference) {
    long left = difference.outOfSyncBytes();
    log.accept(
        "node %s: the resync has %s after %d s: %s%s on the wire%s"
            .formatted(
                node,
                left == 0 ? "ended" : "broken off",
                TimeUnit.NANOSECONDS.toSeconds(nowNanos.getAsLong() - sinceNanos),
                toDo(resync, "%s to do, "),
                mib(difference.lastResyncBytesSent()),
                left == 0 ? "" : ", " + mib(left) + " still differ"));
  }

  /// Nothing on a target that does not know it.
  private static String toDo(MirrorStatus.Resync resync, String text) {
    OptionalLong total = resync.totalBytes();
    return total.isEmpty() ? "" : text.formatted(mib(total.getAsLong()));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }

  private static String side(MirrorStatus.Resync resync) {
    return resync.source() ? "from here to the other node" : "from the other node to this one";
  }
}
