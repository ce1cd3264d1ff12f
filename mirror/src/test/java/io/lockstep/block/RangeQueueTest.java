package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class RangeQueueTest {
  private final RangeQueue queue = new RangeQueue();
  private final List<String> told = new ArrayList<>();

  @Test
  void rangesThatDoNotOverlapAreHeldSideBySide() {
    assertThat(queue.enter(new Named("a"), 0, 10)).isTrue();
    assertThat(queue.enter(new Named("b"), 10, 10)).isTrue();
    assertThat(queue.waitingCount()).isZero();
  }

  @Test
  void anOverlappingOneWaitsForItsTurn() {
    var first = new Named("a");
    var second = new Named("b");
    queue.enter(first, 0, 10);
    assertThat(queue.enter(second, 9, 1)).isFalse();
    assertThat(second.isHolding()).isFalse();
    queue.leave(first);
    assertThat(told).containsExactly("b admitted");
    assertThat(second.isHolding()).isTrue();
    assertThat(first.isQueued()).isFalse();
  }

  /// A range that was wanted all the time by others was never had by one who wanted more of it.
  @Test
  void aNewcomerWaitsBehindThoseWhoWait() {
    var first = new Named("a");
    var wide = new Named("wide");
    var third = new Named("c");
    queue.enter(first, 0, 10);
    queue.enter(wide, 0, 100);
    assertThat(queue.enter(third, 50, 10)).isFalse();
    queue.leave(first);
    assertThat(told).containsExactly("wide admitted");
    queue.leave(wide);
    assertThat(told).containsExactly("wide admitted", "c admitted");
  }

  @Test
  void oneThatNoLongerWaitsHoldsNobodyUp() {
    var first = new Named("a");
    var second = new Named("b");
    var third = new Named("c");
    queue.enter(first, 0, 10);
    queue.enter(second, 0, 20);
    queue.enter(third, 15, 10);
    queue.leave(second);
    assertThat(told).containsExactly("c admitted");
    assertThat(queue.waitingCount()).isZero();
  }

  @Test
  void thoseWhoWaitCanBePutOutAndThoseWhoHoldStay() {
    var first = new Named("a");
    var second = new Named("b");
    var third = new Named("c");
    queue.enter(first, 0, 10);
    queue.enter(second, 0, 20);
    queue.enter(third, 15, 10);
    queue.dropWaiting();
    assertThat(told).containsExactly("c dropped", "b dropped");
    assertThat(first.isHolding()).isTrue();
    assertThat(queue.enter(third, 15, 10)).isTrue();
  }

  /// Against the plainest rule there is: nobody holds what overlaps an earlier one.
  @Test
  void nobodyHoldsWhatAnEarlierOneWants() {
    var random = new SplittableRandom(7);
    var entered = new ArrayList<Named>();
    for (int step = 0; step < 20_000; step++) {
      if (entered.size() < 12 && random.nextBoolean()) {
        var entry = new Named("" + step);
        entry.offset = random.nextInt(40);
        entry.length = 1L + random.nextInt(8);
        entered.add(entry);
        queue.enter(entry, entry.offset, entry.length);
      } else if (!entered.isEmpty()) {
        queue.leave(entered.remove(random.nextInt(entered.size())));
      }
      assertEachHoldsIfItCan(entered);
    }
  }

  private void assertEachHoldsIfItCan(List<Named> entered) {
    int waiting = 0;
    for (int index = 0; index < entered.size(); index++) {
      Named entry = entered.get(index);
      boolean free = entered.subList(0, index).stream().noneMatch(entry::overlaps);
      assertThat(entry.isHolding()).isEqualTo(free);
      waiting += free ? 0 : 1;
    }
    assertThat(queue.waitingCount()).isEqualTo(waiting);
  }

  private final class Named extends RangeQueue.Entry {
    private final String name;
    private long offset;
    private long length;

    Named(String name) {
      this.name = name;
    }

    boolean overlaps(Named other) {
      return offset < other.offset + other.length && other.offset < offset + length;
    }

    @Override
    protected void admitted() {
      told.add(name + " admitted");
    }

    @Override
    protected void dropped() {
      told.add(name + " dropped");
    }
  }
}
