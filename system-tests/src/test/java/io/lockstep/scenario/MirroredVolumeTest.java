package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// The first five minutes: a demo, a volume, a LUN, a file system on it, and its copy on the peer.
@Tag("scenario")
class MirroredVolumeTest {
  @RegisterExtension private final Pairs pairs = new Pairs();

  @TempDir private Path folder = Path.of("");

  @Test
  void anImageWrittenToALunReadsBackAndStandsOnBothDisks() throws IOException {
    Pair pair = pairs.demo("512M");
    pair.lockstep("volume", "create", "vm1", "--size", "256M");
    String created = pair.lockstep("export", "create", "vm1");
    ExportInfo export = pair.export("vm1");
    assertThat(created).contains(export.iqn()).contains(export.portals());
    assertThat(Tool.run("iscsi-ls", "-s", "iscsi://" + export.portals().getFirst()))
        .contains(export.iqn())
        .contains("Lun:0");
    pair.lockstep("volume", "create", "vm2", "--size", "16M");
    pair.lockstep("export", "create", "vm2", "--target", "vm1", "--lun", "7");
    assertThat(Tool.run("iscsi-ls", "-s", "iscsi://" + export.portals().getFirst()))
        .as("two in one target")
        .contains("Lun:0", "Lun:7")
        .containsOnlyOnce("Target:");
    Path image = folder.resolve("image");
    DiskImage.makeExt4(image, 256 << 20, 1);
    String sum = DiskImage.sha256(image);

    String url = pair.url(pair.primary(), export.iqn());
    DiskImage.send(image, url);
    Path back = folder.resolve("back");
    DiskImage.fetch(url, back);

    assertThat(DiskImage.sha256(back)).as("read back").isEqualTo(sum);
    DiskImage.check(back);
    for (String node : Pair.NODES) {
      Path copy = folder.resolve("copy");
      pair.copyFromDisk(node, "vm1", copy);
      assertThat(DiskImage.sha256(copy)).as("on the disk of node " + node).isEqualTo(sum);
    }
    pair.assertEqualDisks();
  }
}
