package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A writer that would not notice a lost write proves nothing.
@Tag("shell")
class NumberedWriterTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void everyBlockHoldsItsLastWriteAndALostOneIsNoticed() throws IOException {
    Path file = folder.resolve("file");
    Path ledger = folder.resolve("ledger");
    Files.createFile(NumberedWriter.stopFile(ledger));
    NumberedWriter.main(new String[] {"write", file.toString(), ledger.toString(), "1"});

    NumberedWriter.Progress progress =
        NumberedWriter.Progress.parse(Files.readString(NumberedWriter.progressFile(ledger)));
    assertThat(progress.writeCount()).isEqualTo(NumberedWriter.BLOCK_COUNT);
    assertThat(NumberedWriter.faults(file, ledger)).isEmpty();

    long place = 7L * NumberedWriter.BLOCK_BYTES;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.transferFrom(FileChannel.open(file), place, NumberedWriter.BLOCK_BYTES / 2);
      channel.truncate((NumberedWriter.BLOCK_COUNT - 1L) * NumberedWriter.BLOCK_BYTES);
    }
    assertThat(NumberedWriter.faults(file, ledger))
        .containsExactly(
            "block 7 differs from its last write, 8, from byte 5 of 4096 on:"
                + " write 1 of run 1, block 0",
            "block 511 differs from its last write, 512, from byte 0 of -1 on: nothing");
  }

  /// The next run has the same counts and, where the dice are alike, the same places.
  @Test
  void whatAnEarlierRunHasLeftIsNotTakenForAWriteOfThisOne() throws IOException {
    Path file = folder.resolve("file");
    Path ledger = folder.resolve("ledger");
    Files.createFile(NumberedWriter.stopFile(ledger));
    NumberedWriter.main(new String[] {"write", file.toString(), ledger.toString(), "1"});
    Path earlier = Files.copy(file, folder.resolve("earlier"));
    NumberedWriter.main(new String[] {"write", file.toString(), ledger.toString(), "2"});

    assertThat(NumberedWriter.faults(file, ledger)).isEmpty();
    assertThat(NumberedWriter.faults(earlier, ledger))
        .hasSize(NumberedWriter.BLOCK_COUNT)
        .anyMatch(fault -> fault.endsWith(": write 8 of run 1, block 7"));
  }

  @Test
  void gapsAreToldWithTheWritesThatTheyStandBetween() {
    NumberedWriter.Progress progress =
        new NumberedWriter.Progress(
            30, List.of(new NumberedWriter.Gap(10, 400), new NumberedWriter.Gap(20, 250)));
    assertThat(NumberedWriter.Progress.parse(progress.text())).isEqualTo(progress);
    assertThat(progress.longestGapMillisSince(9)).isEqualTo(400);
    assertThat(progress.longestGapMillisSince(10)).isEqualTo(250);
    assertThat(progress.longestGapMillisSince(20)).isZero();
  }
}
