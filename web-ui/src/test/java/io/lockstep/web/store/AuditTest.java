package io.lockstep.web.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The console's own lines: strangers who try passwords leave few, and push out no disk.
@Tag("shell")
class AuditTest {
  private static final Instant NOON = Instant.parse("2026-11-30T12:00:00Z");

  @TempDir private Path directory = Path.of("");
  private Store store = unset();

  @SuppressWarnings("NullAway")
  private static Store unset() {
    return null;
  }

  @BeforeEach
  void open() throws IOException {
    store = Store.open(directory.resolve("console"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Audit.Entry refused(String user, long seconds) {
    return new Audit.Entry(
        NOON.plusSeconds(seconds), user, "192.0.2.7", "sign in", "refused: wrong");
  }

  private List<Audit.Entry> newest(String search) {
    return store.audit().newest(100, null, search);
  }

  @Test
  void whatIsRefusedAgainAndAgainIsOneLine() {
    for (int time = 0; time < 30; time++) {
      store.audit().count(refused("admin", time));
    }
    store.audit().count(refused("root", 31));
    store.audit().count(refused("admin", 31 + Audit.SAME.toSeconds()));

    assertThat(newest(""))
        .extracting(Audit.Entry::user, Audit.Entry::times)
        .containsExactly(tuple("admin", 1), tuple("root", 1), tuple("admin", 30));
    assertThat(newest("").getLast().at()).isEqualTo(NOON.plusSeconds(29));
  }

  @Test
  void linesAreFoundByWhatTheyHoldAndByTime() {
    store.audit().add(refused("100%_", 1));
    store.audit().add(refused("Eve", 2));

    assertThat(newest("eVE")).hasSize(1);
    assertThat(newest("192.0.2")).hasSize(2);
    assertThat(newest("%_")).extracting(Audit.Entry::user).containsExactly("100%_");
    assertThat(store.audit().newest(9, NOON.plusSeconds(2), ""))
        .extracting(Audit.Entry::user)
        .containsExactly("100%_");
  }

  @Test
  void theOldestGo() {
    for (int line = 0; line < Audit.LINES_MAX + 5; line++) {
      store.audit().add(refused("u" + line, line));
    }

    List<Audit.Entry> all = store.audit().newest(Audit.LINES_MAX + 5, null, "");
    assertThat(all).hasSize(Audit.LINES_MAX);
    assertThat(all.getLast().user()).isEqualTo("u5");
  }
}
