package io.lockstep.daemon;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.iscsi.portal.TestInitiator;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// Measures what questions cost the data path: reads of 4 KiB from a volume of a running demo, in
/// turns without and with a `status` each second, while there are 500 volumes. Prints the 99th
/// percentiles and their ratio; no test, since a busy machine says anything.
///
/// ```
///   ./lockstep demo --size 4G --dir DIR
///   StatusCost DIR [SECONDS]
/// ```
final class StatusCost {
  private static final int VOLUMES = 500;
  private static final long VOLUME_BYTES = 4L << 20;
  private static final int READ_BYTES = 4096;
  private static final int ROUNDS = 4;

  private final ControlClient client;
  private final Random random = new Random(1);
  private int tag;

  private StatusCost(ControlClient client) {
    this.client = client;
  }

  public static void main(String[] args) throws ControlException {
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    Path directory = Path.of(args[0]);
    PairStatus status = client(directory, "a").status();
    String primary = String.valueOf(status.mirrors().getFirst().primary());
    new StatusCost(client(directory, primary)).run(primary, seconds);
  }

  private static ControlClient client(Path demo, String node) {
    return new ControlClient(demo.resolve(node).resolve("control.sock"), "measure");
  }

  private void run(String primary, int seconds) throws ControlException {
    makeVolumes();
    PairStatus status = client.status();
    String iqn = status.exports().getFirst().iqn();
    String portal = status.node(primary).orElseThrow().portals().getFirst();
    try (var initiator = new TestInitiator(Integer.parseInt(portal.replaceFirst(".*:", "")))) {
      initiator.login("iqn.2026-11.io.lockstep:measure", 1, iqn);
      for (int warm = 0; warm < 20_000; warm++) {
        read(initiator);
      }
      double quiet = 0;
      double asked = 0;
      for (int round = 0; round < ROUNDS; round++) {
        quiet += percentile(measure(initiator, seconds));
        asked += percentile(measureAsked(initiator, seconds));
      }
      System.out.printf(
          "4 KiB reads, %d volumes: p99 %.1f us; with a status each second %.1f us; ratio %.3f%n",
          status.volumes().size(), quiet / ROUNDS / 1000, asked / ROUNDS / 1000, asked / quiet);
    }
  }

  private void makeVolumes() throws ControlException {
    List<String> there = client.volumes().stream().map(volume -> volume.name()).toList();
    for (String name : IntStream.range(0, VOLUMES).mapToObj(number -> "v" + number).toList()) {
      if (!there.contains(name)) {
        client.createVolume(name, VOLUME_BYTES);
      }
    }
    if (client.exports().isEmpty()) {
      client.createExport("v0", List.of());
    }
  }

  private long[] measureAsked(TestInitiator initiator, int seconds) {
    Thread asking =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!Thread.currentThread().isInterrupted()) {
                    try {
                      client.status();
                    } catch (ControlException e) {
                      throw new IllegalStateException(e);
                    }
                    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                  }
                });
    try {
      return measure(initiator, seconds);
    } finally {
      asking.interrupt();
    }
  }

  /// How long each read took, one after another.
  private long[] measure(TestInitiator initiator, int seconds) {
    long[] took = new long[1 << 20];
    int count = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long now = System.nanoTime(); now < end && count < took.length; count++) {
      read(initiator);
      long then = System.nanoTime();
      took[count] = then - now;
      now = then;
    }
    return Arrays.copyOf(took, count);
  }

  private void read(TestInitiator initiator) {
    long lba = random.nextLong(VOLUME_BYTES / READ_BYTES) * (READ_BYTES / 512);
    initiator.ask(++tag, "2800%08x0000%02x00".formatted(lba, READ_BYTES / 512), READ_BYTES);
  }

  private static double percentile(long[] took) {
    Arrays.sort(took);
    return took[(int) (took.length * 0.99)];
  }
}
