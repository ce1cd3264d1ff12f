package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.wire.Frame;
import org.jspecify.annotations.Nullable;

/// I11: a node gives its copy up for the other's only when something has come to take its place: a
/// source that is gone by then may be gone for good.
final class TargetCheck implements StepCheck {
  /// A node that was paused learns so late what its disk has ended.
  private static final long LATE_NANOS = 10_000_000_000L;

  private final SimWorld world;
  private final @Nullable DiskState[] last = new @Nullable DiskState[2];

  /// The source has sent something: on the present link, or on one before it of which work was
  /// under way on the disk not long ago, the note among it perhaps.
  private final boolean[] heard = new boolean[2];

  /// Since when nothing has been under way there; [Long#MAX_VALUE] while something is.
  private final long[] idleSince = {Long.MAX_VALUE, Long.MAX_VALUE};

  TargetCheck(SimWorld world) {
    this.world = world;
  }

  /// Whether only a source sends this, once it knows that it is one.
  static boolean isOfSource(Frame frame) {
    return switch (frame) {
      case Frame.Data _,
          Frame.Zeroes _,
          Frame.Barrier _,
          Frame.ResyncData _,
          Frame.ResyncZeroes _,
          Frame.ResyncCommit _,
          Frame.ResyncClear _,
          Frame.ResyncDone _,
          Frame.LostBlocks _,
          Frame.Outdate _ ->
          true;
      default -> false;
    };
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      DiskState now = host.isOpen() ? host.mirror().diskState() : null;
      heard[host.id] |= world.network().hasHeardSource(host.id);
      if (now == DiskState.INCONSISTENT && isWhole(last[host.id])) {
        Check.that(
            heard[host.id],
            "I11: a node gives up its copy, and nothing has come in its place, node",
            host.id,
            0);
      }
      forget(host);
      last[host.id] = now;
    }
  }

  private void forget(SimHost host) {
    boolean busy = host.disk().inFlightCount() > 0 || world.network().hasHeardSource(host.id);
    long since = busy ? Long.MAX_VALUE : Math.min(idleSince[host.id], world.nowNanos());
    idleSince[host.id] = since;
    boolean late = !busy && world.nowNanos() - since > LATE_NANOS;
    heard[host.id] &= host.isOpen() && !late;
  }

  private static boolean isWhole(@Nullable DiskState state) {
    return state == DiskState.UP_TO_DATE
        || state == DiskState.CONSISTENT
        || state == DiskState.OUTDATED;
  }
}
