package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.VirtualLoop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// One life of one node's process: a view of the world's [VirtualLoop] that can die. [#crash] drops
/// every task and timer of this node, at once and for good; the next life is a new `SimNode`. A
/// [#pause] holds them for a while, as a garbage collector or a suspended machine does.
///
/// Not thread-safe; everything runs on the world's one thread.
public final class SimNode implements Loop {
  private final String name;
  private final VirtualLoop world;
  private final long clockOffsetNanos;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private boolean alive = true;
  private boolean paused;

  public SimNode(String name, VirtualLoop world) {
    this(name, world, 0);
  }

  /// @param clockOffsetNanos this node's clock minus the world's: no two nodes agree on a number
  public SimNode(String name, VirtualLoop world, long clockOffsetNanos) {
    this.name = name;
    this.world = world;
    this.clockOffsetNanos = clockOffsetNanos;
  }

  @Override
  public void execute(Runnable task) {
    if (alive) {
      world.execute(() -> run(task));
    }
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    if (!alive) {
      return () -> {};
    }
    var timer = new NodeTimer(task);
    timer.inWorld = world.schedule(() -> run(timer), delayNanos);
    return timer;
  }

  @Override
  public long nowNanos() {
    return world.nowNanos() + clockOffsetNanos;
  }

  @Override
  public boolean isCurrent() {
    return true;
  }

  /// Something from outside has come for this node in this turn: it runs now, or when the pause is
  /// over, or never.
  void arrived(Runnable task) {
    run(task);
  }

  private void run(Runnable task) {
    if (!alive) {
      return;
    }
    if (paused) {
      held.add(task);
    } else {
      task.run();
    }
  }

  /// Kills the process: nothing of it runs any more. Its disks and links are told by their owners.
  public void crash() {
    alive = false;
    held.clear();
  }

  /// Whether [#crash] was not called yet.
  public boolean isAlive() {
    return alive;
  }

  /// Holds everything that is due for this node until `nanos` have passed.
  public void pause(long nanos) {
    Check.that(!paused, "paused once at a time");
    paused = true;
    world.schedule(this::resume, nanos);
  }

  /// Whether it stands still; one that is dead does not.
  public boolean isPaused() {
    return alive && paused;
  }

  /// All that was held runs in this one turn, so that nothing later overtakes it.
  private void resume() {
    paused = false;
    while (alive && !paused && !held.isEmpty()) {
      held.remove().run();
    }
  }

  public String name() {
    return name;
  }

  /// A timer that is cancelled does not run, not even if it was due while the process was held.
  private static final class NodeTimer implements Timer, Runnable {
    private final Runnable task;
    private @Nullable Timer inWorld;
    private boolean cancelled;

    NodeTimer(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      if (!cancelled) {
        task.run();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      Timer waiting = inWorld;
      if (waiting != null) {
        waiting.cancel();
      }
    }
  }

  /// The loop that all nodes share, for fakes whose work outlives a process.
  public VirtualLoop world() {
    return world;
  }

  @Override
  public String toString() {
    return name;
  }
}
