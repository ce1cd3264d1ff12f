package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.web.store.Audit;
import io.lockstep.web.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Page after page, each line is there once.
@Tag("shell")
class AuditPageTest {
  private static final int LINES = 3 * AuditPage.LINES;

  @TempDir private Path directory = Path.of("");

  @Test
  void eachLineIsOnOnePage() throws IOException {
    List<String> seen = new ArrayList<>();
    int pages = 0;
    try (Store store = Store.open(directory.resolve("console"))) {
      for (int line = 0; line < LINES; line++) {
        // Seven are of one millisecond, so that some stand where a page ends.
        Instant at = Instant.ofEpochMilli(1_796_000_000_000L + line / 7);
        store.audit().add(new Audit.Entry(at, "u" + line, "192.0.2.7", "sign in", "done"));
      }
      @Nullable Long before = null;
      do {
        AuditPage page = AuditPage.of(store, new Daemons(List.of(), Clock.systemUTC()), "", before);
        page.lines().forEach(line -> seen.add(line.who()));
        before = page.older();
        pages++;
      } while (before != null);
    }

    assertThat(seen).hasSize(LINES).doesNotHaveDuplicates();
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void whatCannotBeReadIsSaid() throws IOException {
    try (Store store = Store.open(directory.resolve("console"))) {
      AuditPage page =
          AuditPage.of(
              store,
              new Daemons(List.of(directory.resolve("nobody.sock")), Clock.systemUTC()),
              "",
              null);

      assertThat(page.lines()).isEmpty();
      assertThat(page.unread()).hasSize(1);
      assertThat(page.unread().getFirst()).contains("is not here", "there is no control socket");
    }
  }
}
