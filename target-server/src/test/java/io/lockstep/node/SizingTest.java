package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Volumes that get their size as a job.
@Tag("unit")
final class SizingTest {
  private static final long MIB = 1 << 20;
  private static final long TURNS_MAX = 1_000_000;

  /// One extent at once, and one in each step.
  private static final JobLimits LIMITS =
      new JobLimits(4 * MIB, 4 * MIB, 4 * MIB, 4 * MIB, 500_000_000L, 100_000_000L);

  private static final int DISK_BYTES = 256 << 20;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(4 << 20);
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, DISK_BYTES, 512, 4096), loop);
  private PrimaryParts parts = opened(LIMITS);

  private boolean peerErasesCheaply = true;

  private PrimaryParts opened(JobLimits limits) {
    PrimaryParts made =
        PrimaryParts.over(
            PrimaryParts.space(disk, loop, pool),
            new OfferedTargets(loop, pool, 0, "0.1"),
            limits,
            new PrimaryParts.Around(List::of, () -> peerErasesCheaply),
            () -> {});
    made.volumes().open();
    loop.runUntil(made.volumes()::isOpen, TURNS_MAX);
    return made;
  }

  private Answer call(Consumer<Consumer<Answer>> work) {
    var answers = new ArrayList<Answer>();
    work.accept(answers::add);
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }

  private Answer create(String name, long size) {
    return call(
        done -> parts.administration().createVolume(new Requests.CreateVolume(name, size), done));
  }

  private Answer resize(String name, long size) {
    return call(
        done ->
            parts
                .administration()
                .resizeVolume(name, new Requests.ResizeVolume(size, false), done));
  }

  private Answer export(String name) {
    return call(
        done ->
            parts.administration().createExport(Requests.CreateExport.of(name, List.of()), done));
  }

  private Answer delete(String name) {
    return call(done -> parts.administration().deleteVolume(name, done));
  }

  private Answer cancel(String id) {
    return call(done -> parts.administration().cancelJob(id, done));
  }

  private static String why(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Bad.class);
    return ((Answer.Bad) answer).problem().why();
  }

  private static VolumeInfo volume(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Good.class);
    return (VolumeInfo) ((Answer.Good) answer).body();
  }

  private List<JobInfo> jobs() {
    return parts.volumes().jobs();
  }

  private void waitForJobs() {
    loop.runUntil(() -> jobs().isEmpty(), TURNS_MAX);
    assertThat(jobs()).isEmpty();
  }

  private long sizeOf(String name) {
    return parts.volumes().engine().volumes().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow()
        .sizeBytes();
  }

  private BlockDevice device(String name) {
    return parts.volumes().engine().device(name).orElseThrow();
  }

  private void fill(String name) {
    ByteBuffer junk = ByteBuffer.allocateDirect((int) MIB);
    while (junk.hasRemaining()) {
      junk.put((byte) 0x5A);
    }
    for (long offset = 0; offset < sizeOf(name); offset += MIB) {
      var results = new ArrayList<IoResult>();
      device(name).write(offset, junk.clear(), Durability.WRITE_BACK, results::add);
      loop.runUntil(() -> !results.isEmpty(), TURNS_MAX);
      assertThat(results.getFirst().isOk()).isTrue();
    }
  }

  private void readsZeroes(String name) {
    ByteBuffer found = ByteBuffer.allocateDirect((int) MIB);
    ByteBuffer zeroes = ByteBuffer.allocateDirect((int) MIB);
    for (long offset = 0; offset < sizeOf(name); offset += MIB) {
      var results = new ArrayList<IoResult>();
      device(name).read(offset, found.clear(), results::add);
      loop.runUntil(() -> !results.isEmpty(), TURNS_MAX);
      assertThat(found.clear().equals(zeroes.clear())).as("zeroes at " + offset).isTrue();
    }
  }

  @Test
  void aLargeVolumeIsThereAtOnceAndHasZeroesOnlyAtEachMoment() {
    create("old", 32 * MIB);
    waitForJobs();
    fill("old");
    delete("old");

    VolumeInfo told = volume(create("vm1", 32 * MIB));

    assertThat(told.sizeBytes()).isEqualTo(4 * MIB);
    assertThat(told.job()).isEqualTo(jobs().getFirst().id());
    assertThat(jobs().getFirst().bytesTotal()).isEqualTo(32 * MIB);
    while (!jobs().isEmpty()) {
      readsZeroes("vm1");
      loop.advance(10_000_000L);
    }
    readsZeroes("vm1");
    assertThat(sizeOf("vm1")).isEqualTo(32 * MIB);
    assertThat(export("vm1")).isInstanceOf(Answer.Good.class);
  }

  @Test
  void theDiskThatZeroesMoreSlowlyDecidesWhetherItIsAJob() {
    var closed = new ArrayList<Boolean>();
    parts.volumes().close(() -> closed.add(true));
    loop.runUntil(() -> !closed.isEmpty(), TURNS_MAX);
    parts = opened(new JobLimits(4 * MIB, 64 * MIB, 4 * MIB, 4 * MIB, 500_000_000L, 100_000_000L));

    assertThat(volume(create("quick", 32 * MIB)).job()).isNull();
    peerErasesCheaply = false;
    assertThat(volume(create("slow", 32 * MIB)).job()).isNotNull();
    assertThat(sizeOf("slow")).isEqualTo(4 * MIB);
    assertThat(volume(resize("quick", 48 * MIB)).job()).isNotNull();
    assertThat(volume(create("small", 4 * MIB)).job()).isNull();
  }

  @Test
  void nobodyUsesDeletesOrResizesAVolumeThatAJobMakes() {
    String id = String.valueOf(volume(create("vm1", 16 * MIB)).job());

    assertThat(why(export("vm1"))).startsWith("job " + id + " is still making it");
    assertThat(why(delete("vm1"))).startsWith("job " + id + " is still making it");
    assertThat(why(resize("vm1", 32 * MIB))).startsWith("job " + id + " is still making it");
  }

  @Test
  void aCancelledCreationLeavesNothing() {
    String id = String.valueOf(volume(create("vm1", 16 * MIB)).job());

    assertThat(cancel(id)).isInstanceOf(Answer.Good.class);

    assertThat(jobs()).isEmpty();
    assertThat(parts.volumes().engine().volumes()).isEmpty();
    assertThat(why(cancel(id))).isEqualTo("no job of that name is under way");
  }

  @Test
  void aVolumeInUseGrowsAndKeepsWhatItHasWhenThatIsCancelled() {
    create("vm1", 4 * MIB);
    export("vm1");
    String id = String.valueOf(volume(resize("vm1", 20 * MIB)).job());
    loop.runUntil(() -> sizeOf("vm1") > 8 * MIB, TURNS_MAX);

    cancel(id);

    long kept = sizeOf("vm1");
    assertThat(kept).isBetween(8 * MIB, 20 * MIB);
    loop.advance(10_000_000_000L);
    assertThat(sizeOf("vm1")).isEqualTo(kept);
  }

  @Test
  void aJobGoesOnUnderItsVolumesNewNameWhereverThatIsServedNext() {
    create("vm1", 16 * MIB);
    call(
        done -> parts.administration().renameVolume("vm1", new Requests.RenameVolume("vm2"), done));
    var closed = new ArrayList<Boolean>();
    parts.volumes().close(() -> closed.add(true));
    loop.runUntil(() -> !closed.isEmpty(), TURNS_MAX);

    parts = opened(LIMITS);
    assertThat(jobs()).hasSize(1);
    parts.administration().proceed();
    waitForJobs();

    assertThat(sizeOf("vm2")).isEqualTo(16 * MIB);
  }

  @Test
  void jobsTakeTurnsAndOtherChangesComeBetween() {
    create("vm1", 32 * MIB);
    create("vm2", 32 * MIB);
    loop.runUntil(() -> sizeOf("vm1") > 8 * MIB && sizeOf("vm2") > 8 * MIB, TURNS_MAX);

    assertThat(volume(create("vm3", 4 * MIB)).job()).isNull();
    assertThat(jobs()).hasSize(2);
  }

  @Test
  void whatJobsHaveYetToGiveNobodyElseGets() {
    long free = OpenGroup.of(parts.volumes()).info().freeBytes();
    create("vm1", free - 16 * MIB);

    assertThat(why(create("vm2", 20 * MIB))).contains("are for jobs under way");
    assertThat(OpenGroup.of(parts.volumes()).info().freeBytes()).isEqualTo(16 * MIB);
  }

  @Test
  void aStepThatFailsIsTriedAgainAndSaysWhyMeanwhile() {
    create("vm1", 16 * MIB);
    disk.failing(
        one ->
            one.kind() != FaultFilter.Kind.DISCARD && one.kind() != FaultFilter.Kind.WRITE_ZEROES
                ? IoResult.OK
                : IoResult.mediumError("planted"));
    loop.runUntil(() -> jobs().getFirst().problem() != null, TURNS_MAX);
    assertThat(jobs().getFirst().problem()).contains("planted");

    disk.failing(_ -> IoResult.OK);
    loop.advance(JobLimits.RETRY_NANOS);
    waitForJobs();

    assertThat(sizeOf("vm1")).isEqualTo(16 * MIB);
  }

  @Test
  void whatIsZeroedSoonIsNoJob() {
    parts = opened(new JobLimits(4 * MIB, 8 * MIB, 4 * MIB, 4 * MIB, 500_000_000L, 0));

    assertThat(volume(create("vm1", 8 * MIB)).job()).isNull();
    assertThat(volume(create("vm2", 8 * MIB + 1)).job()).isNotNull();
    waitForJobs();
    assertThat(volume(resize("vm1", 16 * MIB)).job()).isNull();
    assertThat(volume(resize("vm1", 28 * MIB)).job()).isNotNull();
  }

  @Test
  void aJobMoreThanThereMayBeIsRefused() {
    for (int count = 0; count < JobLimits.JOBS_MAX; count++) {
      assertThat(volume(create("vm" + count, 8 * MIB)).job()).isNotNull();
    }

    assertThat(why(create("vmx", 8 * MIB))).isEqualTo("it would be a job, and 16 are under way");
    assertThat(create("vmx", 4 * MIB)).isInstanceOf(Answer.Good.class);
  }

  @Test
  void stepsBecomeAsLongAsTheirTimeAllows() {
    JobLimits usual = JobLimits.USUAL;
    long least = usual.stepBytesMin();
    long most = usual.stepBytesMax();
    long quick = usual.stepNanos() / 4;
    long slow = usual.stepNanos() * 4;

    assertThat(usual.stepAfter(least, quick)).isEqualTo(2 * least);
    assertThat(usual.stepAfter(most, quick)).isEqualTo(most);
    assertThat(usual.stepAfter(most, usual.stepNanos())).isEqualTo(most);
    assertThat(usual.stepAfter(most, slow)).isEqualTo(most / 2);
    assertThat(usual.stepAfter(least, slow)).isEqualTo(least);
  }
}
