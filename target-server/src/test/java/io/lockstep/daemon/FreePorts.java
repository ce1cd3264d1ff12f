package io.lockstep.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/// Ports of the loopback address for processes that are started later. A port that the kernel has
/// chosen may be another's by then, for it gives the same ones to outgoing connections; these are
/// below those, each is handed out once, and test processes that run side by side (Surefire numbers
/// them) have parts of their own.
public final class FreePorts {
  private static final int MIN = 10_000;

  /// The kernel takes ports of outgoing connections from here on.
  private static final int MAX = 30_000;

  /// Test processes side by side, at most.
  private static final int PROCESSES_MAX = 4;

  private static final int PART = (MAX - MIN) / PROCESSES_MAX;
  private static final int START =
      MIN + PART * ((Integer.getInteger("surefire.forkNumber", 1) - 1) % PROCESSES_MAX);

  private static int next = ThreadLocalRandom.current().nextInt(PART);

  private FreePorts() {}

  /// One port that is free now.
  public static int one() {
    return first(1);
  }

  /// The first of so many consecutive ports that are free now. From any thread.
  public static synchronized int first(int count) {
    for (int tried = 0; tried < PART; tried += count) {
      int offset = next + count > PART ? 0 : next;
      next = offset + count;
      if (IntStream.range(START + offset, START + offset + count).allMatch(FreePorts::isFree)) {
        return START + offset;
      }
    }
    throw new AssertionError("no " + count + " free ports from " + START + " on");
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return probe.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
