package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A change of an export that is answered with a note: the page says it, once.
@Tag("shell")
class NotedChangeTest {
  private static final String NOTE = "The other node has not read this within 3 s.";
  private static final ExportInfo EXPORT =
      new ExportInfo("vm1", "iqn.t:vm1", 0, List.of("10.0.0.1:3260"), List.of(), true, NOTE);

  @TempDir Path directory;

  @Test
  void theNoteIsOnThePageThatComesNextAndOnlyThere() throws Exception {
    try (var console = new FakedConsole(directory, NotedChangeTest::answer)) {
      String csrf = console.token();
      assertThat(console.post("/volumes/vm1/export", csrf).body())
          .contains("The volume is exported. " + NOTE);
      assertThat(console.get("/volumes/vm1").body()).doesNotContain(NOTE);
      assertThat(console.get("/volumes/vm1?notice=EXPORTED").body())
          .contains("The volume is exported.")
          .doesNotContain(NOTE);
      assertThat(console.post("/volumes/vm1/write-cache", csrf + "&writeCache=off").body())
          .contains("The write cache was switched. " + NOTE);
      assertThat(console.post("/volumes/vm1/unexport", csrf).body())
          .contains("The export of vm1 was deleted. " + NOTE);
    }
  }

  // --- a daemon that knows one volume ---

  private static Object answer(String request) {
    if (request.startsWith("GET /v1/status") || request.startsWith("GET /v1/events")) {
      return status();
    }
    return request.startsWith("DELETE")
        ? new Done("The export of vm1 was deleted. " + NOTE)
        : EXPORT;
  }

  private static PairStatus status() {
    var volume =
        new VolumeInfo(
            "vm1",
            4 << 20,
            "u",
            new VolumeInfo.Names("iqn.t:vm1", null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null));
    return new PairStatus(
        new PairStatus.Seen("kite", "a", 0),
        List.of(),
        List.of(),
        List.of(volume),
        List.of(EXPORT),
        List.of(),
        PairStatus.Work.of(List.of()),
        null);
  }
}
