package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A volume that a job makes, and one that a job lets grow: where the pages show it, and its end.
@Tag("shell")
class JobPagesTest {
  private static final JobInfo MAKING = job("j00af31", JobInfo.CREATE_VOLUME, "big", null);
  private static final JobInfo GROWING = job("j0b7c02", JobInfo.GROW_VOLUME, "old", "disk full");

  @TempDir Path directory;

  private final List<String> changes = new CopyOnWriteArrayList<>();

  @Test
  void theOverviewShowsHowFarJobsAreAndWhatStopsThem() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/").body())
          .contains("j00af31: making big, 25 % of 4 TiB, 2 h 5 min left<")
          .contains("j0b7c02: growing old, 25 % of 4 TiB, 2 h 5 min left; it does not go on: disk");
    }
  }

  @Test
  void theVolumesPageSaysWhatItsEndWouldDo() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/volumes/big").body())
          .contains("j00af31: making big")
          .contains("If the job is cancelled, the volume is deleted.")
          .contains("Cancel job j00af31")
          .doesNotContain("j0b7c02");
      assertThat(console.get("/volumes/old").body())
          .contains("the volume keeps the size that it has by then.")
          .contains("Cancel job j0b7c02");
    }
  }

  @Test
  void whoMakesALargeVolumeIsToldOfItsJob() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      String form = console.token() + "&name=big&size=4T";
      assertThat(console.post("/volumes", form).body())
          .contains("A job gives the volume its size, and goes on by itself.")
          .contains("Job j00af31: making big, 25 % of 4 TiB");
    }
  }

  @Test
  void itsButtonCancelsTheJob() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      String form = console.token() + "&job=j00af31";
      assertThat(console.post("/volumes/big/cancel-job", form).body())
          .contains("The job was cancelled.");
    }
    assertThat(changes).containsExactly("POST /v1/jobs/j00af31/cancel");
  }

  // --- a daemon with two jobs ---

  private Object answer(String request) {
    if (request.startsWith("GET")) {
      return status();
    }
    if (request.startsWith("POST /v1/volumes")) {
      return volume("big").under(MAKING.id());
    }
    changes.add(request.substring(0, request.indexOf(" HTTP/1.1")));
    return new Done("Job j00af31 was cancelled. Volume big is gone.");
  }

  private static JobInfo job(String id, String kind, String volume, @Nullable String problem) {
    return new JobInfo(id, kind, volume, 1L << 40, 4L << 40, 7500, problem, "main");
  }

  private static VolumeInfo volume(String name) {
    return new VolumeInfo(
            name,
            1L << 40,
            "uuid-" + name,
            new VolumeInfo.Names(null, null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null))
        .on("main");
  }

  private static PairStatus status() {
    PairStatus healthy = Pictures.healthy();
    return new PairStatus(
        healthy.seen(),
        healthy.nodes(),
        healthy.mirrors(),
        List.of(volume("big"), volume("old")),
        List.of(),
        List.of(),
        new PairStatus.Work(List.of(), List.of(MAKING, GROWING)),
        null);
  }
}
