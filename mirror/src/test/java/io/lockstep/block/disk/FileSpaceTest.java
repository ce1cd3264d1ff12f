package io.lockstep.block.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a sparse file still needs, and when that is too much.
@Tag("contract")
class FileSpaceTest {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  @TempDir private Path directory;

  @Test
  void aFileWithoutBlocksNeedsAllOfThem() throws IOException {
    Path file = directory.resolve("disk");
    assertThat(FileSpace.of(file)).as("none there").isEmpty();
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(64 * MIB);
    }
    FileSpace space = FileSpace.of(file).orElseThrow();
    assertThat(space.sizeBytes()).isEqualTo(64 * MIB);
    assertThat(space.missingBytes()).isEqualTo(64 * MIB);
    assertThat(space.freeBytes()).isPositive();
    Files.write(file, new byte[(int) MIB]);
    assertThat(FileSpace.of(file).orElseThrow().missingBytes()).isLessThan(MIB);
    assertThat(FileSpace.of(Path.of("/dev/null"))).as("no file").isEmpty();
  }

  @Test
  void whatIsLeftIsComparedWithTheSizeOfTheFile() {
    assertLevels(space(100 * GIB, 50 * GIB, 50 * GIB), true, false, false);
    assertLevels(space(100 * GIB, 50 * GIB, 49 * GIB), false, false, false);
    assertLevels(space(100 * GIB, 50 * GIB, 9 * GIB), false, true, false);
    assertLevels(space(100 * GIB, 50 * GIB, 999 * MIB), false, true, true);
    assertLevels(space(4 * GIB, 2 * GIB, 1000 * MIB), false, true, false);
    assertLevels(space(4 * GIB, 2 * GIB, 255 * MIB), false, true, true);
    assertLevels(space(4 * GIB, 0, 0), true, false, false);
    assertThat(space(4 * GIB, 2 * GIB, 2 * GIB).warning()).isEmpty();
    assertThat(space(4 * GIB, 2 * GIB, GIB).warning().orElseThrow()).contains("has 1.0 GiB left");
    assertThat(space(4 * GIB, 2 * GIB, 255 * MIB).text())
        .isEqualTo("/disk needs another 2.0 GiB to be full, and its file system has 255 MiB left");
  }

  private static FileSpace space(long size, long missing, long free) {
    return new FileSpace(Path.of("/disk"), size, missing, free);
  }

  private static void assertLevels(FileSpace space, boolean enough, boolean low, boolean full) {
    assertThat(space.isEnough()).isEqualTo(enough);
    assertThat(space.isLow()).isEqualTo(low);
    assertThat(space.isNearlyFull()).isEqualTo(full);
  }
}
