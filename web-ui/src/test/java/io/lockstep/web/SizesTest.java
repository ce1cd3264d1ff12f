package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Sizes as people write them.
@Tag("unit")
class SizesTest {
  @Test
  void sizesAreBinaryAndMayBeRelative() {
    assertThat(Sizes.parse("256M", 0)).contains(256L << 20);
    assertThat(Sizes.parse("20g", 0)).contains(20L << 30);
    assertThat(Sizes.parse("1 TiB", 0)).contains(1L << 40);
    assertThat(Sizes.parse("4096", 0)).contains(4096L);
    assertThat(Sizes.parse("+4G", 1L << 30)).contains(5L << 30);
  }

  @Test
  void whatIsNoSizeIsRefused() {
    for (String text : new String[] {"", "-1G", "1.5G", "G", "20X", "9999999999999T"}) {
      assertThat(Sizes.parse(text, 0)).as(text).isEmpty();
    }
  }

  @Test
  void sizesAreShownInTheUnitThatFits() {
    assertThat(Sizes.shown(0)).isEqualTo("0 B");
    assertThat(Sizes.shown(256L << 20)).isEqualTo("256 MiB");
    assertThat(Sizes.shown(3L << 29)).isEqualTo("1.5 GiB");
  }
}
