package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an administrator does with snapshots, on an open group.
@Tag("unit")
final class SnapshotVerbsTest {
  private static final long MIB = 1 << 20;
  private static final long TURNS_MAX = 1_000_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(4 << 20);
  private final List<SessionInfo> sessions = new ArrayList<>();
  private final PrimaryParts parts =
      PrimaryParts.over(
          PrimaryParts.space(new MemoryDevice(loop, 256 << 20, 512, 4096), loop, pool),
          new OfferedTargets(loop, pool, 0, "0.1"),
          new JobLimits(40 * MIB, 40 * MIB, 4 * MIB, 4 * MIB, 60_000_000_000L, 60_000_000_000L),
          () -> sessions,
          () -> {});

  @BeforeEach
  void aVolume() {
    parts.volumes().open();
    loop.runUntil(parts.volumes()::isOpen, TURNS_MAX);
    good(call(done -> admin().createVolume(new Requests.CreateVolume("vm1", 40 * MIB), done)));
    fill("vm1", 1);
  }

  private Administration admin() {
    return parts.administration();
  }

  private Answer call(Consumer<Consumer<Answer>> work) {
    var answers = new ArrayList<Answer>();
    work.accept(answers::add);
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }

  private Answer take(String volume, String snapshot, @Nullable Long room) {
    var request = new Requests.TakeSnapshot(snapshot, room);
    return call(done -> admin().snapshots().take(volume, request, done));
  }

  private Answer rollBack(String volume, String snapshot) {
    var request = new Requests.RollBack(snapshot);
    return call(done -> admin().snapshots().rollBack(volume, request, done));
  }

  private ExportInfo export(String volume) {
    Requests.CreateExport request = Requests.CreateExport.of(volume, List.of());
    return (ExportInfo) good(call(done -> admin().createExport(request, done)));
  }

