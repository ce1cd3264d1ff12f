package io.lockstep.web.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Costly work has a limit before it begins.
@Timeout(60)
@Tag("unit")
class HashingTest {
  private final Hashing hashing = new Hashing();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger runningMost = new AtomicInteger();
  private final CountDownLatch letGo = new CountDownLatch(1);

  private Optional<Integer> hash(boolean here) {
    return hashing.inPlace(
        here,
        _ -> {
          runningMost.accumulateAndGet(running.incrementAndGet(), Math::max);
          try {
            letGo.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return running.getAndDecrement();
        });
  }

  @Test
  void eightAtOnceAreDoneTwoAtATime() {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<CompletableFuture<Optional<Integer>>> attempts = start(threads, 8, false);
      letGo.countDown();

      assertThat(attempts).allSatisfy(one -> assertThat(one.join()).isPresent());
      assertThat(runningMost).hasValueLessThanOrEqualTo(Hashing.AT_ONCE_MAX);
    }
  }

  @Test
  void moreThanMayWaitAreTurnedAwayAtOnceAndWhoIsHereFindsTheirOwnLine() throws Exception {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      int taken = Hashing.AT_ONCE_MAX + Hashing.WAITING_MAX;
      List<CompletableFuture<Optional<Integer>>> strangers = start(threads, taken + 20, false);
      long away = 0;
      while (away < 20) {
        Thread.onSpinWait();
        away = strangers.stream().filter(CompletableFuture::isDone).count();
      }
      assertThat(running).hasValueLessThanOrEqualTo(Hashing.AT_ONCE_MAX);
      assertThat(hash(false)).as("one more stranger").isEmpty();

      CompletableFuture<Optional<Integer>> here =
          CompletableFuture.supplyAsync(() -> hash(true), threads);
      letGo.countDown();

      assertThat(here.join()).isPresent();
      assertThat(strangers.stream().filter(one -> one.join().isPresent()).count())
          .isBetween((long) Hashing.WAITING_MAX, (long) taken);
    }
  }

  private List<CompletableFuture<Optional<Integer>>> start(
      ExecutorService threads, int count, boolean here) {
    List<CompletableFuture<Optional<Integer>>> attempts = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      attempts.add(CompletableFuture.supplyAsync(() -> hash(here), threads));
    }
    return attempts;
  }
}
