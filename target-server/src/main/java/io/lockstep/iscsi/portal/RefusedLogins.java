package io.lockstep.iscsi.portal;

import io.lockstep.block.Loop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of logins that are refused. Anybody may try, as often as they like, so not every try is a
/// line: the first of an address for a reason is, and what follows is counted and summed up, after
/// a minute, then ten, then each hour, until a whole such time was quiet. Belongs to the portal's
/// loop.
final class RefusedLogins {
  /// Lines between two sums; more addresses and reasons are only counted.
  static final int LINES_MAX = 20;

  static final long FIRST_NANOS = TimeUnit.MINUTES.toNanos(1);
  static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);

  private static final int TIMES = 10;
  private static final Logger LOG = LoggerFactory.getLogger(RefusedLogins.class);

  private final Loop loop;
  private final Consumer<String> log;
  private final Set<String> told = new HashSet<>();
  private long lastingNanos = FIRST_NANOS;
  private boolean counting;
  private int lines;
  private long count;
  private String last = "";

  /// @param log takes a line
  RefusedLogins(Loop loop, Consumer<String> log) {
    this.loop = loop;
    this.log = log;
  }

  /// Into the program's log.
  static RefusedLogins logging(Loop loop) {
    return new RefusedLogins(loop, LOG::info);
  }

  /// @param initiator the name it gave
  /// @param why a reason that the same refusal always has
  /// @param details the same with what this try was about
  void refused(SocketAddress address, String initiator, String why, String details) {
    String line = "%s %s: login refused (%s): %s".formatted(address, initiator, why, details);
    if (lines < LINES_MAX && told.add(host(address) + " " + why)) {
      lines++;
      log.accept(line);
    } else {
      count++;
      last = line;
    }
    if (!counting) {
      counting = true;
      loop.schedule(this::sum, lastingNanos);
    }
  }

  private static String host(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getHostString() : address.toString();
  }

  private void sum() {
    if (lines == 0 && count == 0) {
      counting = false;
      lastingNanos = FIRST_NANOS;
      told.clear();
      return;
    }
    if (count > 0) {
      log.accept(
          "%d more logins were refused within %d s, the last one: %s"
              .formatted(count, TimeUnit.NANOSECONDS.toSeconds(lastingNanos), last));
    }
    if (told.size() > LINES_MAX) {
      told.clear();
    }
    lines = 0;
    count = 0;
    lastingNanos = Math.min(LONGEST_NANOS, TIMES * lastingNanos);
    loop.schedule(this::sum, lastingNanos);
  }
}
