package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.EOFException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What a person sees who asks for what is not there, or meets a fault of the program, and what the
/// log has of it.
@Tag("shell")
class ErrorPagesTest {
  private static final Pattern FAULT = Pattern.compile("with fault ([0-9a-f]{8})");

  private final Logger logger = (Logger) LoggerFactory.getLogger(Errors.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @TempDir Path directory;

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @Test
  void whatIsNotThereIsAPageThatSaysWhatWasLookedForAndLeadsOn() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      for (String path : List.of("/nothing/here", "/mirror/main/explode/a")) {
        HttpResponse<String> answer = console.get(path);
        assertThat(answer.statusCode()).as(path).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type"))
            .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(answer.body())
            .contains("There is no such page", "nothing is at " + path, "What to do")
            .contains("<nav aria-label=\"Main\">", "href=\"/volumes\"", "To the overview");
      }
      assertThat(console.get("/%3Cscript%3Ealert(1)%3C/script%3E").body())
          .doesNotContain("<script>alert");
    }
    assertThat(log.list).isEmpty();
  }

  @Test
  void aFormThatIsTooOldIsAPageToo() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      HttpResponse<String> answer = console.post("/volumes", "name=vm9&size=4G&csrf=00");
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("too old", "What to do", "<nav aria-label=\"Main\">");
    }
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedWithASentence() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      String start = "csrf=00&name=";
      int room = (int) Console.REQUEST_BYTES_MAX - start.length();
      assertThat(console.post("/volumes", start + "x".repeat(room)).statusCode())
          .as("as large as it may be, and looked at")
          .isEqualTo(403);
      HttpResponse<String> answer = console.post("/volumes", start + "x".repeat(room + 1));
      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body()).contains("65536 bytes", "What to do", "<nav aria-label=\"Main\">");
    }
  }

  @Test
  void aFaultIsAPageWithANumberAndOneLineOfTheLogWithTheSame() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.withoutItsNodes())) {
      log.list.clear();
      HttpResponse<String> answer = console.get("/");
      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(answer.body())
          .contains("a fault of this program", "<nav aria-label=\"Main\">", "To the volumes")
          .doesNotContain("Exception")
          .doesNotContain("java.");
      Matcher told = FAULT.matcher(answer.body());
      assertThat(told.find()).isTrue();
      assertThat(log.list).hasSize(1);
      ILoggingEvent line = log.list.getFirst();
      assertThat(line.getLevel()).isEqualTo(Level.ERROR);
      assertThat(line.getThrowableProxy()).as("a stack trace").isNull();
      assertThat(line.getFormattedMessage())
          .contains(told.group(1), "GET /", "NoSuchElementException")
          .doesNotContain("\n");
    }
  }

  @Test
  void aBrowserThatWentAwayIsNoFault() {
    assertThat(Errors.isClientGone(new EOFException("reset by peer"))).isTrue();
    assertThat(Errors.isClientGone(new IllegalStateException(new TimeoutException()))).isTrue();
    assertThat(Errors.isClientGone(new IllegalStateException("a bug"))).isFalse();
  }

  /// The part of a page that a script asks for leaves as a whole.
  @Test
  void aPartOfAPageIsNotAnsweredWithTheSignIn() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      HttpResponse<String> answer =
          console.partForNobody("/live/volumes", console.url() + "/volumes?q=vm1");
      assertThat(answer.statusCode()).isEqualTo(401);
      assertThat(answer.headers().firstValue("HX-Redirect"))
          .contains("/sign-in?next=%2Fvolumes%3Fq%3Dvm1");
      assertThat(answer.body()).isEmpty();
    }
  }

  @Test
  void theSignInLeadsBackToAnOwnPageOnly() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      String form = "user=admin&password=" + console.password() + "&next=";
      assertThat(console.post("/sign-in", form + "%2Fvolumes%2Fmain%2Fvm1").uri().getPath())
          .isEqualTo("/volumes/main/vm1");
      assertThat(console.post("/sign-in", form + "%2F%2Felsewhere.example%2F").uri())
          .asString()
          .isEqualTo(console.url() + "/");
    }
  }
}
