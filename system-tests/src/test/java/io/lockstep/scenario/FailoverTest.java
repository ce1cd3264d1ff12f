package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A node dies while hosts write: the other one has every acknowledged write, and takes the dead
/// one back with just what differs.
@Tag("scenario")
class FailoverTest {
  private static final long VOLUME_BYTES = 256 << 20;
  private static final int AREA_BLOCKS = 1024;

  @RegisterExtension private final Pairs pairs = new Pairs();

  @TempDir private Path folder = Path.of("");

  @Test
  void afterKillingThePrimaryThePeerHasEveryAcknowledgedWrite() throws IOException {
    Pair pair = pairs.demo("1G");
    pair.lockstep("volume", "create", "vm1", "--size", "256M");
    pair.lockstep("export", "create", "vm1");
    String iqn = pair.export("vm1").iqn();
    String first = pair.primary();
    String second = Pair.other(first);
    Path image = folder.resolve("image");
    long areaByte = DiskImage.makeExt4WithArea(image, VOLUME_BYTES, AREA_BLOCKS, 2);
    DiskImage.send(image, pair.url(first, iqn));
    WriteLedger ledger = new WriteLedger(areaByte, AREA_BLOCKS);

    try (BlockWriter writer = new BlockWriter(pair.url(first, iqn), ledger, 2)) {
      writer.awaitWrites(500);
      pair.kill(first);
    }
    assertThat(pair.lockstep("mirror", "promote", "--node", second))
        .contains("Node " + second + " is Primary");
    Path survived = folder.resolve("survived");
    DiskImage.fetch(pair.url(second, iqn), survived);
    assertThat(ledger.violations(ledger.read(survived), WriteLedger.Promise.ACKNOWLEDGED))
        .isEmpty();
    DiskImage.check(survived);

    ledger.settle(ledger.read(survived));
    try (BlockWriter writer = new BlockWriter(pair.url(second, iqn), ledger, 3)) {
      writer.awaitWrites(100);
      writer.stop();
    }
    pair.lockstep("node", "start", first);
    pair.awaitInSync();

    assertThat(pair.primary()).isEqualTo(second);
    long sent = pair.side(second).orElseThrow().difference().lastResyncBytesSent();
    assertThat(sent).isBetween(4096L, pair.diskOf(second).dataBytes() / 20);
    assertThat(pair.lockstep("status", "-o", "json")).contains("\"lastResyncBytesSent\" : " + sent);
    pair.assertEqualDisks();
    for (String node : Pair.NODES) {
      Path copy = folder.resolve("copy");
      pair.copyFromDisk(node, "vm1", copy);
      assertThat(ledger.violations(ledger.read(copy), WriteLedger.Promise.ACKNOWLEDGED)).isEmpty();
      DiskImage.check(copy);
    }
  }
}
