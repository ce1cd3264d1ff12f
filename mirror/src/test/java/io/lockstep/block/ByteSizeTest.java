package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Both ways to spell a size.
@Tag("unit")
final class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B, 0 B",
    "1023, 1023 B, 1023 B",
    "4194304, 4 MiB, 4 MiB",
    "1049600, 1 MiB, 1025 KiB",
    "1610612736, 1.5 GiB, 1536 MiB",
    "9223372036854775807, 8 EiB, 9223372036854775807 B"
  })
  void aSizeIsShortOrExact(long bytes, String text, String exact) {
    assertThat(ByteSize.text(bytes)).isEqualTo(text);
    assertThat(ByteSize.exact(bytes)).isEqualTo(exact);
  }
}
