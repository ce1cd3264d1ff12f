package io.lockstep.block.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who gives way to whom.
@Tag("unit")
class NewcomersTest {
  private final Newcomers<String> newcomers = new Newcomers<>(4, 3);

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private Optional<String> enter(int address, String one) {
    return newcomers.enter(address(address), one);
  }

  @Test
  void anAddressWithItsShareLosesItsOldest() {
    assertThat(enter(1, "a")).isEmpty();
    assertThat(enter(1, "b")).isEmpty();
    assertThat(enter(1, "c")).isEmpty();
    assertThat(enter(1, "d")).hasValue("a");
    assertThat(enter(1, "e")).hasValue("b");
    assertThat(newcomers.count()).isEqualTo(3);
  }

  @Test
  void whoeverHasMostGivesWayToAHostThatComesLater() {
    enter(1, "a");
    enter(1, "b");
    enter(1, "c");
    enter(2, "host");
    assertThat(enter(3, "other host")).hasValue("a");
    assertThat(enter(4, "third host")).hasValue("b");
    assertThat(newcomers.count()).isEqualTo(4);
  }

  @Test
  void whoHasLeftGivesWayToNobody() {
    enter(1, "a");
    newcomers.leave(address(1), "a");
    newcomers.leave(address(1), "a");
    newcomers.leave(address(9), "nobody");
    assertThat(newcomers.count()).isZero();
    assertThat(enter(1, "b")).isEmpty();
  }

  @Test
  void theLimitsHoldInAnyOrder() {
    var random = new Random(1);
    Set<String> inside = new HashSet<>();
    for (int step = 0; step < 10_000; step++) {
      int from = random.nextInt(6);
      String one = from + "/" + step;
      if (random.nextInt(3) == 0 && !inside.isEmpty()) {
        String leaver = inside.iterator().next();
        newcomers.leave(address(Integer.parseInt(leaver.substring(0, 1))), leaver);
        inside.remove(leaver);
      } else {
        enter(from, one).ifPresent(gone -> assertThat(inside.remove(gone)).isTrue());
        inside.add(one);
      }
      assertThat(newcomers.count()).isEqualTo(inside.size()).isLessThanOrEqualTo(4);
      assertThat(inside.stream().filter(other -> other.startsWith(from + "/")).count())
          .isLessThanOrEqualTo(3);
    }
  }
}
