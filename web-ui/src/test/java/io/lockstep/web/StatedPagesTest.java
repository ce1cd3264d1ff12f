package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.web.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the pages for administrators say of the console.
@Tag("shell")
class StatedPagesTest {
  @TempDir Path directory;

  @Test
  void whileNoNodeAnswersTheLastPictureIsShownWithItsAge() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      assertThat(console.get("/").body()).doesNotContain("The last picture");
      console.nodeEnds();
      assertThat(console.get("/").body())
          .contains("No node answers", "The last picture")
          .containsPattern("<p>From [^<]*[0-9][^<]*[.] It may be different by now");
    }
  }

  @Test
  void aVolumesPageHasTargetAndLun() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      assertThat(console.get("/volumes/main/vm2").body() + console.get("/volumes/main/vm1").body())
          .contains("Target and LUN");
    }
  }

  @Test
  void aSignInLastsTwelveHours() throws Exception {
    try (Store store = Store.open(directory.resolve("console"))) {
      FirstUser.create(store, directory.resolve("password"), Clock.systemUTC());
      Instant now = Instant.parse("2026-11-30T08:00:00Z");
      String token = store.signIns().begin("admin", "192.0.2.7", now);
      Instant end = now.plus(Duration.ofHours(12));
      assertThat(store.signIns().find(token, end.minusSeconds(1))).isPresent();
      assertThat(store.signIns().find(token, end)).isEmpty();
    }
  }
}
