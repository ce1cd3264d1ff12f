package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.IoResult;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an administrator does, what is refused and why, and what is still there after closing.
@Tag("unit")
class EmbeddedEngineTest {
  private static final long MIB = Fixture.MIB;

  private final Fixture fixture = new Fixture();
  private final BlockDevice space = fixture.memory(64 * MIB);
  private VolumeEngine engine = fixture.opened(space);

  @BeforeEach
  void emptyGroup() {
    assertThat(engine.group().extentCount()).isEqualTo(15);
    assertThat(engine.group().sequenceNumber()).isEqualTo(1);
    assertThat(engine.volumes()).isEmpty();
  }

  @Test
  void everythingIsStillThereAfterReopening() {
    assertDone(fixture.create(engine, "vm1", 1));
    assertDone(fixture.create(engine, "vm2", 9 * MIB));
    assertDone(fixture.resize(engine, "vm1", 8 * MIB, false));
    assertDone(fixture.rename(engine, "vm2", "db"));
    List<Volume> before = engine.volumes();
    assertThat(before).extracting(Volume::name).containsExactly("vm1", "db");
    assertThat(before).extracting(Volume::sizeBytes).containsExactly(8 * MIB, 12 * MIB);
    assertThat(before.getFirst().segments()).hasSize(2);
    assertThat(engine.group().freeBytes()).isEqualTo(40 * MIB);
    assertThat(fixture.<IoResult>await(done -> engine.close(done::accept)).isOk()).isTrue();

    engine = fixture.opened(space);
    assertThat(engine.volumes()).isEqualTo(before);
    assertThat(engine.group().sequenceNumber()).isEqualTo(5);
    assertThat(engine.group().readOnlyReason()).isEmpty();
  }

  @Test
  void aVolumeHasWholeExtentsOfFourMebibytes() {
    assertThat(engine.group().extentSizeBytes()).isEqualTo(4 * MIB);
    assertDone(fixture.create(engine, "least", 1));
    assertDone(fixture.create(engine, "one", 4 * MIB));
    assertDone(fixture.create(engine, "two", 4 * MIB + 1));
    assertThat(engine.volumes())
        .extracting(Volume::sizeBytes)
        .containsExactly(4 * MIB, 4 * MIB, 8 * MIB);
  }

  @Test
  void firstFitFillsHolesInSeveralSegments() {
    for (String name : List.of("a", "b", "c", "d")) {
      assertDone(fixture.create(engine, name, 8 * MIB));
    }
    assertDone(fixture.delete(engine, "a"));
    assertDone(fixture.delete(engine, "c"));
    assertDone(fixture.create(engine, "e", 20 * MIB));
    Volume volume = engine.volumes().getLast();
    assertThat(volume.segments())
        .extracting(segment -> segment.stripes().getFirst().startExtent())
        .containsExactly(0L, 4L, 8L);
    assertThat(volume.segments()).extracting(Segment::extentCount).containsExactly(2L, 2L, 1L);
    assertDone(fixture.resize(engine, "e", 24 * MIB, false));
    assertThat(engine.volumes().getLast().segments())
        .as("the next extent lengthens the last segment")
        .extracting(Segment::extentCount)
        .containsExactly(2L, 2L, 2L);
  }

  @Test
  void eachImpossibleChangeSaysWhyAndChangesNothing() {
    assertDone(fixture.create(engine, "vm1", 8 * MIB));
    byte[] before = image();

    assertThat(Fixture.why(fixture.create(engine, "big", 60 * MIB)))
        .isEqualTo("it needs 60 MiB, and the group has 52 MiB free");
    assertThat(Fixture.why(fixture.resize(engine, "vm1", 64 * MIB, false)))
        .isEqualTo("it needs 56 MiB, and the group has 52 MiB free");
    assertThat(Fixture.why(fixture.create(engine, "vm1", MIB))).isEqualTo("there is a volume vm1");
    assertThat(Fixture.why(fixture.create(engine, "VM", MIB)))
        .isEqualTo("'V' at position 1 is not allowed, only a-z, 0-9, '.' and '-' are");
    assertThat(Fixture.why(fixture.create(engine, "vm2", 0)))
        .isEqualTo("0 bytes is no size for a volume");
    assertThat(Fixture.why(fixture.create(engine, "vm2", Long.MAX_VALUE)))
        .contains("is no size for a volume");
    assertThat(Fixture.why(fixture.resize(engine, "vm1", 4 * MIB, false)))
        .isEqualTo("4 MiB is less than the 8 MiB it has, and what lies beyond would be lost");
    assertThat(Fixture.why(fixture.resize(engine, "no", 4 * MIB, true)))
        .isEqualTo("there is no volume of that name");
    assertThat(Fixture.why(fixture.delete(engine, "no")))
        .isEqualTo("there is no volume of that name");
    assertThat(Fixture.why(fixture.rename(engine, "vm1", "pvmove0")))
        .isEqualTo("LVM keeps names that begin with \"pvmove\" for itself");
    assertThat(Fixture.why(fixture.rename(engine, "no", "vm1"))).isEqualTo("there is a volume vm1");
    assertDone(fixture.resize(engine, "vm1", 5 * MIB, true));
    assertDone(fixture.rename(engine, "vm1", "vm1"));

    assertThat(image()).as("refused, or so already").isEqualTo(before);
    assertThat(engine.group().sequenceNumber()).isEqualTo(2);
  }

