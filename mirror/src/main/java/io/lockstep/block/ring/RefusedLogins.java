package io.lockstep.block.ring;

import io.lockstep.block.Loop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Tells of logins that are refused at a listening socket. Anybody may try, as often as they like,
/// so not every try is a line: the first of an address for a reason is, and what follows is counted
/// and summed up, after a minute, then ten, then each hour, until a whole such time was quiet.
/// Belongs to the socket's loop.
public final class RefusedLogins {
  /// Lines between two sums; more addresses and reasons are only counted.
  static final int LINES_MAX = 20;

  static final long FIRST_NANOS = TimeUnit.MINUTES.toNanos(1);
  static final long LONGEST_NANOS = TimeUnit.HOURS.toNanos(1);

  private static final int TIMES = 10;

  private final Loop loop;
  private final String what;
  private final Consumer<String> log;
  private final Set<String> told = new HashSet<>();
  private long lastingNanos = FIRST_NANOS;
  private boolean counting;
  private int lines;
  private long count;
  private String last = "";

  /// @param what what is refused, in one word
  /// @param log takes a line
  public RefusedLogins(Loop loop, String what, Consumer<String> log) {
    this.loop = loop;
    this.what = what;
    this.log = log;
  }

  /// @param name the one it gave, or asked for
  /// @param why a reason that the same refusal always has
  /// @param details the same with what this try was about
  public void refused(SocketAddress address, String name, String why, String details) {
    String line = "%s %s: %s refused (%s): %s".formatted(address, name, what, why, details);
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
          "%d more %ss were refused within %d s, the last one: %s"
              .formatted(count, what, TimeUnit.NANOSECONDS.toSeconds(lastingNanos), last));
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
