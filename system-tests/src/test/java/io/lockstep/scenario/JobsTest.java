package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A volume of 3 TiB in sparse files, in memory, where their bitmaps cost no time: it is there at
/// once, and a job gives it its size, through the death of both nodes and a switch, until somebody
/// cancels it. The disks are slow on purpose: with a millisecond for each 4 MiB the job takes 13
/// minutes at least, and the test's waits together 4 at most.
@Tag("scenario")
class JobsTest {
  private static final long DISK_BYTES = (3L << 40) + (4L << 30);
  private static final long VOLUME_BYTES = 3L << 40;
  private static final long STEP_BYTES = 64 << 20;
  private static final int BLOCK = 4096;
  private static final Duration GOES_ON_MAX = Duration.ofSeconds(60);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void aLargeVolumeGrowsThroughAKillAndASwitchUntilItIsCancelled() throws Exception {
    Pair pair = sparsePair();
    String first = pair.primary();
    leaveBytesOfAFormerVolume(pair, first);

    VolumeInfo told =
        Json.read(
            pair.lockstep("volume", "create", "big", "--size", "3T", "-o", "json")
                .getBytes(StandardCharsets.UTF_8),
            VolumeInfo.class);
    assertThat(told.sizeBytes()).as("what was zeroed before the answer").isEqualTo(STEP_BYTES);
    String id = String.valueOf(told.job());
    assertThat(pair.attempt("status").out()).contains(id).contains(JobInfo.CREATE_VOLUME);
    assertThatThrownBy(() -> pair.client(first).createExport("big", List.of()))
        .hasMessageContaining("job " + id + " is still making it");

    long atKill = doneAfter(pair, id, 0);
    pair.kill("a", "b");
    pair.startDaemons();
    pair.awaitInSync();
    long atSwitch = doneAfter(pair, id, atKill);

    String second = Pair.other(pair.primary());
    pair.promote(second);
    assertThat(pair.primary()).isEqualTo(second);
    doneAfter(pair, id, atSwitch);
    for (String node : Pair.NODES) {
      assertThat(firstByteOnDisk(pair, node, "big")).as("at node " + node).isZero();
    }

    assertThat(pair.lockstep("jobs", "cancel", id)).contains("Volume big is gone.");
    assertThat(jobs(pair)).isEmpty();
    assertThat(pair.status().volumes()).isEmpty();
    assertThatWaitingEndsWithoutTheJob(pair);
    pair.shutDown();
  }

  private static void assertThatWaitingEndsWithoutTheJob(Pair pair) throws Exception {
    Process waiting =
        new ProcessBuilder(
                Pair.program("lockstep"),
                "volume",
                "create",
                "again",
                "--size",
                "3T",
                "--wait",
                "--dir",
                pair.directory().toString())
            .start();
    var lines = waiting.inputReader();
    assertThat(lines.readLine()).contains("Ctrl-C leaves it running.");
    assertThat(lines.readLine()).matches("\\d+% job .*, making again: .* of 3 TiB.*");
    // To the program as Ctrl-C, which a shell may have told it to ignore. Its output stays open.
    waiting.toHandle().destroy();

    String id = jobs(pair).getFirst().id();
    assertThat(lines.lines().toList())
        .endsWith(
            "Job %s goes on: `lockstep jobs show %s` shows how far it is, `lockstep jobs cancel %s`"
                    .formatted(id, id, id)
                + " ends it.");
    assertThat(waiting.waitFor()).isEqualTo(143);
    pair.lockstep("jobs", "cancel", id);
  }

  private Pair sparsePair() throws IOException {
    Pair pair = pairs.blank(Path.of("/dev/shm"));
    for (String node : Pair.NODES) {
      pair.configure(node, "test:", "  delayMicros: 1000");
      pair.makeDisk(node, DISK_BYTES);
    }
    pair.layOutFirst("a");
    LargePair.copy(pair.disk("a"), pair.disk("b"));
    pair.startDaemons();
    pair.awaitInSync();
    return pair;
  }

  private static void leaveBytesOfAFormerVolume(Pair pair, String node) throws Exception {
    pair.createVolume("old", STEP_BYTES);
    Host.write(pair.url(node, pair.createExport("old")), 7, 0, BLOCK);
    assertThat(firstByteOnDisk(pair, node, "old")).isEqualTo(7);
    pair.client(node).deleteExport("old");
    pair.client(node).deleteVolume("old");
  }

  /// Waits until the job has done more than so many bytes, and is not done.
  private static long doneAfter(Pair pair, String id, long bytes) {
    Tool.await(
        "job " + id + " goes on after " + bytes + " bytes",
        GOES_ON_MAX,
        () -> jobs(pair).stream().anyMatch(job -> job.id().equals(id) && job.bytesDone() > bytes));
    JobInfo job = jobs(pair).getFirst();
    assertThat(job.bytesTotal()).isEqualTo(VOLUME_BYTES);
    assertThat(job.problem()).isNull();
    return job.bytesDone();
  }

  private static List<JobInfo> jobs(Pair pair) {
    return pair.status().jobs();
  }

  private static int firstByteOnDisk(Pair pair, String node, String volume) throws IOException {
    SegmentInfo segment = pair.volume(volume).segments().getFirst();
    try (var disk = new RandomAccessFile(pair.disk(node).toFile(), "r")) {
      disk.seek(pair.diskOf(node).dataOffset() + segment.dataOffset());
      return disk.read();
    }
  }
}
