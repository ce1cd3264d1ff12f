package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who gets memory, and in which order.
@Tag("unit")
class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(100, 50);
  private final List<String> granted = new ArrayList<>();

  /// A connection whose requests want so many bytes, one after another.
  private final class Host implements MemoryBudget.Waiter {
    private final String name;
    private final ArrayDeque<Long> wanted = new ArrayDeque<>();

    Host(String name, long... bytes) {
      this.name = name;
      for (long each : bytes) {
        wanted.add(each);
      }
    }

    @Override
    public long missingBytes() {
      return wanted.isEmpty() ? 0 : wanted.element();
    }

    @Override
    public void granted(long bytes) {
      assertThat(wanted.remove()).isEqualTo(bytes);
      granted.add(name + " " + bytes);
      if (!wanted.isEmpty()) {
        budget.await(this);
      }
    }
  }

  @Test
  void aGrantIsGivenWhileThereIsRoom() {
    assertThat(budget.take(60)).isTrue();
    assertThat(budget.take(60)).isFalse();
    assertThat(budget.take(40)).isTrue();
    budget.giveBack(60);
    assertThat(budget.heldBytes()).isEqualTo(40);
    assertThat(budget.peakBytes()).isEqualTo(100);
  }

  @Test
  void nobodyPassesThoseThatWait() {
    assertThat(budget.take(90)).isTrue();
    budget.await(new Host("a", 20));
    assertThat(budget.take(1)).as("it would fit").isFalse();
    budget.giveBack(90);
    assertThat(granted).containsExactly("a 20");
    assertThat(budget.take(1)).isTrue();
  }

  @Test
  void eachHostHasItsTurn() {
    assertThat(budget.take(100)).isTrue();
    budget.await(new Host("a", 30, 30));
    budget.await(new Host("b", 30));
    assertThat(budget.waiterCount()).isEqualTo(2);
    budget.giveBack(100);
    assertThat(granted).containsExactly("a 30", "b 30", "a 30");
    assertThat(budget.waiterCount()).isZero();
  }

  @Test
  void whoIsAloneInAShareMayExceedIt() {
    assertThat(budget.takeUnasked(500)).isTrue();
    assertThat(budget.takeUnasked(1)).isFalse();
    assertThat(budget.take(1000)).as("the other share").isTrue();
    budget.await(new Host("a", 2000));
    budget.giveBack(1000);
    assertThat(granted).containsExactly("a 2000");
    budget.giveBackUnasked(500);
    assertThat(budget.takeUnasked(50)).isTrue();
  }

  @Test
  void whoLeavesWaitsNoMore() {
    assertThat(budget.take(100)).isTrue();
    Host first = new Host("a", 100);
    budget.await(first);
    budget.await(new Host("b", 10));
    budget.leave(first);
    budget.giveBack(100);
    assertThat(granted).containsExactly("b 10");
  }

  @Test
  void aGrantThatFailsIsABug() {
    MemoryBudget.Waiter stumbles =
        new MemoryBudget.Waiter() {
          @Override
          public long missingBytes() {
            return 1;
          }

          @Override
          public void granted(long bytes) {
            throw new IllegalStateException("planted");
          }
        };
    assertThatThrownBy(() -> budget.await(stumbles)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> budget.giveBack(100)).isInstanceOf(AssertionError.class);
  }
}
