package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotAsk;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Snapshots as an administrator has them: in a group, by name, over the engine's end.
@Tag("unit")
class EmbeddedSnapshotTest {
  private static final long MIB = Fixture.MIB;
  private static final int CHUNK = 64 << 10;

  private final Fixture fixture = new Fixture();
  private final CrashDisk disk = new CrashDisk(fixture.loop, 128 * MIB, Map.of());
  private VolumeEngine engine = fixture.opened(disk);

  @BeforeEach
  void aVolumeOfOnes() {
    isDone(fixture.create(engine, "vm1", 16 * MIB));
    fill("vm1", 0, MIB, 1);
  }

  private static void isDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }

  private VolumeResult take(String origin, String name, long roomBytes) {
    return fixture.await(
        done -> engine.takeSnapshot(new SnapshotAsk(origin, name, roomBytes), done));
  }

  private VolumeResult rollBack(String name) {
    return fixture.await(done -> engine.rollBack(name, done));
  }

  private BlockDevice device(String name) {
    return engine.device(name).orElseThrow();
  }

  private void fill(String name, long offset, long length, int with) {
    byte[] bytes = new byte[(int) Math.min(length, MIB)];
    Arrays.fill(bytes, (byte) with);
    for (long done = 0; done < length; done += bytes.length) {
      assertThat(fixture.write(device(name), offset + done, bytes)).isEqualTo(IoResult.OK);
    }
  }

  private void holds(String name, long offset, int with) {
    byte[] bytes = fixture.read(device(name), offset, 4096);
    assertThat(bytes).as("%s at %d", name, offset).containsOnly(with);
  }

  private SnapshotStatus status(String name) {
    return engine.snapshot(name).orElseThrow();
  }

  private Volume volume(String name) {
    return engine.volumes().stream().filter(v -> v.name().equals(name)).findFirst().orElseThrow();
  }

  private void reopen() {
    fixture.<IoResult>await(done -> engine.close(done::accept));
    engine = fixture.opened(disk);
  }

  private List<String> names() {
    return engine.volumes().stream().map(Volume::name).toList();
  }

  @Test
  void aSnapshotKeepsItsMomentAndTheOriginGoesOn() {
    isDone(take("vm1", "before", 4 * MIB));
    fill("vm1", 0, CHUNK, 2);
    fill("vm1", 8 * MIB, 4096, 3);

    holds("vm1", 0, 2);
    holds("before", 0, 1);
    holds("before", CHUNK, 1);
    holds("before", 8 * MIB, 0);
    assertThat(names()).containsExactly("vm1", "before");
    assertThat(volume("before").snapshotOf().orElseThrow().originUuid())
        .isEqualTo(volume("vm1").uuid());
    assertThat(status("before").sizeBytes()).isEqualTo(16 * MIB);
    assertThat(status("before").state()).isEqualTo(new SnapshotStatus.State.Whole());
    assertThat(status("before").usedBytes()).as("header, area, two chunks").isEqualTo(4L * CHUNK);

    reopen();
    holds("vm1", 0, 2);
    holds("before", 0, 1);
    fill("vm1", CHUNK, CHUNK, 4);
    holds("before", CHUNK, 1);
    assertThat(status("before").usedBytes()).isEqualTo(5L * CHUNK);
  }

  @Test
  void aSnapshotIsWrittenAndTheOriginDoesNotSeeIt() {
    isDone(take("vm1", "test", 4 * MIB));
    fill("test", 4096, 4096, 9);

    holds("test", 4096, 9);
    holds("test", 0, 1);
    holds("vm1", 4096, 1);
    fill("vm1", 0, CHUNK, 2);
    holds("test", 4096, 9);
    holds("test", 8192, 1);
  }

  @Test
  void severalSnapshotsEachKeepTheirOwnMoment() {
    for (int day = 1; day <= 5; day++) {
      fill("vm1", 0, 4096, day);
      isDone(take("vm1", "day" + day, 4 * MIB));
    }
    fill("vm1", 0, 4096, 99);

    reopen();
    for (int day = 1; day <= 5; day++) {
      holds("day" + day, 0, day);
    }
    isDone(fixture.delete(engine, "day3"));
    fill("vm1", 0, 4096, 100);
    holds("day2", 0, 2);
    holds("day4", 0, 4);
    assertThat(names()).containsExactly("vm1", "day1", "day2", "day4", "day5");
  }

  @Test
  void theOriginGoesBackAndTheSnapshotIsGone() {
    isDone(take("vm1", "before", 16 * MIB));
    BlockDevice face = device("vm1");
    fill("vm1", 0, MIB, 2);
    fill("vm1", 12 * MIB, MIB, 3);

    isDone(rollBack("before"));
    assertThat(fixture.read(face, 0, 4096)).as("at once").containsOnly(1);
    fill("vm1", 4096, 4096, 5);
    fixture.loop.runUntil(() -> !names().contains("before"), Fixture.TURNS_MAX);

    assertThat(names()).containsExactly("vm1");
    assertThat(fixture.read(face, 0, 4096)).containsOnly(1);
    assertThat(fixture.read(face, 4096, 4096)).as("written since").containsOnly(5);
    assertThat(fixture.read(face, 12 * (int) MIB, 4096)).containsOnly(0);
    reopen();
    holds("vm1", 0, 1);
    holds("vm1", 4096, 5);
    assertThat(engine.group().freeBytes()).isEqualTo(engine.group().sizeBytes() - 16 * MIB);
  }

  @Test
  void aRollbackGoesOnWhenTheGroupIsOpenedAgain() {
    isDone(take("vm1", "before", 16 * MIB));
    fill("vm1", 0, MIB, 2);
    isDone(rollBack("before"));
    assertThat(status("before").state()).isInstanceOf(SnapshotStatus.State.RollingBack.class);
    assertThat(engine.serving(volume("before")))
        .isEqualTo(new Serving.Not("volume vm1 is being put back to it"));

    reopen();
    holds("vm1", 0, 1);
    fixture.loop.runUntil(() -> !names().contains("before"), Fixture.TURNS_MAX);
    holds("vm1", 0, 1);
  }

  @Test
  void otherSnapshotsStayWhatTheyAreThroughARollback() {
    isDone(take("vm1", "monday", 16 * MIB));
    fill("vm1", 0, MIB, 2);
    isDone(take("vm1", "tuesday", 16 * MIB));
    fill("vm1", 0, MIB, 3);

    isDone(rollBack("monday"));
    assertThat(Fixture.why(take("vm1", "more", MIB)))
        .isEqualTo("volume vm1 is being put back to snapshot monday");
    isDone(fixture.create(engine, "other", 4 * MIB));
    fixture.loop.runUntil(() -> !names().contains("monday"), Fixture.TURNS_MAX);
    holds("vm1", 0, 1);
    holds("tuesday", 0, 2);
  }

  @Test
  void anotherSnapshotIsDeletedWhileTheOriginGoesBack() {
    isDone(take("vm1", "monday", 16 * MIB));
    isDone(take("vm1", "tuesday", 16 * MIB));
    fill("vm1", 0, 4 * MIB, 2);
    isDone(rollBack("monday"));
    isDone(fixture.delete(engine, "tuesday"));
    fixture.loop.runUntil(() -> names().equals(List.of("vm1")), Fixture.TURNS_MAX);
    holds("vm1", 0, 1);
    holds("vm1", 2 * MIB, 0);
  }

  @Test
  void aSnapshotWithoutRoomIsLostAndSaysSo() {
    isDone(take("vm1", "small", 1));
    fill("vm1", 0, 8 * MIB, 2);

    holds("vm1", 0, 2);
    var lost = new SnapshotStatus.State.Lost("its room is full");
    assertThat(status("small").state()).isEqualTo(lost);
    assertThat(engine.serving(volume("small")))
        .isEqualTo(new Serving.Not("it is lost: its room is full"));
    assertThat(Fixture.why(rollBack("small"))).isEqualTo("the snapshot is lost");
    reopen();
    assertThat(status("small").state()).isInstanceOf(SnapshotStatus.State.Lost.class);
    holds("vm1", 0, 2);
    isDone(fixture.delete(engine, "small"));
  }

  @Test
  void theRoomGrowsWhileTheOriginIsWritten() {
    isDone(take("vm1", "small", 1));
    assertThat(status("small").roomBytes()).isEqualTo(4 * MIB);
    fill("vm1", 0, 3 * MIB, 2);
    isDone(fixture.resize(engine, "small", 12 * MIB, false));
    fill("vm1", 3 * MIB, 5 * MIB, 3);

    assertThat(status("small").roomBytes()).isEqualTo(12 * MIB);
    holds("small", 0, 1);
    holds("small", 5 * MIB, 0);
    assertThat(Fixture.why(fixture.resize(engine, "small", 4 * MIB, true))).contains("only grows");
  }

  @Test
  void anOriginGrowsAndItsSnapshotsKeepTheirSize() {
    isDone(take("vm1", "before", 16 * MIB));
    isDone(fixture.resize(engine, "vm1", 24 * MIB, false));
    fill("vm1", 20 * MIB, MIB, 7);
    fill("vm1", 0, 4096, 2);

    holds("vm1", 20 * MIB, 7);
    assertThat(device("before").limits().sizeBytes()).isEqualTo(16 * MIB);
    holds("before", 0, 1);
    assertThat(Fixture.why(fixture.resize(engine, "vm1", 8 * MIB, true))).contains("has snapshots");
    isDone(fixture.resize(engine, "vm1", 16 * MIB, true));
    holds("before", 0, 1);
  }

  @Test
  void whatHasSnapshotsIsNotDeletedAndFollowsARename() {
    isDone(take("vm1", "before", 4 * MIB));
    assertThat(Fixture.why(fixture.delete(engine, "vm1"))).isEqualTo("it has snapshots: before");
    isDone(fixture.rename(engine, "vm1", "web"));
    isDone(fixture.rename(engine, "before", "kept"));
    fill("web", 0, 4096, 2);

    reopen();
    holds("web", 0, 2);
    holds("kept", 0, 1);
    assertThat(Fixture.why(take("kept", "again", MIB))).contains("is a snapshot itself");
    assertThat(Fixture.why(take("web", "kept", MIB))).isEqualTo("there is a volume kept");
    isDone(fixture.delete(engine, "kept"));
    isDone(fixture.delete(engine, "web"));
    assertThat(engine.group().freeBytes()).isEqualTo(engine.group().sizeBytes());
  }

  @Test
  void aDeletedSnapshotAnswersNotReady() {
    isDone(take("vm1", "before", 4 * MIB));
    BlockDevice face = device("before");
    isDone(fixture.delete(engine, "before"));
    assertThat(fixture.<IoResult>await(done -> face.flush(done::accept)).reason())
        .isEqualTo(IoResult.Reason.NOT_READY);
    fill("vm1", 0, MIB, 2);
    holds("vm1", 0, 2);
  }

  /// After a commit of which nobody knows whether it is in force, both groups stay true.
  @Test
  void aRollbackOfWhichNobodyKnowsEndsTheVolumeUntilTheGroupIsOpenedAgain() {
    isDone(take("vm1", "before", 4 * MIB));
    fill("vm1", 0, 4096, 2);
    BlockDevice face = device("vm1");
    disk.failAfter(4);
    VolumeResult result = rollBack("before");
    disk.failAfter(Long.MAX_VALUE);

    assertThat(result).isInstanceOf(VolumeResult.Unknown.class);
    var zeroes = fixture.pool.borrow(4096);
    assertThat(
            fixture
                .<IoResult>await(done -> face.write(0, zeroes, Durability.WRITE_BACK, done::accept))
                .reason())
        .isEqualTo(IoResult.Reason.NOT_READY);
    assertThat(engine.device("vm1")).isEmpty();
  }
}
