package io.lockstep.control.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Requests.AuditQuery;
import io.lockstep.control.verb.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The trail in its files: what is kept, for whom, and what is said when it cannot be.
@Timeout(60)
@Tag("shell")
final class AuditFileTest {
  @TempDir private Path directory = Path.of("");

  private Path file() {
    return directory.resolve("audit.jsonl");
  }

  private AuditFile open() {
    return AuditFile.open(file(), "a", () -> {});
  }

  private static AuditInfo entry(String about, long atMillis) {
    return new AuditInfo(
        AuditInfo.When.of(Instant.ofEpochMilli(atMillis), "a"),
        new AuditInfo.Who("uid 0, pid 7", "admin", "CLI"),
        new AuditInfo.What("volume create", about, Map.of("name", about)),
        new AuditInfo.Outcome(AuditInfo.DONE, "", null, null));
  }

  private static List<?> read(AuditFile trail, AuditQuery query) {
    var answer = new CompletableFuture<Answer>();
    trail.read(query, answer::complete);
    return answer.join() instanceof Answer.Good(int _, List<?> found) ? found : List.of();
  }

  private static List<String> abouts(AuditFile trail, AuditQuery query) {
    return read(trail, query).stream().map(line -> ((AuditInfo) line).what().about()).toList();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aLineIsOneLineOfJsonForItsOwnerOnly() throws IOException {
    try (AuditFile trail = open()) {
      trail.write(() -> entry("vm1\n\u001b[2K", 1_796_077_167_123L));
    }

    assertThat(Files.readString(file()))
        .hasLineCount(1)
        .startsWith(
            "{\"number\":1,\"at\":\"2026-11-30T22:19:27.123+00:00\",\"atMillis\":1796077167123,")
        .contains("\"about\":\"vm1\\n\\u001B[2K\"")
        .endsWith("}\n");
    assertThat(mode(file())).isEqualTo("rw-------");
  }

  @Test
  void aFileThatOthersCouldReadIsClosedToThem() throws IOException {
    Files.writeString(file(), "");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));

    open().close();

