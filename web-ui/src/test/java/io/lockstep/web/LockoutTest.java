package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who is made to pause after wrong passwords, and who never is.
@Tag("unit")
class LockoutTest {
  private final Lockout lockout = new Lockout();
  private final Instant now = Instant.ofEpochSecond(1000);

  private void fail(String user, String address) {
    for (int attempt = 0; attempt < Lockout.FAILURES_MAX; attempt++) {
      lockout.failed(user, address, now);
    }
  }

  @Test
  void anAddressAndANamePauseAfterFiveWrongPasswordsAndForAMinute() {
    fail("admin", "10.0.0.9");

    assertThat(lockout.isLocked("other", "10.0.0.9", now)).as("the address").isTrue();
    assertThat(lockout.isLocked("admin", "10.0.0.7", now)).as("the name").isTrue();
    assertThat(lockout.isLocked("other", "10.0.0.7", now)).isFalse();
    assertThat(lockout.isLocked("admin", "10.0.0.9", now.plus(Lockout.PAUSE))).isFalse();
  }

  @Test
  void strangersDoNotLockAdminOutOfTheMachineItself() {
    for (int host = 1; host < 100; host++) {
      fail("admin", "10.0.0." + host);
    }

    assertThat(lockout.isLocked("admin", "127.0.0.1", now)).isFalse();
    assertThat(lockout.isLocked("admin", "0:0:0:0:0:0:0:1", now)).isFalse();
    assertThat(lockout.isLocked("admin", "[::1]", now)).isFalse();
  }

  @Test
  void theMachineItselfIsOneAddressAndLocksNobodyElseOut() {
    fail("admin", "127.0.0.1");

    assertThat(lockout.isLocked("admin", "127.77.0.1", now)).isTrue();
    assertThat(lockout.isLocked("admin", "::1", now)).isTrue();
    assertThat(lockout.isLocked("admin", "10.0.0.7", now)).isFalse();
  }

  @Test
  void aNetworkOfIpv6IsOneAddress() {
    fail("a", "2001:db8:1:2::1");

    assertThat(lockout.isLocked("b", "2001:db8:1:2:ffff::7", now)).isTrue();
    assertThat(lockout.isLocked("b", "2001:db8:1:3::1", now)).isFalse();
  }

  @Test
  void theMemoryHasALimitAndForgetsTheOldestFirst() {
    fail("first", "10.1.1.1");
    for (int index = 0; index < Lockout.REMEMBERED_MAX; index++) {
      lockout.failed("x".repeat(60_000) + index, "10.2.2.2", now);
      assertThat(lockout.size()).isLessThanOrEqualTo(Lockout.REMEMBERED_MAX);
    }
    assertThat(lockout.isLocked("first", "10.3.3.3", now)).as("long names are one").isTrue();
    for (int index = 0; index < Lockout.REMEMBERED_MAX; index++) {
      lockout.failed("user" + index, "10.2.2.2", now);
    }
    assertThat(lockout.size()).isEqualTo(Lockout.REMEMBERED_MAX);
    assertThat(lockout.isLocked("first", "10.3.3.3", now)).isFalse();
    assertThat(lockout.isLocked("any", "10.2.2.2", now)).as("the newest stays").isTrue();
  }

  @Test
  void whoSucceedsBeginsAnew() {
    fail("admin", "10.0.0.9");
    lockout.succeeded("admin", "10.0.0.9");

    assertThat(lockout.isLocked("admin", "10.0.0.9", now)).isFalse();
  }
}
