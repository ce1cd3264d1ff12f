package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.VolumeInfo;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A guest's disk before an upgrade: a snapshot of it is taken, looked at, carried through the
/// death of the node that served it, and gone back to.
@Tag("scenario")
class SnapshotsTest {
  private static final int IMAGE_BYTES = 64 << 20;

  @RegisterExtension private final Pairs pairs = new Pairs();

  @TempDir private Path folder = Path.of("");

  @Test
  void aVolumeGoesBackToItsSnapshotThroughTheDeathOfANode() throws IOException {
    Pair pair = pairs.demo("512M");
    pair.createVolume("vm1", IMAGE_BYTES);
    String vm1 = pair.createExport("vm1");
    String before = image(pair, vm1, 1);

    assertThat(pair.lockstep("snapshot", "create", "vm1", "before", "--size", "96M"))
        .startsWith("Snapshot before of volume vm1 taken; it has room for changes of ");
    String after = image(pair, vm1, 2);
    assertThat(pair.lockstep("snapshot", "list", "vm1"))
        .contains("before", "vm1", "64 MiB", "whole");
    String snapshot = pair.createExport("before");
    assertThat(read(pair, snapshot)).as("the snapshot").isEqualTo(before);
    assertThat(read(pair, vm1)).as("the volume").isEqualTo(after);
    assertThat(pair.attempt("volume", "delete", "vm1", "--yes").err()).contains("it is exported");
    assertThat(pair.attempt("snapshot", "rollback", "vm1", "before", "--yes").err())
        .contains("its snapshot before is exported");

    String first = pair.primary();
    pair.kill(first);
    pair.promote(Pair.other(first));
    assertThat(read(pair, snapshot)).as("at the other node").isEqualTo(before);
    image(pair, vm1, 3);
    assertThat(read(pair, snapshot)).as("after more writes there").isEqualTo(before);
    pair.startDaemons();
    pair.awaitInSync();

    pair.lockstep("export", "delete", "before");
    assertThat(pair.lockstep("snapshot", "rollback", "vm1", "before", "--yes", "--wait"))
        .endsWith("Volume vm1 is put back to snapshot before.\n");
    assertThat(read(pair, vm1)).as("the volume as it was").isEqualTo(before);
    assertThat(pair.status().volumes()).extracting(VolumeInfo::name).containsExactly("vm1");
    assertThat(pair.lockstep("snapshot", "list")).isEqualTo("No snapshots.\n");
    pair.assertEqualDisks();
  }

  private String image(Pair pair, String iqn, int seed) throws IOException {
    Path image = folder.resolve("image");
    DiskImage.makeExt4(image, IMAGE_BYTES, seed);
    DiskImage.send(image, pair.url(pair.primary(), iqn));
    return DiskImage.sha256(image);
  }

  private String read(Pair pair, String iqn) throws IOException {
    Path copy = folder.resolve("copy");
    DiskImage.fetch(pair.url(pair.primary(), iqn), copy);
    DiskImage.check(copy);
    return DiskImage.sha256(copy);
  }
}
