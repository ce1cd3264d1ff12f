package io.lockstep.web;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// Slows down guessing: after some wrong passwords from one address, or for one user, there is a
/// pause. Kept in memory, bounded. Thread-safe.
final class Lockout {
  /// Wrong passwords before the pause.
  static final int FAILURES_MAX = 5;

  /// How long the pause is, counted from the last wrong password.
  static final Duration PAUSE = Duration.ofMinutes(1);

  /// Addresses and users that are remembered; at the limit the memory begins anew.
  private static final int REMEMBERED_MAX = 10_000;

  private final Map<String, Failures> failures = new HashMap<>();

  private record Failures(int count, Instant last) {}

  synchronized boolean isLocked(String who, Instant now) {
    Failures known = failures.get(who);
    return known != null && known.count >= FAILURES_MAX && now.isBefore(known.last.plus(PAUSE));
  }

  synchronized void failed(String who, Instant now) {
    if (failures.size() >= REMEMBERED_MAX) {
      failures.clear();
    }
    Failures known = failures.get(who);
    int before = known == null || now.isAfter(known.last.plus(PAUSE)) ? 0 : known.count;
    failures.put(who, new Failures(before + 1, now));
  }

  synchronized void succeeded(String who) {
    failures.remove(who);
  }
}
