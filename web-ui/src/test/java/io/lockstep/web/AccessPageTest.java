package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.PairStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may log in, changed in the console: whoever is cut off by it is shown first.
@Tag("shell")
class AccessPageTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String OTHER = "iqn.1993-08.org.debian:01:other";
  private static final ExportInfo EXPORT =
      new ExportInfo("vm1", Pictures.IQN, 0, List.of("10.0.0.1:3260"), List.of(), true, null)
          .with(new ExportInfo.Access(List.of(HOST), true));

  @TempDir Path directory;
  private final List<String> changes = Collections.synchronizedList(new ArrayList<>());

  @Test
  void hostsThatWouldBeCutOffAreShownAndAskedFor() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      assertThat(console.get("/volumes/vm1").body()).contains(HOST, "one host at a time");
      String form = console.token() + "&initiators=" + OTHER;
      assertThat(console.post("/volumes/vm1/access", form).body())
          .contains("End these sessions", HOST, "10.0.0.9:51000");
      assertThat(changes).isEmpty();

      assertThat(console.post("/volumes/vm1/access", form).body())
          .contains("name=\"shown\" value=\"" + HOST + "\"");
      assertThat(console.post("/volumes/vm1/access", form + "&confirmed=on&shown=" + HOST).body())
          .contains("Who may log in was changed.");
      assertThat(changes).hasSize(1);
      assertThat(changes.getFirst())
          .as("those who were shown, and nobody else")
          .contains("\"endSessionsOf\":[\"" + HOST + "\"]")
          .doesNotContain("\"endSessions\"");
    }
  }

  @Test
  void whoeverIsAddedIsNoQuestion() throws Exception {
    try (var console = new FakedConsole(directory, this::answer)) {
      String form = console.token() + "&initiators=" + HOST + "%0A" + OTHER;
      assertThat(console.post("/volumes/vm1/access", form).body())
          .contains("Who may log in was changed.");
      assertThat(changes).hasSize(1);
    }
  }

  // --- a daemon that knows one volume and one session ---

  private Object answer(String request) {
    if (request.startsWith("GET /v1/status") || request.startsWith("GET /v1/events")) {
      return status();
    }
    if (request.startsWith("POST")) {
      changes.add(request);
    }
    return request.startsWith("GET /v1/connect") ? Pictures.connecting() : EXPORT;
  }

  private static PairStatus status() {
    PairStatus all = Pictures.healthy();
    return new PairStatus(
        all.seen(),
        all.nodes(),
        all.mirrors(),
        all.volumes(),
        List.of(EXPORT.on("main")),
        all.sessions(),
        all.work(),
        all.console());
  }
}
