package io.lockstep.block;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/// A loop for a test that stands outside of it: hands tasks in and waits for answers, whether time
/// is virtual (the test's thread is the loop) or the loop has a thread of its own.
public interface LoopDriver extends AutoCloseable {
  Loop loop();

  /// Waits for `future`, letting the loop run. Fails after a minute or when the loop has died.
  <T> T join(CompletableFuture<T> future);

  @Override
  void close();

  /// Calls `task` on the loop and waits for what it returns.
  default <T> T call(Supplier<T> task) {
    var future = new CompletableFuture<T>();
    loop()
        .execute(
            () -> {
              try {
                future.complete(task.get());
              } catch (Throwable failure) {
                future.completeExceptionally(failure);
              }
            });
    return join(future);
  }

  /// Runs `task` on the loop and waits for its end.
  default void run(Runnable task) {
    call(
        () -> {
          task.run();
          return true;
        });
  }

  static LoopDriver virtual() {
    return new Virtual(new VirtualLoop());
  }

  static LoopDriver ring(LoopKind kind) {
    return new Ring(kind);
  }

  /// Virtual time.
  record Virtual(VirtualLoop loop) implements LoopDriver {
    private static final long TURNS_MAX = 50_000_000;

    @Override
    public <T> T join(CompletableFuture<T> future) {
      loop.runUntil(future::isDone, TURNS_MAX);
      return future.join();
    }

    @Override
    public void close() {}
  }

  /// A thread of its own.
  final class Ring implements LoopDriver {
    private static final long WAIT_SECONDS_MAX = 60;

    private final List<Throwable> bugs = new ArrayList<>();
    private final CompletableFuture<Object> died = new CompletableFuture<>();
    private final RingLoop loop;

    Ring(LoopKind kind) {
      loop = RingLoop.start("test", kind, (_, bug) -> died(bug));
    }

    private void died(Throwable bug) {
      bugs.add(bug);
      died.completeExceptionally(bug);
    }

    @Override
    public RingLoop loop() {
      return loop;
    }

    @Override
    public <T> T join(CompletableFuture<T> future) {
      try {
        CompletableFuture.anyOf(future, died).get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
        return future.getNow(null);
      } catch (ExecutionException failure) {
        throw new AssertionError("the loop or the task failed", failure.getCause());
      } catch (TimeoutException | InterruptedException failure) {
        throw new AssertionError("no answer within a minute", failure);
      }
    }

    @Override
    public void close() {
      loop.close();
      if (!bugs.isEmpty()) {
        throw new AssertionError("the loop died", bugs.getFirst());
      }
    }
  }
}
