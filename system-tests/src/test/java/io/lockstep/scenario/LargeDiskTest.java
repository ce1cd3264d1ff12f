package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The largest mirror there is, 64 TiB, in files that have next to no blocks, by daemons with the
/// heap that they always have. The files are in memory, since few file systems take one so large:
/// their bitmaps need 2 GiB each. And the demo with disks far larger than what is under them.
@Tag("scenario")
class LargeDiskTest {
  private static final long MIRROR_BYTES = 64L << 40;
  private static final long DISK_BYTES = MIRROR_BYTES + (3L << 30);
  private static final long LAST_BYTES = 64 << 20;
  private static final int BLOCK = 4096;

  @RegisterExtension private final Pairs pairs = new Pairs();

  /// 6 TiB ran out of memory when they were laid out.
  @Test
  void sixtyFourTebibytesAreServedAndSyncedToTheirLastBlock() throws Exception {
    Pair pair = pairs.blank(Path.of("/dev/shm"));
    for (String node : Pair.NODES) {
      pair.configure(node);
      pair.makeDisk(node, DISK_BYTES);
    }
    pair.layOutFirst("a");
    LargePair.makeVolumes(pair.disk("a"), LAST_BYTES);
    LargePair.copy(pair.disk("a"), pair.disk("b"));
    pair.startDaemons();
    awaitInSync(pair);
    assertThat(pair.diskOf("a").dataBytes()).isEqualTo(MIRROR_BYTES - (64 << 20));

    String serving = pair.primary();
    String most = pair.url(serving, pair.createExport("most"));
    String last = pair.url(serving, pair.createExport("last"));
    long mostEnd = pair.volume("most").sizeBytes();
    assertThat(mostEnd).isGreaterThan(MIRROR_BYTES - (1L << 30));
    Host.write(most, 1, 0, BLOCK);
    Host.write(most, 2, mostEnd - BLOCK, BLOCK);
    Host.write(last, 3, LAST_BYTES - BLOCK, BLOCK);
    assertThat(byteOnDisk(pair, "b", "last", LAST_BYTES - 1)).isEqualTo(3);

    String away = Pair.other(serving);
    pair.kill(away);
    Host.write(most, 4, 0, BLOCK);
    Host.write(most, 5, mostEnd - BLOCK, BLOCK);
    Host.write(last, 6, LAST_BYTES - BLOCK, BLOCK);
    pair.startDaemon(away);
    awaitInSync(pair);
    assertThat(byteOnDisk(pair, away, "most", 0)).isEqualTo(4);
    assertThat(byteOnDisk(pair, away, "most", mostEnd - 1)).isEqualTo(5);
    assertThat(byteOnDisk(pair, away, "last", LAST_BYTES - 1)).isEqualTo(6);
    Host.verify(most, 5, mostEnd - BLOCK, BLOCK);

    assertThat(pair.status().alerts())
        .as("a file system that cannot hold it")
        .extracting(Alert::code)
        .contains("low-space");
    pair.shutDown();
  }

  /// Attaching reads 2 GiB of bitmap: a few seconds, on a machine that has nothing else to do.
  private static void awaitInSync(Pair pair) {
    Tool.await("both nodes in sync", Duration.ofMinutes(4), pair::isInSync);
    pair.awaitInSync();
  }

  private static int byteOnDisk(Pair pair, String node, String volume, long offset)
      throws IOException {
    SegmentInfo only = pair.volume(volume).segments().getFirst();
    try (var disk = new RandomAccessFile(pair.disk(node).toFile(), "r")) {
      disk.seek(pair.diskOf(node).dataOffset() + only.dataOffset() + offset);
      return disk.read();
    }
  }

  /// It was killed for want of memory, and the next start found half of its disks.
  @Test
  void aDemoOfTwoTebibytesStartsTwiceAndWarnsOfWhatIsMissing() throws Exception {
    Pair pair = pairs.blank();
    String[] options = {"--size", "2T", "--base-port", String.valueOf(pair.basePort())};
    pair.startDemo(options);
    assertThat(pair.lockstep("status")).contains("has no room to be filled");
    pair.stopDemo();
    pair.startDemo(options);
    pair.stopDemo();
  }

  @Test
  void aDemoThatItsFileSystemDoesNotTakeLeavesNothing() throws Exception {
    Pair pair = pairs.blank();
    String port = String.valueOf(pair.basePort());
    Tool.Result refused = pair.attempt("demo", "--size", "900P", "--base-port", port);
    assertThat(refused.status()).as(refused.all()).isEqualTo(1);
    assertThat(refused.all()).contains("was not started");
    for (String node : Pair.NODES) {
      assertThat(pair.disk(node)).doesNotExist();
    }
    Files.createFile(pair.directory().resolve("laying-out"));
    pair.makeDisk("a", 1 << 20);
    pair.startDemo("--size", "512M", "--base-port", port);
    assertThat(Files.size(pair.disk("a"))).isEqualTo(512L << 20);
    Tool.await("both in sync", Duration.ofSeconds(60), pair::isInSync);
    pair.stopDemo();
  }
}