  private static Object good(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Good.class);
    return ((Answer.Good) answer).body();
  }

  private static SnapshotInfo snapshot(Answer answer) {
    return Optional.ofNullable(((VolumeInfo) good(answer)).snapshot()).orElseThrow();
  }

  private static String why(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Bad.class);
    return ((Answer.Bad) answer).problem().why();
  }

  private IoResult io(Consumer<Consumer<IoResult>> work) {
    var results = new ArrayList<IoResult>();
    work.accept(results::add);
    loop.runUntil(() -> !results.isEmpty(), TURNS_MAX);
    return results.getFirst();
  }

  private BlockDevice device(String name) {
    return parts.volumes().engine().device(name).orElseThrow();
  }

  private void fill(String name, int with) {
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) MIB);
    while (bytes.hasRemaining()) {
      bytes.put((byte) with);
    }
    bytes.clear();
    assertThat(io(done -> device(name).write(0, bytes, Durability.WRITE_BACK, done::accept)).isOk())
        .isTrue();
  }

  private void holds(String name, int with) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
    assertThat(io(done -> device(name).read(0, bytes, done::accept)).isOk()).isTrue();
    assertThat(bytes.get(17)).isEqualTo((byte) with);
  }

  @Test
  void aSnapshotHasAFifthOfTheVolumeAsRoomIfNoneIsSaid() {
    SnapshotInfo taken = snapshot(take("vm1", "before", null));

    assertThat(taken.origin()).isEqualTo("vm1");
    assertThat(taken.state()).isEqualTo(SnapshotInfo.WHOLE);
    assertThat(taken.roomBytes()).as("8 MiB and its tables").isEqualTo(12 * MIB);
    assertThat(snapshot(take("vm1", "large", 40 * MIB)).roomBytes()).isEqualTo(44 * MIB);
    List<VolumeInfo> shown = OpenGroup.of(parts.volumes()).infos();
    assertThat(shown).extracting(VolumeInfo::name).containsExactly("vm1", "before", "large");
    assertThat(shown).extracting(VolumeInfo::sizeBytes).containsOnly(40 * MIB);
    assertThat(why(take("none", "x", null))).isEqualTo("there is no volume of that name");
  }

  @Test
  void itsRoomGrowsAndNothingElseOfIt() {
    take("vm1", "before", 4 * MIB);
    var request = new Requests.ResizeVolume(20 * MIB, false);
    Answer grown = call(done -> admin().resizeVolume("before", request, done));

    assertThat(snapshot(grown).roomBytes()).isEqualTo(20 * MIB);
    assertThat(((VolumeInfo) good(grown)).sizeBytes()).isEqualTo(40 * MIB);
    var less = new Requests.ResizeVolume(4 * MIB, true);
    assertThat(why(call(done -> admin().resizeVolume("before", less, done))))
        .contains("only grows");
  }

  @Test
  void aRollbackIsAJobThatCannotBeCancelled() {
    take("vm1", "before", 40 * MIB);
    fill("vm1", 2);
    good(rollBack("vm1", "before"));

    assertThat(parts.volumes().jobs())
        .extracting(JobInfo::id, JobInfo::kind, JobInfo::volume)
        .containsExactly(tuple("rollback-before", JobInfo.ROLL_BACK, "vm1"));
    holds("vm1", 1);
    assertThat(why(call(done -> admin().cancelJob("rollback-before", done))))
        .startsWith("a rollback cannot be taken back");
    loop.runUntil(() -> parts.volumes().jobs().isEmpty(), TURNS_MAX);
    loop.runUntil(() -> parts.volumes().engine().volumes().size() == 1, TURNS_MAX);
    holds("vm1", 1);
  }

  @Test
  void aVolumeInUseIsNotPutBack() {
    take("vm1", "before", 40 * MIB);
    fill("vm1", 2);
    String iqn = export("vm1").iqn();
    sessions.add(
        new SessionInfo("a", "iqn.x:host", iqn, "vm1", "10.0.0.9:1", "00023d000001", 1, 0));

    assertThat(why(rollBack("vm1", "before"))).isEqualTo("iqn.x:host at node a is logged in to it");
    holds("vm1", 2);
    sessions.clear();
    export("before");
    assertThat(why(rollBack("vm1", "before"))).isEqualTo("its snapshot before is exported");
    good(call(done -> admin().deleteExport("before", done)));
    good(rollBack("vm1", "before"));
    holds("vm1", 1);
  }

  @Test
  void onlyAVolumesOwnSnapshotIsGoneBackTo() {
    good(call(done -> admin().createVolume(new Requests.CreateVolume("other", 4 * MIB), done)));
    take("other", "before", null);

    assertThat(why(rollBack("vm1", "before"))).isEqualTo("it has no snapshot before");
    assertThat(why(rollBack("vm1", "other"))).isEqualTo("it has no snapshot other");
  }

  /// Hosts would take it for the snapshot that they remember.
  @Test
  void whatGetsTheNameOfASnapshotThatIsGoneIsAnotherDisk() {
    take("vm1", "before", 40 * MIB);
    String serial = names("before", export("before"));
    good(call(done -> admin().deleteExport("before", done)));
    good(rollBack("vm1", "before"));
    loop.runUntil(() -> parts.volumes().engine().volumes().size() == 1, TURNS_MAX);
    good(call(done -> admin().createVolume(new Requests.CreateVolume("before", 4 * MIB), done)));

    assertThat(names("before", export("before"))).isNotEqualTo(serial);
  }

  private String names(String volume, ExportInfo export) {
    assertThat(export.volume()).isEqualTo(volume);
    return OpenGroup.of(parts.volumes()).infos().stream()
        .filter(one -> one.name().equals(volume))
        .map(one -> Optional.ofNullable(one.names().serial()).orElseThrow())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatAJobHasYetToGetNoSnapshotIsGiven() {
    take("vm1", "before", 4 * MIB);
    long free = parts.volumes().engine().group().freeBytes();
    var large = new Requests.CreateVolume("large", free - 20 * MIB);
    assertThat(((VolumeInfo) good(call(done -> admin().createVolume(large, done)))).job())
        .isNotNull();

    assertThat(why(take("vm1", "more", 36 * MIB))).contains("are for jobs under way");
    var room = new Requests.ResizeVolume(60 * MIB, false);
    assertThat(why(call(done -> admin().resizeVolume("before", room, done))))
        .contains("are for jobs under way");
    good(take("vm1", "small", 1L));
  }

  @Test
  void aVolumeHasThirtyTwoSnapshotsAtTheMost() {
    for (int number = 0; number < 32; number++) {
      good(take("vm1", "s" + number, 1L));
    }
    assertThat(why(take("vm1", "s32", 1L))).isEqualTo("volume vm1 has 32 snapshots, the most");
  }
}
