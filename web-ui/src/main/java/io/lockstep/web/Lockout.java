package io.lockstep.web;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// Slows down guessing: after some wrong passwords from one address, or for one name, there is a
/// pause. Kept in memory, bounded. Thread-safe.
///
/// **Strangers lock nobody out of the machine itself**: what comes from loopback counts by its
/// origin only, never by the name, whatever others have tried with that name. All of loopback is
/// one address, and so is a network of IPv6 (/64), since whoever has one address there has all.
final class Lockout {
  /// Wrong passwords before the pause.
  static final int FAILURES_MAX = 5;

  /// How long the pause is, counted from the last wrong password.
  static final Duration PAUSE = Duration.ofMinutes(1);

  /// Addresses and names that are remembered; at the limit the oldest is forgotten.
  static final int REMEMBERED_MAX = 10_000;

  /// A name is remembered by its beginning: nobody has a longer one.
  private static final int NAME_LENGTH_MAX = 64;

  private static final String HERE = "from here";

  private final Map<String, Failures> failures = new LinkedHashMap<>();

  private record Failures(int count, Instant last) {}

  synchronized boolean isLocked(String user, String address, Instant now) {
    return isLocked(origin(address), now) || (!isHere(address) && isLocked(name(user), now));
  }

  synchronized void failed(String user, String address, Instant now) {
    failed(origin(address), now);
    if (!isHere(address)) {
      failed(name(user), now);
    }
  }

  synchronized void succeeded(String user, String address) {
    failures.remove(origin(address));
    if (!isHere(address)) {
      failures.remove(name(user));
    }
  }

  /// How many are remembered.
  synchronized int size() {
    return failures.size();
  }

  private boolean isLocked(String who, Instant now) {
    Failures known = failures.get(who);
    return known != null && known.count >= FAILURES_MAX && now.isBefore(known.last.plus(PAUSE));
  }

  private void failed(String who, Instant now) {
    Failures known = failures.remove(who);
    int before = known == null || now.isAfter(known.last.plus(PAUSE)) ? 0 : known.count;
    if (failures.size() >= REMEMBERED_MAX) {
      failures.remove(failures.keySet().iterator().next());
    }
    failures.put(who, new Failures(before + 1, now));
  }

  /// Whether `address` is this machine's loopback.
  static boolean isHere(String address) {
    return origin(address).equals(HERE);
  }

  private static String name(String user) {
    return "name " + user.substring(0, Math.min(user.length(), NAME_LENGTH_MAX));
  }

  private static String origin(String address) {
    try {
      InetAddress parsed = InetAddress.ofLiteral(address);
      if (parsed.isLoopbackAddress()) {
        return HERE;
      }
      return parsed instanceof Inet6Address
          ? "from " + HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), 8))
          : "from " + parsed.getHostAddress();
    } catch (IllegalArgumentException e) {
      return "from " + address;
    }
  }
}