    assertThat(mode(file())).isEqualTo("rw-------");
  }

  @Test
  void itsDirectoryIsMadeForItsOwnerOnly() throws IOException {
    Path made = directory.resolve("state");
    AuditFile.open(made.resolve("audit.jsonl"), "a", () -> {}).close();

    assertThat(mode(made)).isEqualTo("rwx------");
  }

  @Test
  void aTrailGoesOnWhereItEndedWithoutWhatACrashHasLeft() throws IOException {
    try (AuditFile trail = open()) {
      trail.write(() -> entry("vm1", 1000));
    }
    Files.writeString(file(), "{\"number\":2,\"at", StandardOpenOption.APPEND);
    try (AuditFile trail = open()) {
      trail.write(() -> entry("vm2", 2000));
      assertThat(read(trail, AuditQuery.newest(10)))
          .extracting(line -> ((AuditInfo) line).number())
          .containsExactly(2L, 1L);
    }

    assertThat(Files.readAllLines(file())).hasSize(2);
  }

  @Test
  void aLineOfAnotherProgramIsTakenInWhileTheTrailIsInUse() throws IOException {
    AuditFile.add(file(), entry("early", 500));
    try (AuditFile trail = open()) {
      trail.write(() -> entry("vm1", 1000));
      assertThat(abouts(trail, AuditQuery.newest(10))).containsExactly("vm1", "early");
      AuditFile.add(file(), entry("disk", 2000));
      AuditFile.add(file(), entry("disk2", 3000));
      assertThat(abouts(trail, AuditQuery.newest(10)))
          .containsExactly("disk2", "disk", "vm1", "early");
      assertThat(mode(directory.resolve("audit.jsonl.aside"))).isEqualTo("rw-------");
    }
    AuditFile.add(file(), entry("late", 4000));

    assertThat(Files.readAllLines(file())).hasSize(5);
    assertThat(Files.readString(file())).contains("{\"number\":5,");
  }

  @Test
  void theNewestComeFirstAndAQueryLimitsThem() {
    try (AuditFile trail = open()) {
      for (int number = 1; number <= 5; number++) {
        int time = number;
        trail.write(() -> entry("vm" + time, 1000L * time));
      }
      assertThat(abouts(trail, AuditQuery.newest(2))).containsExactly("vm5", "vm4");
      assertThat(abouts(trail, new AuditQuery(null, 2000L, 4000L, null, null, null)))
          .containsExactly("vm3", "vm2");
      assertThat(abouts(trail, AuditQuery.newest(10).behind(4))).containsExactly("vm5");
      assertThat(abouts(trail, new AuditQuery(null, null, null, null, "VM3", null)))
          .containsExactly("vm3");
    }
  }

  @Test
  void anAnswerHasSoManyLinesAndSoManyBytes() throws IOException {
    var files = new AuditFiles(file());
    for (int line = 0; line <= Requests.AUDIT_LINES_MAX; line++) {
      files.append(entry("v", line));
    }
    assertThat(files.read(AuditQuery.newest(Requests.AUDIT_LINES_MAX)))
        .hasSize(Requests.AUDIT_LINES_MAX)
        .last()
        .satisfies(oldest -> assertThat(oldest.number()).isEqualTo(2));
    String large = "x".repeat(AuditFiles.LINE_BYTES_MAX / 2 - 400);
    for (int line = 0; line < 40; line++) {
      files.append(entry(large, line));
    }
    List<AuditInfo> told = files.read(AuditQuery.newest(Requests.AUDIT_LINES_MAX));
    files.close();
    long bytes = told.stream().mapToLong(line -> Json.text(line).length()).sum();
    assertThat(bytes)
        .isBetween(
            AuditFiles.ANSWER_BYTES_MAX - (long) AuditFiles.LINE_BYTES_MAX,
            (long) AuditFiles.ANSWER_BYTES_MAX);
  }

  @Test
  void filesArePutAsideBySizeAndTheOldestGoes() throws IOException {
    String long1 = "x".repeat(AuditFiles.LINE_BYTES_MAX / 2 - 400);
    long each = 2L * (long1.length() + 200);
    long lines = (AuditFiles.FILES_MAX + 1) * AuditFiles.FILE_BYTES_MAX / each;
    var files = new AuditFiles(file());
    for (long line = 0; line < lines; line++) {
      files.append(entry(long1, line));
    }
    files.close();

    for (int age = 1; age < AuditFiles.FILES_MAX; age++) {
      Path aside = directory.resolve("audit.jsonl." + age);
      assertThat(Files.size(aside))
          .isBetween(AuditFiles.FILE_BYTES_MAX - each, AuditFiles.FILE_BYTES_MAX);
      assertThat(mode(aside)).isEqualTo("rw-------");
    }
    assertThat(directory.resolve("audit.jsonl." + AuditFiles.FILES_MAX)).doesNotExist();
    var again = new AuditFiles(file());
    assertThat(again.open().isOpen()).isTrue();
    assertThat(again.read(AuditQuery.newest(1)).getFirst().number()).isEqualTo(lines);
    again.close();
  }

  @Test
  void aLineThatIsTooLongIsWrittenWithoutWhatWasAsked() throws IOException {
    try (AuditFile trail = open()) {
      AuditInfo large =
          new AuditInfo(
              entry("vm1", 1).when(),
              entry("vm1", 1).who(),
              new AuditInfo.What("volume create", "vm1", Map.of("x", "y".repeat(20_000))),
              entry("vm1", 1).outcome());
      trail.write(() -> large);
    }

    assertThat(Files.size(file())).isLessThan(1000);
    assertThat(Files.readString(file())).contains("\"about\":\"vm1\"").contains("too long");
  }

  /// The directory is a file: whoever runs as root may write everywhere else.
  @Test
  void aTrailThatCannotBeWrittenSaysSoAndHowManyLinesItLacks() throws Exception {
    Path notYet = directory.resolve("later");
    Files.writeString(notYet, "no directory");
    var changes = new Semaphore(0);
    try (AuditFile trail = AuditFile.open(notYet.resolve("audit.jsonl"), "a", changes::release)) {
      changes.acquire();
      assertThat(trail.failure()).isPresent();
      trail.write(() -> entry("vm1", 1));
      trail.write(() -> entry("vm2", 2));
      assertThat(read(trail, AuditQuery.newest(9))).isEmpty();
      Files.delete(notYet);
      trail.write(() -> entry("vm3", 3));
      changes.acquire();

      assertThat(trail.failure()).isEmpty();
      assertThat(abouts(trail, AuditQuery.newest(9))).containsExactly("vm3", "");
      assertThat(Files.readString(notYet.resolve("audit.jsonl")))
          .contains("\"result\":\"lost\"")
          .contains("2 lines are missing here");
    }
  }

  @Test
  void twoDaemonsDoNotShareAFile() throws Exception {
    var changes = new Semaphore(0);
    try (AuditFile first = open()) {
      first.write(() -> entry("vm1", 1));
      assertThat(read(first, AuditQuery.newest(9))).hasSize(1);
      try (AuditFile second = AuditFile.open(file(), "b", changes::release)) {
        changes.acquire();
        assertThat(second.failure())
            .hasValueSatisfying(why -> assertThat(why).contains("another daemon writes it"));
      }
    }
  }

  /// Whoever asks for changes never waits: the queue is full while a line is being drawn.
  @Test
  void whatFindsTheQueueFullIsCounted() throws Exception {
    try (AuditFile trail = open()) {
      var held = new CountDownLatch(1);
      var drawing = new CountDownLatch(1);
      trail.write(
          () -> {
            drawing.countDown();
            await(held);
            return entry("first", 1);
          });
      drawing.await();
      for (int more = 0; more < AuditFile.QUEUE_MAX + 7; more++) {
        trail.write(() -> entry("vm", 2));
      }
      var refused = new CompletableFuture<Answer>();
      trail.read(AuditQuery.newest(1), refused::complete);
      assertThat(refused.join()).isInstanceOf(Answer.Bad.class);
      held.countDown();
    }

    assertThat(Files.readString(file(), UTF_8)).contains("7 lines are missing here");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
