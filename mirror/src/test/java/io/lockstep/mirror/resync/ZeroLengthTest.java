package io.lockstep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.meta.Bitmap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How long a range may be that the target makes zero.
@Tag("unit")
class ZeroLengthTest {
  private static final long LEAST_BYTES = 256 << 10;

  private final ZeroLength length = new ZeroLength(LEAST_BYTES);

  @Test
  void aTargetThatMakesHolesGetsLongRangesUpToTheLimit() {
    long bytes = LEAST_BYTES;
    while (bytes < ZeroLength.BYTES_MAX) {
      assertThat(bytes()).isEqualTo(bytes);
      length.took(ZeroLength.SOON_NANOS - 1);
      bytes *= 2;
    }
    length.took(0);
    assertThat(bytes()).isEqualTo(ZeroLength.BYTES_MAX);
  }

  @Test
  void aTargetThatWritesZeroesGetsShortOnes() {
    for (int answer = 0; answer < 5; answer++) {
      length.took(0);
    }
    long reached = bytes();
    length.took(ZeroLength.SOON_NANOS);
    length.took(ZeroLength.LATE_NANOS);
    assertThat(bytes()).as("as long as it should take").isEqualTo(reached);
    length.took(ZeroLength.LATE_NANOS + 1);
    assertThat(bytes()).isEqualTo(reached / 2);
    for (int answer = 0; answer < 20; answer++) {
      length.took(ZeroLength.LATE_NANOS + 1);
    }
    assertThat(bytes()).isEqualTo(LEAST_BYTES);
  }

  private long bytes() {
    return (long) length.blocksMax() * Bitmap.BLOCK_BYTES;
  }
}
