package io.lockstep.control.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sizes as people write and read them.
@Tag("unit")
final class SizesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "G",
        "20X",
        "-1G",
        "+1G",
        "1.5",
        ".5G",
        "1.G",
        "1,5G",
        "20  G",
        "9999999T",
        "99999999999999999999"
      })
  void whatIsNoSizeIsRefused(String text) {
    assertThat(Sizes.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "512B, 512",
    "1K, 1024",
    "256M, 268435456",
    "20G, 21474836480",
    "20g, 21474836480",
    "20GiB, 21474836480",
    "20GB, 21474836480",
    "2T, 2199023255552",
    "1.5G, 1610612736",
    "0.5 TiB, 549755813888",
    "1.0001K, 1025",
    "0 B, 0",
    "300 MiB, 314572800",
    "8388607T, 9223370937343148032"
  })
  void unitsAreBinary(String text, long bytes) {
    assertThat(Sizes.parse(text)).hasValue(bytes);
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1 KiB", "268435456, 256 MiB", "1610612736, 1.5 GiB"})
  void whatIsShownCanBeTyped(long bytes, String text) {
    assertThat(Sizes.text(bytes)).isEqualTo(text);
    assertThat(Sizes.parse(text)).hasValue(bytes);
  }

  @Test
  void whatWasRoundedUpIsSaid() {
    assertThat(Sizes.rounded(4 << 20, 4 << 20)).isEmpty();
    assertThat(Sizes.rounded(3 << 20, 4 << 20)).isEqualTo(" (3 MiB, rounded up)");
  }

  @Test
  void aSizeMayBeRelative() {
    assertThat(Sizes.parse("+4G", 1L << 30)).hasValue(5L << 30);
    assertThat(Sizes.parse("1 TiB", 7)).hasValue(1L << 40);
    assertThat(Sizes.parse("+8388607T", 1L << 62)).isEmpty();
    assertThat(Sizes.parse("++1G", 0)).isEmpty();
  }

  @Test
  void timeSpansAreShownInTheUnitThatFits() {
    assertThat(Sizes.duration(-1)).isEqualTo("unknown");
    assertThat(Sizes.duration(119)).isEqualTo("119 s");
    assertThat(Sizes.duration(7199)).isEqualTo("119 min");
    assertThat(Sizes.duration(7500)).isEqualTo("2 h 5 min");
  }
}
