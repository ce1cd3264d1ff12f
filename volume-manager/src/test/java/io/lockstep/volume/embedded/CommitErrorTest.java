package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The disk fails at each operation of a change in turn: the change is refused with the reason,
/// what is on the disk is the old group or the new one, and after a failed commit nothing more is
/// tried.
@Tag("unit")
class CommitErrorTest {
  private static final long MIB = Fixture.MIB;
  private static final int OPERATIONS_MAX = 20;

  private final Fixture fixture = new Fixture();
  private CrashDisk before = new CrashDisk(fixture.loop, 32 * MIB, Map.of());

  @BeforeEach
  void group() {
    VolumeEngine engine = fixture.opened(before);
    assertDone(fixture.create(engine, "a", 8 * MIB));
    before = before.copy();
  }

  @Test
  void creatingFailsAtEachStep() {
    TreeSet<String> reasons = new TreeSet<>();
    for (int good = 0; good < OPERATIONS_MAX; good++) {
      CrashDisk disk = before.copy();
      VolumeEngine engine = fixture.opened(disk);
      disk.failAfter(good);
      VolumeResult result = fixture.create(engine, "b", 4 * MIB);
      disk.failAfter(Long.MAX_VALUE);
      if (result instanceof VolumeResult.Done) {
        assertThat(reasons)
            .containsExactly(
                "its extents could not be zeroed (planted)",
                "the metadata could not be read (planted)",
                "the metadata could not be written (planted)",
                "writing the metadata header failed (planted), so which metadata is in force shows"
                    + " only after the space is opened again");
        return;
      }
      assertThat(engine.volumes()).extracting(Volume::name).containsExactly("a");
      reasons.add(Fixture.why(result));
      boolean unknown = Fixture.why(result).startsWith("writing the metadata header");
      assertThat(result instanceof VolumeResult.Unknown).isEqualTo(unknown);
      assertThat(fixture.opened(disk.copy()).volumes())
          .extracting(Volume::name)
          .isIn(List.of("a"), unknown ? List.of("a", "b") : List.of("a"));
      GroupStatus status = engine.group();
      assertThat(status.readOnlyReason().isPresent()).isEqualTo(unknown);
      VolumeResult again = fixture.create(engine, "b", 4 * MIB);
      assertThat(again instanceof VolumeResult.Refused).isEqualTo(unknown);
    }
    throw new AssertionError("creating never succeeded");
  }

  @Test
  void aVolumeWhoseShrinkingFailedGoesOn() {
    for (int good = 0; good < OPERATIONS_MAX; good++) {
      CrashDisk disk = before.copy();
      VolumeEngine engine = fixture.opened(disk);
      BlockDevice device = engine.device("a").orElseThrow();
      disk.failAfter(good);
      VolumeResult result = fixture.resize(engine, "a", 4 * MIB, true);
      disk.failAfter(Long.MAX_VALUE);
      boolean kept =
          result instanceof VolumeResult.Refused && engine.group().readOnlyReason().isEmpty();
      assertThat(device.limits().sizeBytes()).isEqualTo(kept ? 8 * MIB : 4 * MIB);
      assertThat(fixture.write(device, 0, new byte[512]).isOk()).isTrue();
      if (result instanceof VolumeResult.Done) {
        assertThat(good).isGreaterThan(5);
        return;
      }
    }
    throw new AssertionError("shrinking never succeeded");
  }

  @Test
  void openingSaysThatTheDiskCannotBeReadOrWritten() {
    CrashDisk disk = before.copy();
    disk.failAfter(0);
    assertThat(fixture.refusal(disk))
        .isEqualTo(
            "The volume group was not opened: the space could not be read: planted; see to the"
                + " disk, then try again.");
    CrashDisk blank = new CrashDisk(fixture.loop, 32 * MIB, Map.of());
    for (int good = 1; good < OPERATIONS_MAX; good++) {
      blank.failAfter(good);
      OpenResult result = fixture.open(blank);
      if (result instanceof OpenResult.Ready) {
        assertThat(good).as("each try takes up where the last one broke off").isGreaterThan(2);
        return;
      }
      assertThat(((OpenResult.Refused) result).refusal().sentence()).contains("planted");
    }
    throw new AssertionError("formatting never succeeded");
  }

  private static void assertDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }
}
