package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The host of the scenarios sees what went wrong; a file stands for the LUN.
@Tag("shell")
class HostTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void bytesThatAreNotThereAndAWriteThatFailsAreSeen() throws Exception {
    Path disk = folder.resolve("disk");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(1 << 20);
    }
    Host.write(disk.toString(), 7, 4096, 8192);
    Host.verify(disk.toString(), 7, 4096, 8192);
    assertThatThrownBy(() -> Host.verify(disk.toString(), 7, 0, 8192))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("verification failed");
    assertThatThrownBy(() -> Host.write(disk.toString(), 7, 1 << 20, 4096))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> Host.verify(folder.resolve("none").toString(), 7, 0, 4096))
        .isInstanceOf(AssertionError.class);
  }

  /// A failed flush went unseen: the write before it looked well.
  @Test
  void aFailedFlushIsSeen() throws Exception {
    Path disk = folder.resolve("disk");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(1 << 20);
    }
    String failing = "blkdebug:" + rules() + ":" + disk;
    assertThatThrownBy(() -> Host.write(failing, 7, 0, 4096)).isInstanceOf(AssertionError.class);
  }

  private Path rules() throws IOException {
    return Files.writeString(
        folder.resolve("rules"),
        "[inject-error]\nevent = \"none\"\niotype = \"flush\"\nerrno = \"5\"\n");
  }
}
