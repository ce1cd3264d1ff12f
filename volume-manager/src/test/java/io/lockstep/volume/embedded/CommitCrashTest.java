package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BlockDevice;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.CrashDisk.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Crashes at every write boundary, with every subset of the unflushed sectors on the disk (above
/// [#UNITS_EXHAUSTIVE] of them: a seeded choice): the group is the one before the change or the one
/// after it, it can be changed again, and a volume never shows an older one's data.
@Tag("crash")
class CommitCrashTest {
  private static final long MIB = Fixture.MIB;
  private static final long SIZE_BYTES = 32 * MIB;
  private static final int UNITS_EXHAUSTIVE = 10;
  private static final int CHOSEN_SUBSETS = 200;

  private final Fixture fixture = new Fixture();
  private final Random random = new Random(20261121);

  /// What had been acknowledged when so many events had happened.
  private record Acknowledged(int eventCount, List<Volume> volumes, long sequenceNumber) {}

  @Test
  void formattingCanBreakOffAnywhere() {
    CrashDisk blank = new CrashDisk(fixture.loop, SIZE_BYTES, Map.of());
    CrashDisk disk = blank.copy();
    VolumeEngine engine = fixture.opened(disk);
    Acknowledged empty = new Acknowledged(0, List.of(), engine.group().sequenceNumber());
    int crashes = crashEverywhere(blank, disk.events(), List.of(empty));
    assertThat(crashes).isGreaterThan(250);
  }

  @Test
  void everyChangeIsOldOrNew() {
    CrashDisk disk = new CrashDisk(fixture.loop, SIZE_BYTES, Map.of());
    fixture.opened(disk);
    CrashDisk before = disk.copy();
    int crashes = crashEverywhere(before, List.of(), List.of());
    CrashDisk recorded = before.copy();
    List<Acknowledged> acknowledged = changes(recorded);
    crashes += crashEverywhere(before, recorded.events(), acknowledged);
    assertThat(crashes).isGreaterThan(3000);
  }

  @Test
  void theRingCanBreakOffWhereItBeginsAnew() {
    CrashDisk disk = new CrashDisk(fixture.loop, SIZE_BYTES, Map.of());
    VolumeEngine engine = fixture.opened(disk);
    int commits = (int) (MIB / MetadataRing.ALIGNMENT_BYTES) - 4;
    assertDone(fixture.create(engine, "vm0", 4 * MIB));
    for (int index = 0; index < commits; index++) {
      assertDone(fixture.rename(engine, "vm" + index, "vm" + (index + 1)));
    }
    CrashDisk before = disk.copy();
    CrashDisk recorded = before.copy();
    VolumeEngine again = fixture.opened(recorded);
    List<Acknowledged> acknowledged = new ArrayList<>();
    acknowledge(acknowledged, again, recorded);
    for (int index = commits; index < commits + 3; index++) {
      assertDone(fixture.rename(again, "vm" + index, "vm" + (index + 1)));
      acknowledge(acknowledged, again, recorded);
    }
    assertThat(crashEverywhere(before, recorded.events(), acknowledged)).isGreaterThan(500);
  }

  @Test
  void aDiskThatForgetsFlushesIsFoundOut() {
    CrashDisk disk = new CrashDisk(fixture.loop, SIZE_BYTES, Map.of());
    fixture.opened(disk);
    CrashDisk before = disk.copy();
    CrashDisk recorded = before.copy();
    VolumeEngine engine = fixture.opened(recorded);
    List<Acknowledged> acknowledged = new ArrayList<>();
    acknowledge(acknowledged, engine, recorded);
    assertDone(fixture.create(engine, "vm1", 4 * MIB));
    List<Event> unflushed =
        recorded.events().stream().filter(event -> !(event instanceof Event.Flush)).toList();
    assertThatThrownBy(() -> crashEverywhere(before, unflushed, acknowledged))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("checksum");
  }

  /// Creates, fills, grows, shrinks, renames and deletes.
  private List<Acknowledged> changes(CrashDisk disk) {
    VolumeEngine engine = fixture.opened(disk);
    List<Acknowledged> acknowledged = new ArrayList<>();
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.create(engine, "a", 8 * MIB));
    acknowledge(acknowledged, engine, disk);
    fill(engine, "a");
    assertDone(fixture.create(engine, "b", 4 * MIB));
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.resize(engine, "a", 4 * MIB, true));
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.resize(engine, "b", 12 * MIB, false));
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.rename(engine, "b", "c"));
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.delete(engine, "a"));
    acknowledge(acknowledged, engine, disk);
    assertDone(fixture.create(engine, "d", 4 * MIB));
    acknowledge(acknowledged, engine, disk);
    return acknowledged;
  }

  private void fill(VolumeEngine engine, String name) {
    byte[] secret = new byte[512];
    Arrays.fill(secret, (byte) 0x5a);
    BlockDevice device = engine.device(name).orElseThrow();
    for (long offset = 0; offset < device.limits().sizeBytes(); offset += 2 * MIB) {
      assertThat(fixture.write(device, offset, secret).isOk()).isTrue();
    }
    fixture.await(done -> device.flush(done::accept));
  }

  private static void acknowledge(
      List<Acknowledged> acknowledged, VolumeEngine engine, CrashDisk disk) {
    acknowledged.add(
        new Acknowledged(disk.events().size(), engine.volumes(), engine.group().sequenceNumber()));
  }

  private int crashEverywhere(
      CrashDisk before, List<Event> events, List<Acknowledged> acknowledged) {
    int crashes = 0;
    for (int count = 0; count <= events.size(); count++) {
      List<Event> history = events.subList(0, count);
      List<Event> unstable = CrashDisk.unstable(history);
      for (BitSet subset : subsets(unstable.size())) {
        CrashDisk disk = CrashDisk.crashed(before, history, CrashDisk.chosen(unstable, subset));
        checkRecovered(disk, count, acknowledged);
        crashes++;
      }
    }
    return crashes;
  }

  private void checkRecovered(CrashDisk disk, int eventCount, List<Acknowledged> acknowledged) {
    VolumeEngine engine = fixture.opened(disk);
    assertThat(engine.group().readOnlyReason()).isEmpty();
    if (!acknowledged.isEmpty()) {
      int last = 0;
      while (last + 1 < acknowledged.size()
          && acknowledged.get(last + 1).eventCount <= eventCount) {
        last++;
      }
      List<Acknowledged> allowed =
          acknowledged.subList(last, Math.min(last + 2, acknowledged.size()));
      assertThat(allowed)
          .as("the group before the change or after it")
          .anyMatch(state -> isState(engine, state));
    }
    checkNoOldData(engine);
    assertThat(fixture.create(engine, "next", 4 * MIB))
        .as("the group can be changed")
        .isInstanceOf(VolumeResult.Done.class);
    List<Volume> volumes = engine.volumes();
    assertThat(fixture.opened(disk).volumes()).isEqualTo(volumes);
  }

  private static boolean isState(VolumeEngine engine, Acknowledged state) {
    return engine.group().sequenceNumber() == state.sequenceNumber
        && engine.volumes().equals(state.volumes);
  }

  /// Only `a` was ever written to.
  private void checkNoOldData(VolumeEngine engine) {
    for (Volume volume : engine.volumes()) {
      if (!volume.name().equals("a")) {
        BlockDevice device = engine.device(volume.name()).orElseThrow();
        for (long offset = 0; offset < volume.sizeBytes(); offset += 2 * MIB) {
          assertThat(fixture.read(device, offset, 512)).isEqualTo(new byte[512]);
        }
      }
    }
  }

  /// All subsets of up to [#UNITS_EXHAUSTIVE] units; of more, none, all, each alone, all but each,
  /// and a seeded choice.
  private List<BitSet> subsets(int units) {
    List<BitSet> subsets = new ArrayList<>();
    if (units <= UNITS_EXHAUSTIVE) {
      for (long bits = 0; bits < 1L << units; bits++) {
        subsets.add(BitSet.valueOf(new long[] {bits}));
      }
      return subsets;
    }
    for (int unit = 0; unit < units; unit++) {
      BitSet alone = new BitSet();
      alone.set(unit);
      BitSet others = new BitSet();
      others.set(0, units);
      others.clear(unit);
      subsets.addAll(List.of(alone, others));
    }
    for (int count = 0; count < CHOSEN_SUBSETS; count++) {
      BitSet chosen = new BitSet();
      for (int unit = 0; unit < units; unit++) {
        chosen.set(unit, random.nextBoolean());
      }
      subsets.add(chosen);
    }
    return subsets;
  }

  private static void assertDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }
}
