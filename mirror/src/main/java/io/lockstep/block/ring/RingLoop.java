package io.lockstep.block.ring;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A [Loop] that is one thread with one Netty event loop: its tasks, its timers, the sockets
/// registered on it and the disks opened on it all run there, so that they share state without
/// locks.
///
/// **Bugs end the process.** Netty logs what a task throws and goes on; a mirror must not. Every
/// task, timer and disk completion therefore runs under [#guard]; channel handlers hand what
/// reaches `exceptionCaught` and is a bug (an [Error], an unexpected exception) to [#fatal].
///
/// **What waits never blocks what it waits for.** Loops that serve a mirror (its disks, its peer,
/// its front ends) and loops that use a kernel device which that mirror backs are different
/// RingLoops; nothing on a RingLoop blocks.
///
/// Thread-safe, except where [Loop] says otherwise.
public final class RingLoop implements Loop, AutoCloseable {
  /// Tasks run in one go before sockets and disks get their turn.
  private static final int TASKS_A_TURN_MAX = 256;

  private static final long CLOSE_SECONDS_MAX = 10;

  private final String name;
  private final LoopKind kind;
  private final Fatal fatal;
  private final MultiThreadIoEventLoopGroup group;
  private final IoEventLoop eventLoop;

  /// Tasks in the order of the calls, and whether [#drain] is on its way to them.
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  private final AtomicBoolean draining = new AtomicBoolean();
  private final Runnable drain = this::drain;

  private RingLoop(String name, LoopKind kind, Fatal fatal) {
    this.name = name;
    this.kind = kind;
    this.fatal = fatal;
    var threads = new DefaultThreadFactory(name, true);
    this.group = new MultiThreadIoEventLoopGroup(1, threads, kind.handlerFactory());
    this.eventLoop = group.next();
  }

  /// A running loop of the best kind this machine has; a bug on it halts the process.
  ///
  /// @param name for thread names and messages
  public static RingLoop start(String name) {
    return start(name, LoopKind.best(), Fatal.HALT);
  }

  public static RingLoop start(String name, LoopKind kind, Fatal fatal) {
    return new RingLoop(name, kind, fatal);
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (draining.compareAndSet(false, true)) {
      eventLoop.execute(drain);
    }
  }

  @Override
  public Timer schedule(Runnable task, long delayNanos) {
    Check.that(delayNanos >= 0, "delay >= 0", delayNanos, 0);
    Future<?> future = eventLoop.schedule(() -> guard(task), delayNanos, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public long nowNanos() {
    return System.nanoTime();
  }

  @Override
  public boolean isCurrent() {
    return eventLoop.inEventLoop();
  }

  public String name() {
    return name;
  }

  public LoopKind kind() {
    return kind;
  }

  /// The event loop to register channels and handles on.
  public IoEventLoop eventLoop() {
    return eventLoop;
  }

  /// Runs `task` here and now; what it throws is [#fatal].
  public void guard(Runnable task) {
    try {
      task.run();
    } catch (Throwable bug) {
      fatal(bug);
    }
  }

  /// Ends the process because of `bug`, found on this loop.
  public void fatal(Throwable bug) {
    fatal.died(name, bug);
  }

  /// Ends the thread once its tasks have run; waits for it, so never called on the loop itself.
  /// Devices and channels were closed before.
  @Override
  public void close() {
    Check.that(!isCurrent(), "a loop is not closed on its own thread");
    group
        .shutdownGracefully(0, CLOSE_SECONDS_MAX, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
  }

  private void drain() {
    draining.set(false);
    for (int count = 0; count < TASKS_A_TURN_MAX; count++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      guard(task);
    }
    if (draining.compareAndSet(false, true)) {
      eventLoop.execute(drain);
    }
  }
}
