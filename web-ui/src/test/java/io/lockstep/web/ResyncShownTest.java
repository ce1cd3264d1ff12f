package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A resync on the overview: a bar where it is known how much there is to do, and nowhere else.
@Tag("shell")
class ResyncShownTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path directory = Path.of("");

  @Test
  void withoutATotalThereIsNoBarAndNoEndInSight() throws Exception {
    assertThat(overview(new ResyncInfo(ResyncInfo.TARGET, null, 3 * MIB, 0, 2 * MIB, -1)))
        .contains("3 MiB done, 2 MiB/s<")
        .doesNotContain("<progress", "left<");
  }

  @Test
  void withATotalThereIsABar() throws Exception {
    assertThat(overview(new ResyncInfo(ResyncInfo.TARGET, 12 * MIB, 3 * MIB, 0, 2 * MIB, 5)))
        .contains("3 MiB of 12 MiB, 2 MiB/s, 5 s left<", "<progress value=\"25\" max=\"100\"");
  }

  private String overview(ResyncInfo resync) throws Exception {
    try (var console = new FakedConsole(directory, _ -> status(resync))) {
      return console.get("/").body();
    }
  }

  private static PairStatus status(ResyncInfo resync) {
    SideStatus side = Pictures.side("b", "Secondary", "Inconsistent", "SyncTarget");
    var filled =
        new SideStatus(
            side.node(),
            side.role(),
            side.copy(),
            side.link(),
            new SideStatus.Difference(9 * MIB, resync, 0),
            side.history());
    return new PairStatus(
        new PairStatus.Seen("kite", "a", 0),
        List.of(Pictures.running("a", 0), Pictures.running("b", 1)),
        List.of(
            MirrorSides.of(
                "main",
                null,
                List.of(Pictures.side("a", "Primary", "UpToDate", "SyncSource"), filled))),
        List.of(),
        List.of(),
        List.of(),
        PairStatus.Work.of(List.of()),
        null);
  }
}
