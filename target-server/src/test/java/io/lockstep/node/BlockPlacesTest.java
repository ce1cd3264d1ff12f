package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Volume;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class BlockPlacesTest {
  private static final long EXTENT_BYTES = 4 << 20;
  private static final long EXTENTS_START_BYTES = 3 << 20;
  private static final long CONTROL_BYTES = 8 << 20;
  private static final long DATA = CONTROL_BYTES + EXTENTS_START_BYTES;
  private static final long ON_DISK = 10 << 20;

  private final BlockPlaces places =
      new BlockPlaces(
          List.of(volume("vm1", 0, 2), volume("vm2", 3, 1)),
          new ExtentLayout(EXTENTS_START_BYTES, EXTENT_BYTES),
          CONTROL_BYTES);

  private static Volume volume(String name, long startExtent, long extentCount) {
    var stripe = new Segment.Stripe("pv", startExtent);
    return new Volume(
        name,
        "uuid-" + name,
        extentCount * EXTENT_BYTES,
        Volume.Access.READ_WRITE,
        List.of(Segment.linear(0, extentCount, stripe)));
  }

  @Test
  void aBlockIsNamedByItsVolumeAndTheByteInIt() {
    assertThat(places.at(DATA + 8192, ON_DISK).text())
        .isEqualTo(
            "byte 8192 of volume vm1 (byte %d of the disk)".formatted(ON_DISK + DATA + 8192));
    assertThat(places.at(DATA + 3 * EXTENT_BYTES, ON_DISK).text())
        .startsWith("byte 0 of volume vm2 ");
  }

  @Test
  void whatIsInNoVolumeIsSaidToBe() {
    for (long offset : new long[] {0, DATA - 1, DATA + 2 * EXTENT_BYTES, 1L << 40}) {
      assertThat(places.at(offset, ON_DISK).text())
          .isEqualTo("byte %d of the disk, in no volume".formatted(ON_DISK + offset));
    }
    assertThat(new BlockPlaces(List.of(), ExtentLayout.NONE, CONTROL_BYTES).at(DATA, 0).volume())
        .isNull();
  }
}
