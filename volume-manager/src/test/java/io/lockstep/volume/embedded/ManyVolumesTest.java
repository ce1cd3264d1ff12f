package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// As many volumes as the metadata area has room for, and one more.
@Tag("unit")
class ManyVolumesTest {
  /// The engine reaches it, and then finds no room for the next text.
  private static final int NEARLY_FULL = 1500;

  private static final long SIZE_BYTES = 16L << 30;
  private static final String PV = Fixture.label().uuid();

  private final Fixture fixture = new Fixture();

  @Test
  void aThousandFit() {
    VolumeEngine engine = fixture.opened(spaceOf(1000));
    assertThat(fixture.create(engine, "one-more", 1)).isInstanceOf(VolumeResult.Done.class);
    assertThat(engine.volumes()).hasSize(1001);
  }

  @Test
  void beyondTheRoomASentenceSaysWhatToDoAndNothingIsChanged() {
    VolumeEngine engine = fixture.opened(spaceOf(NEARLY_FULL));
    int count = NEARLY_FULL;
    VolumeResult result = fixture.create(engine, "more-" + count, 1);
    while (result instanceof VolumeResult.Done) {
      result = fixture.create(engine, "more-" + ++count, 1);
    }
    assertThat(count).isBetween(1500, 1700);
    assertThat(result)
        .isInstanceOfSatisfying(
            VolumeResult.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence())
                    .startsWith("Volume more-")
                    .contains("was not created: the metadata area has no room for a text of ")
                    .endsWith("; delete a volume."));
    assertThat(engine.volumes()).hasSize(count);
    assertThat(fixture.delete(engine, "volume-7")).isInstanceOf(VolumeResult.Done.class);
  }

  /// A group that has so many volumes of one extent.
  private CrashDisk spaceOf(int count) {
    long extents = (SIZE_BYTES >> 22) - 1;
    PhysicalVolume pv = new PhysicalVolume(PV, 1 << 20, extents, true);
    VolumeGroup empty =
        new VolumeGroup(
            "vgt", "ocdWcV-vhC1-kslY-pUgm-Z22e-sWW0-82BscR", 1, 4 << 20, List.of(pv), List.of());
    List<Volume> volumes = new ArrayList<>();
    var random = new Random(7);
    for (int number = 0; number < count; number++) {
      Segment segment = Segment.linear(0, 1, new Segment.Stripe(PV, number));
      volumes.add(
          new Volume(
              "volume-" + number,
              LvmUuid.random(random),
              4 << 20,
              Volume.Access.READ_WRITE,
              List.of(segment)));
    }
    var full = new VolumeGroup("vgt", empty.uuid(), 2, 4 << 20, empty.physicalVolumes(), volumes);
    GroupWriter writer = new GroupWriter(Fixture.options(1));
    var unlimited = new GroupText.Limits(Optional.empty(), Optional.empty(), Map.of(), Map.of());
    var before = new GroupText(writer.fresh(empty, SIZE_BYTES), empty, "lockstep-abc", unlimited);
    Section edited = writer.edited(before, full, "A test.");
    return fixture.space(GroupWriter.bytes(edited), SIZE_BYTES);
  }
}
