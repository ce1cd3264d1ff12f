package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.disk.LocalDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// In which order disks are laid out, and what is refused without a change.
@Tag("unit")
final class LayOutTest {
  private static final long DISK_BYTES = 64L << 20;

  @TempDir private Path folder = Path.of("");
  private final List<String> said = new ArrayList<>();

  @Test
  void aFurtherMirrorBelongsToThePairOfTheDisksThatAreThere() throws Exception {
    create("a1", "a2", "b1", "b2");
    assertThat(layOut(0, "a1").first()).isEmpty();
    PairIdentity first = told();
    assertThat(layOut(0, "a1", "a2").further("m2")).isEmpty();
    PairIdentity second = told();

    assertThat(second.pairId()).isEqualTo(first.pairId());
    assertThat(second.pairName()).isEqualTo(first.pairName() + "2");
    assertThat(said.getLast()).contains("of mirror m2", "--mirror m2 --join");
    assertThat(layOut(1, "b1").join(null, first.joinCode())).isEmpty();
    assertThat(layOut(1, "b1", "b2").join("m2", second.joinCode())).isEmpty();
    assertThat(layOut(0, "a1", "a2").further("m2"))
        .hasValueSatisfying(why -> assertThat(why).contains("that of mirror m2", "already"));
  }

  @Test
  void aFurtherMirrorNeedsAPairAndAName() throws Exception {
    create("a1", "a2");
    assertThat(layOut(0, "a1", "a2").further("m2"))
        .hasValueSatisfying(why -> assertThat(why).contains("no other mirror", "--first"));
    assertThat(layOut(0, "a1", "a2").further("m3"))
        .hasValueSatisfying(why -> assertThat(why).contains("no mirror \"m3\"", "m1 or m2"));
    assertBlank("a1", "a2");
  }

  @Test
  void aCodeOfAnotherPairOrMirrorIsRefused() throws Exception {
    create("b1", "b2");
    PairIdentity first = PairIdentity.random(new Random(3));
    PairIdentity stranger = PairIdentity.random(new Random(4));
    assertThat(layOut(1, "b1").join(null, first.joinCode())).isEmpty();

    assertThat(layOut(1, "b1", "b2").join("m2", stranger.joinCode()))
        .hasValueSatisfying(
            why -> assertThat(why).contains("of pair " + stranger.pairName(), "mirror m1"));
    assertThat(layOut(1, "b1", "b2").join("m2", first.joinCode()))
        .hasValueSatisfying(why -> assertThat(why).contains("the code is that of mirror m1"));
    assertBlank("b2");
  }

  @Test
  void theOtherNodesDiskIsRefused() throws Exception {
    create("a1", "b2");
    assertThat(layOut(0, "a1").first()).isEmpty();
    PairIdentity second = told().further(2, new Random(5));

    assertThat(layOut(1, "a1", "b2").join("m2", second.joinCode()))
        .hasValueSatisfying(why -> assertThat(why).contains("node id 0", "node.id is 1"));
    assertThat(layOut(1, "a1", "b2").further("m2"))
        .hasValueSatisfying(why -> assertThat(why).contains("node id 0", "node.id is 1"));
    assertBlank("b2");
  }

  @Test
  void disksOfTwoPairsGetNoThird() throws Exception {
    create("a1", "a2");
    assertThat(layOut(0, "a1").first()).isEmpty();
    assertThat(layOut(0, "a2").first()).isEmpty();

    assertThat(LaidOutDisks.read(config(0, "a1", "a2"), ""))
        .isInstanceOfSatisfying(
            LaidOutDisks.Found.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence()).contains("m1 and m2", "different pairs"));
  }

  @Test
  void aNewPairIsLaidOutOnAllDisksOrOnNone() throws Exception {
    create("a1", "a2");
    assertThat(layOut(0, "a2").first()).isEmpty();
    said.clear();

    assertThat(layOut(0, "a1", "a2").first())
        .hasValueSatisfying(why -> assertThat(why).contains("a2 is not blank", "--mirror NAME"));
    assertThat(said).isEmpty();
    assertBlank("a1");
  }

  private LayOut layOut(int nodeId, String... disks) throws ConfigFile.ConfigException {
    return new LayOut(config(nodeId, disks), said::add);
  }

  /// What the last join code that was printed says.
  private PairIdentity told() {
    return PairIdentity.parse(said.getLast().replaceAll(".* ", "")).orElseThrow();
  }

  private void create(String... disks) {
    for (String disk : disks) {
      assertThat(LocalDisk.create(folder.resolve(disk), DISK_BYTES)).isEmpty();
    }
  }

  private void assertBlank(String... disks) throws IOException {
    for (String disk : disks) {
      byte[] start = new byte[2 << 20];
      try (RandomAccessFile file = new RandomAccessFile(folder.resolve(disk).toFile(), "r")) {
        file.readFully(start);
      }
      assertThat(start).as(disk).containsOnly(0);
    }
  }

  private DaemonConfig config(int nodeId, String... disks) throws ConfigFile.ConfigException {
    StringBuilder mirrors = new StringBuilder();
    for (int index = 0; index < disks.length; index++) {
      mirrors.append(
          "  - {name: m%d, port: %d, disks: [{path: %s}]}\n"
              .formatted(index + 1, 7001 + index, folder.resolve(disks[index])));
    }
    return ConfigFile.parse(
        Path.of("test.yaml"),
        """
        node: {name: n%d, id: %d}
        mirrors:
        %sportals:
          - listen: 127.0.0.1:0
        peer:
          name: other
          addresses: [127.0.0.1]
          port: 7000
          portals: ["127.0.0.1:1"]
        control:
          socket: %s
        """
            .formatted(nodeId, nodeId, mirrors, folder.resolve("socket")));
  }
}
