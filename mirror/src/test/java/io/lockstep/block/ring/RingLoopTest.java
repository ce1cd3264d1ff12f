package io.lockstep.block.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// One thread, tasks in order, timers, and no exception swallowed, on both kinds of loop.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class RingLoopTest {
  private static final long WAIT_SECONDS_MAX = 30;

  @Parameter LoopKind kind = LoopKind.EPOLL;

  private final LinkedBlockingQueue<Throwable> bugs = new LinkedBlockingQueue<>();
  private RingLoop loop;

  @BeforeEach
  void start() {
    loop = RingLoop.start("under-test", kind, (_, bug) -> bugs.add(bug));
  }

  @AfterEach
  void close() {
    loop.close();
  }

  private static <T> T join(CompletableFuture<T> future) throws Exception {
    return future.get(WAIT_SECONDS_MAX, TimeUnit.SECONDS);
  }

  @Test
  void runsTasksInOrderInLaterTurnsOnItsThread() throws Exception {
    var seen = new ArrayList<Integer>();
    var done = new CompletableFuture<Boolean>();
    loop.execute(
        () -> {
          loop.execute(() -> seen.add(2));
          seen.add(1);
        });
    int count = 5000;
    IntStream.range(3, count).forEach(number -> loop.execute(() -> seen.add(number)));
    // One turn more: task 2 may have been handed over last of all.
    loop.execute(() -> loop.execute(() -> done.complete(loop.isCurrent())));
    assertThat(join(done)).isTrue();
    assertThat(loop.isCurrent()).isFalse();
    assertThat(seen).hasSize(count - 1).contains(1, 2);
    assertThat(seen.stream().filter(number -> number > 2)).isSorted();
    assertThat(seen.indexOf(2)).isGreaterThan(seen.indexOf(1));
  }

  @Test
  void timersRunInTheirOrderUnlessCancelled() throws Exception {
    List<String> seen = new ArrayList<>();
    var done = new CompletableFuture<List<String>>();
    loop.execute(
        () -> {
          long start = loop.nowNanos();
          Loop.Timer never = loop.schedule(() -> seen.add("never"), 5_000_000);
          loop.schedule(() -> seen.add("second"), 10_000_000);
          loop.schedule(() -> seen.add("first"), 1_000_000);
          loop.schedule(
              () -> {
                seen.add(loop.nowNanos() - start >= 20_000_000 ? "in time" : "early");
                done.complete(seen);
              },
              20_000_000);
          never.cancel();
          never.cancel();
        });
    assertThat(join(done)).containsExactly("first", "second", "in time");
  }

  @Test
  void whateverATaskOrTimerThrowsIsFatal() throws Exception {
    var bug = new AssertionError("a bug");
    var other = new IllegalStateException("another");
    loop.execute(
        () -> {
          throw bug;
        });
    assertThat(bugs.poll(WAIT_SECONDS_MAX, TimeUnit.SECONDS)).isSameAs(bug);
    loop.schedule(
        () -> {
          throw other;
        },
        1);
    assertThat(bugs.poll(WAIT_SECONDS_MAX, TimeUnit.SECONDS)).isSameAs(other);
  }

  @Test
  void aBugHaltsTheProcessUnlessATestSaysOtherwise() throws Exception {
    var command =
        List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            DyingProcess.class.getName(),
            kind.name());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(WAIT_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isEqualTo(Fatal.EXIT_STATUS);
    assertThat(output).contains("a bug in loop doomed").contains("AssertionError: found");
  }

  /// A program whose loop finds a bug.
  static final class DyingProcess {
    private DyingProcess() {}

    public static void main(String[] arguments) throws Exception {
      RingLoop loop = RingLoop.start("doomed", LoopKind.valueOf(arguments[0]), Fatal.HALT);
      loop.execute(
          () -> {
            throw new AssertionError("found");
          });
      Thread.currentThread().join();
    }
  }
}
