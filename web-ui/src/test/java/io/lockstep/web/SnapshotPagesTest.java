package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots on the pages of their volume and on their own.
@Timeout(60)
@Tag("shell")
final class SnapshotPagesTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path directory = Path.of("");
  private final List<String> changes = new CopyOnWriteArrayList<>();

  @Test
  void theVolumesPageListsItsSnapshots() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/volumes/vm1").body())
          .contains("Take a snapshot", "Go back to a snapshot")
          .contains("<a href=\"/volumes/main/before\">before</a>", "4 GiB", "81 %", "whole")
          .contains("lost: its room is full")
          .contains("<option value=\"before\">before</option>")
          .doesNotContain("<option value=\"gone\">");
      assertThat(console.get("/volumes").body()).contains("snapshot of vm1");
    }
  }

  @Test
  void aSnapshotsPageSaysWhoseItIsAndWhatItIsGoodFor() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/volumes/before").body())
          .contains("Snapshot of <a href=\"/volumes/main/vm1\">vm1</a>")
          .contains("81 % of its room of 4 GiB are used.")
          .contains("It shows what volume vm1 held when it was taken")
          .contains("New room")
          .doesNotContain("Take a snapshot");
      assertThat(console.get("/volumes/gone").body())
          .contains("It is lost: its room is full. The volume goes on unharmed.");
    }
  }

  @Test
  void aRollbackIsShownAsAJobThatCannotBeCancelled() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/volumes/vm1").body())
          .contains("rollback-old: putting back vm1, 25 % of 4 GiB")
          .contains("A rollback cannot be taken back.")
          .doesNotContain("Cancel job");
    }
  }

  @Test
  void theFormsTakeASnapshotAndGoBack() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      String take = console.token() + "&snapshotName=new&room=";
      assertThat(console.post("/volumes/vm1/snapshot", take).body())
          .contains("The snapshot was taken.");
      String back = console.token() + "&rollbackTo=before&confirmRollback=";
      assertThat(console.post("/volumes/vm1/rollback", back).body())
          .contains("its name was not typed to confirm");
      assertThat(console.post("/volumes/vm1/rollback", back + "vm1").body())
          .contains("The volume was put back and can be used");
    }
    assertThat(changes)
        .containsExactly("POST /v1/volumes/vm1/snapshots", "POST /v1/volumes/vm1/rollback");
  }

  @Test
  void aRoomThatIsNoSizeIsSaid() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      String take = console.token() + "&snapshotName=new&room=much";
      assertThat(console.post("/volumes/vm1/snapshot", take).body())
          .contains("The size was not understood");
    }
    assertThat(changes).isEmpty();
  }

  // --- a daemon with a volume and its snapshots ---

  private Object answer(String request) {
    if (request.startsWith("GET")) {
      return status();
    }
    changes.add(request.substring(0, request.indexOf(" HTTP/1.1")));
    return volume("vm1");
  }

  private static VolumeInfo volume(String name) {
    return new VolumeInfo(
            name,
            20 * GIB,
            "uuid-" + name,
            new VolumeInfo.Names(null, null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null))
        .on("main");
  }

  private static VolumeInfo snapshot(String name, String state, @Nullable String why, long used) {
    return volume(name).as(new SnapshotInfo("vm1", state, why, 4 * GIB, used, null));
  }

  private static PairStatus status() {
    PairStatus healthy = Pictures.healthy();
    var job = new JobInfo("rollback-old", JobInfo.ROLL_BACK, "vm1", GIB, 4 * GIB, -1, null, "main");
    return new PairStatus(
        healthy.seen(),
        healthy.nodes(),
        healthy.mirrors(),
        List.of(
            volume("vm1"),
            snapshot("before", SnapshotInfo.WHOLE, null, 4 * GIB * 80 / 100 + 1),
            snapshot("gone", SnapshotInfo.LOST, "its room is full", 4 * GIB)),
        List.of(),
        List.of(),
        new PairStatus.Work(List.of(), List.of(job)),
        null);
  }
}
