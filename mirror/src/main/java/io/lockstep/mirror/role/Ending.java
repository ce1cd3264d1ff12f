package io.lockstep.mirror.role;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.wire.Frame;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The orderly end of a node's mirror: no new role, a Primary steps down, the peer is told, what is
/// under way on the disk ends, a flush, and a note that nothing acknowledged was lost. The end is
/// told when the disk has given everything back, and from then on nothing of the mirror touches it
/// ([DiskGate]): its owner closes it.
///
/// A disk that stands still does not hold the end up for ever: at the limit the end is told without
/// that note. What the disk has not given back by then is still under way, and not gone on with.
/// Belongs to the mirror's loop.
public final class Ending {
  /// What a node that ends in order tells its peer.
  public static final String SHUTTING_DOWN = "it is shutting down";

  /// How long the rest may take when a role did not end in time.
  private static final long LEAVE_NANOS = 1_000_000_000;

  private final Loop loop;
  private final Waits waits;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final BooleanSupplier othersAreQuiet;
  private final Roles roles;
  private final Notices notices;
  private boolean begun;
  private @Nullable Consumer<String> done;
  private String undone = "";

  public Ending(Outside outside, Side side, Roles roles, BooleanSupplier othersAreQuiet) {
    this.loop = outside.loop();
    this.waits = outside.waits();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.othersAreQuiet = othersAreQuiet;
    this.roles = roles;
    this.notices = outside.notices();
  }

  /// Whether the node is ending, or has ended.
  public boolean hasBegun() {
    return begun;
  }

  /// @param whenDone what was left undone, or empty
  public void begin(Consumer<String> whenDone) {
    Check.that(!begun, "closed once");
    begun = true;
    done = whenDone;
    loop.schedule(this::outOfTime, limitNanos());
    roles.end(this::leave);
  }

  private void leave(String left) {
    undone = left;
    role.close();
    connection.send(new Frame.Goodbye(SHUTTING_DOWN));
    connection.standAlone("shutting down");
    whenQuiet(this::flush);
  }

  /// Runs `next`, in a turn of its own, when nothing is under way.
  private void whenQuiet(Runnable next) {
    loop.execute(
        () ->
            waits.until(
                "the orderly end, for the disk and the link",
                () -> done == null || isQuiet(),
                limitNanos(),
                () -> {
                  if (done != null) {
                    next.run();
                  }
                },
                this::outOfTime));
  }

  private long limitNanos() {
    return config.limits().roleChangeNanosMax() + LEAVE_NANOS;
  }

  private void outOfTime() {
    end("operations on the disk have not ended");
  }

  private boolean isQuiet() {
    return copy.isIdle() && !connection.isUp() && othersAreQuiet.getAsBoolean();
  }

  private void flush() {
    if (copy.isFailed()) {
      recorded();
      return;
    }
    copy.disk()
        .flush(
            result -> {
              if (!result.isOk()) {
                copy.fail(result);
              }
              whenQuiet(this::recordWhole);
            });
  }

  /// A disk that has stayed whole holds every acknowledged write, and now it does so for good.
  private void recordWhole() {
    if (undone.isEmpty() && copy.hasStayedWhole()) {
      copy.metadata().update(now -> now.withKeptAll(true), _ -> whenQuiet(this::recorded));
    } else {
      recorded();
    }
  }

  /// If the disk has failed on the way, that is noted by now, as well as it can be.
  private void recorded() {
    end(copy.isFailed() ? "the disk has failed" : undone);
  }

  private void end(String left) {
    Consumer<String> waiting = done;
    if (waiting == null) {
      return;
    }
    done = null;
    waits.look();
    role.close();
    copy.letGo();
    if (!left.isEmpty()) {
      notices.happened(new MirrorEvent.NotEndedInOrder(left));
    }
    waiting.accept(left);
  }
}
