package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import io.lockstep.scenario.WriteLedger.Promise;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Power cuts: the disks keep what was not flushed in the daemon's memory, so that `kill -9` loses
/// it as a disk's volatile cache would. What an initiator had flushed must be there afterwards, and
/// a checker that would not notice a missing flush proves nothing: so one is planted.
///
/// Prints its seed; `-Dlockstep.seed=N` replays the dice (not the scheduling of the machine).
@Tag("scenario")
class PowerCutTest {
  private static final String VOLATILE = "test: {volatileCache: true}";
  private static final String PLANTED = "test: {volatileCache: true, missingFlush: true}";
  private static final long DISK_BYTES = 128 << 20;
  private static final int AREA_BLOCKS = 512;
  private static final int WRITERS = 2;
  private static final int CUTS = Boolean.getBoolean("lockstep.long") ? 100 : 10;

  @RegisterExtension private final Pairs pairs = new Pairs();

  @TempDir private Path folder = Path.of("");

  private final SplittableRandom dice = dice();

  private static SplittableRandom dice() {
    long seed = Long.getLong("lockstep.seed", System.nanoTime());
    System.out.println("PowerCutTest: -Dlockstep.seed=" + seed);
    return new SplittableRandom(seed);
  }

  @Test
  void noFlushedWriteIsLostWhenBothNodesDieAtOnceTenTimes() throws IOException {
    Stage stage = new Stage(pairs.daemons(DISK_BYTES, VOLATILE));
    for (int cut = 1; cut <= CUTS; cut++) {
      assertThat(stage.cutPowerOfBoth(Promise.FLUSHED)).as("after power cut " + cut).isEmpty();
    }
    assertThat(stage.flushes).as("flushes in all").isGreaterThan(CUTS);
  }

  /// Switched off on one node, served by the other: GOOD is stable, flushed or not.
  @Test
  void noAcknowledgedWriteIsLostWhileTheWriteCacheIsOff() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES, VOLATILE);
    Stage stage = new Stage(pair);
    pair.lockstep("export", "change", "vm1", "--write-cache", "off");
    pair.promote(Pair.other(pair.primary()));
    pair.awaitInSync();
    for (int cut = 1; cut <= 2; cut++) {
      assertThat(stage.cutPowerOfBoth(Promise.ACKNOWLEDGED)).as("after cut " + cut).isEmpty();
    }
  }

  @Test
  void aPlantedMissingFlushIsNoticed() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES, VOLATILE);
    Stage stage = new Stage(pair);
    pair.shutDown();
    for (String node : Pair.NODES) {
      pair.configure(node, PLANTED);
    }
    pair.startDaemons();
    pair.awaitInSync();
    assertThat(stage.cutPowerOfBoth(Promise.FLUSHED))
        .as("what the checker says")
        .anyMatch(fault -> fault.contains("holds write"));
  }

  @Test
  void aNodeThatLosesItsCacheIsFilledAgainFromTheOther() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES, VOLATILE);
    Stage stage = new Stage(pair);
    assertThat(stage.cutPowerOf(pair.primary())).as("the Primary's power cut").isEmpty();
    String secondary = Pair.other(pair.primary());
    assertThat(stage.cutPowerOf(secondary)).as("the Secondary's power cut").isEmpty();
  }

  /// A pair with a volume, and what was written to it.
  private final class Stage {
    private final Pair pair;
    private final String iqn;
    private final List<WriteLedger> ledgers = new ArrayList<>();
    private int flushes;

    Stage(Pair pair) throws IOException {
      this.pair = pair;
      pair.createVolume("vm1", 64 << 20);
      this.iqn = pair.createExport("vm1");
      for (int writer = 0; writer < WRITERS; writer++) {
        long firstByte = (long) writer * (32 << 20);
        WriteLedger ledger = new WriteLedger(firstByte, AREA_BLOCKS);
        ledgers.add(ledger);
        int length = AREA_BLOCKS * WriteLedger.BLOCK_BYTES;
        command("write -P %d %d %d".formatted(WriteLedger.INITIAL, firstByte, length));
      }
      command("flush");
    }

    private void command(String text) {
      Tool.run("qemu-io", "-f", "raw", "-t", "writeback", "-c", text, url());
    }

    private String url() {
      return pair.url(pair.primary(), iqn);
    }

    /// Writes, cuts the power of both nodes, starts them again.
    ///
    /// @return what was lost of that which had been promised, and where the nodes differ
    List<String> cutPowerOfBoth(Promise promise) throws IOException {
      List<BlockWriter> writers = write();
      pair.kill("a", "b");
      writers.forEach(BlockWriter::abandon);
      pair.startDaemons();
      pair.awaitInSync();
      return judged(promise);
    }

    /// Writes, cuts the power of one node, has the other one serve alone, takes the node back.
    List<String> cutPowerOf(String victim) throws IOException {
      List<BlockWriter> writers = write();
      boolean servesAlready = pair.serves(Pair.other(victim));
      pair.kill(victim);
      if (servesAlready) {
        writers.forEach(writer -> writer.awaitWrites(writer.acknowledgedCount() + 20));
        writers.forEach(BlockWriter::stop);
      } else {
        writers.forEach(BlockWriter::abandon);
        pair.promote(Pair.other(victim));
      }
      List<String> lost = judged(Promise.ACKNOWLEDGED);
      pair.startDaemon(victim);
      pair.awaitInSync();
      lost.addAll(judged(Promise.ACKNOWLEDGED));
      return lost;
    }

    /// Writers that have flushed a few times, and a little longer.
    private List<BlockWriter> write() throws IOException {
      List<BlockWriter> writers = new ArrayList<>();
      for (WriteLedger ledger : ledgers) {
        writers.add(new BlockWriter(url(), ledger, dice.nextLong()));
      }
      for (BlockWriter writer : writers) {
        writer.awaitWrites(60);
      }
      Tool.pause(Duration.ofMillis(dice.nextLong(1000)));
      flushes += writers.stream().mapToInt(BlockWriter::flushCount).sum();
      return writers;
    }

    private List<String> judged(Promise promise) throws IOException {
      Path volume = folder.resolve("volume");
      DiskImage.fetch(url(), volume);
      List<String> faults = new ArrayList<>();
      for (WriteLedger ledger : ledgers) {
        byte[] area = ledger.read(volume);
        faults.addAll(ledger.violations(area, promise));
        ledger.settle(area);
      }
      if (pair.isInSync()) {
        command("flush");
        pair.difference().ifPresent(faults::add);
      }
      return faults;
    }
  }
}