  @Test
  void aNewVolumeNeverShowsWhatADeletedOneHeld() {
    assertDone(fixture.create(engine, "secret", 8 * MIB));
    byte[] secret = filled(4096, 0x5a);
    BlockDevice device = engine.device("secret").orElseThrow();
    assertThat(fixture.write(device, 5 * MIB, secret).isOk()).isTrue();
    assertDone(fixture.resize(engine, "secret", 4 * MIB, true));
    assertDone(fixture.create(engine, "next", 8 * MIB));
    assertThat(fixture.read(engine.device("next").orElseThrow(), MIB, 4096))
        .isEqualTo(new byte[4096]);
    assertDone(fixture.resize(engine, "secret", 8 * MIB, false));
    assertThat(fixture.read(device, 5 * MIB, 4096)).isEqualTo(new byte[4096]);
  }

  @Test
  void theDeviceFollowsResizeAndRenameAndEndsWithTheVolume() {
    assertDone(fixture.create(engine, "vm1", 4 * MIB));
    assertDone(fixture.create(engine, "gap", 4 * MIB));
    BlockDevice device = engine.device("vm1").orElseThrow();
    assertThat(device.limits().sizeBytes()).isEqualTo(4 * MIB);
    assertDone(fixture.resize(engine, "vm1", 12 * MIB, false));
    assertThat(device.limits().sizeBytes()).isEqualTo(12 * MIB);
    byte[] across = filled(8192, 7);
    assertThat(fixture.write(device, 4 * MIB - 4096, across).isOk()).isTrue();
    assertThat(fixture.read(device, 4 * MIB - 4096, 8192)).isEqualTo(across);
    assertDone(fixture.rename(engine, "vm1", "vm9"));
    assertThat(engine.device("vm9")).containsSame(device);
    assertThat(engine.device("vm1")).isEmpty();
    assertDone(fixture.resize(engine, "vm9", 4 * MIB, true));
    assertThat(device.limits().sizeBytes()).isEqualTo(4 * MIB);
    assertDone(fixture.delete(engine, "vm9"));
    assertThat(engine.device("vm9")).isEmpty();
    assertThat(fixture.write(device, 0, across).reason()).isEqualTo(IoResult.Reason.NOT_READY);
  }

  @Test
  void changesWaitInOrderUpToTheirLimit() {
    List<VolumeResult> results = new ArrayList<>();
    for (int index = 0; index < VolumeEngine.CHANGES_WAITING_MAX + 1; index++) {
      engine.create(index % 2 == 0 ? "a" : "b" + index, 4 * MIB, results::add);
    }
    fixture.loop.runUntil(
        () -> results.size() == VolumeEngine.CHANGES_WAITING_MAX + 1, Fixture.TURNS_MAX);
    assertThat(results.stream().filter(VolumeResult.Done.class::isInstance)).hasSize(15);
    assertThat(results.stream().filter(VolumeResult.Refused.class::isInstance).map(Fixture::why))
        .anyMatch(why -> why.equals("64 other changes wait"))
        .anyMatch(why -> why.equals("there is a volume a"))
        .anyMatch(why -> why.equals("it needs 4 MiB, and the group has 0 B free"));
  }

  @Test
  void closingEndsTheRunningChangeAndRefusesTheOthers() {
    List<String> history = new ArrayList<>();
    engine.create("a", 4 * MIB, result -> history.add(result.getClass().getSimpleName()));
    engine.create("b", 4 * MIB, result -> history.add(Fixture.why(result)));
    fixture.loop.turn();
    engine.close(result -> history.add("closed"));
    fixture.loop.runUntil(() -> history.contains("closed"), Fixture.TURNS_MAX);
    assertThat(history).containsExactly("the volume manager is closed", "Done", "closed");
    assertThat(Fixture.why(fixture.delete(engine, "a"))).isEqualTo("the volume manager is closed");
    assertThat(engine.device("a")).isEmpty();
  }

  @Test
  void aChangeBySomebodyElseIsNoticedBeforeTheNextCommit() {
    VolumeEngine other = fixture.opened(space);
    assertDone(fixture.create(other, "theirs", 4 * MIB));
    assertThat(Fixture.why(fixture.create(engine, "ours", 4 * MIB)))
        .isEqualTo("somebody else changed the group's metadata on the disk");
    assertThat(engine.group().readOnlyReason()).isPresent();
    assertThat(fixture.opened(space).volumes()).extracting(Volume::name).containsExactly("theirs");
  }

  @Test
  void worksOnADiskOf4KibBlocks() {
    BlockDevice large = new io.lockstep.block.MemoryDevice(fixture.loop, 64 << 20, 4096, 4096);
    VolumeEngine onLarge = fixture.opened(large);
    assertDone(fixture.create(onLarge, "vm1", 8 * MIB));
    assertThat(fixture.opened(large).volumes()).isEqualTo(onLarge.volumes());
  }

  private byte[] image() {
    byte[] image = new byte[(int) (64 * MIB)];
    for (int offset = 0; offset < image.length; offset += 1 << 20) {
      System.arraycopy(fixture.read(space, offset, 1 << 20), 0, image, offset, 1 << 20);
    }
    return image;
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static void assertDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }
}
