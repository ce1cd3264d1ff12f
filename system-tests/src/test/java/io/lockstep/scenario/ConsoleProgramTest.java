package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `lockstep-console` as an administrator starts it, without a demo: a configuration in, a sign-in
/// page out, an end on SIGTERM. No node needs to run for that.
@Tag("scenario")
class ConsoleProgramTest {
  private static final Pattern SERVES = Pattern.compile("The console serves (http://\\S+)");
  private static final Duration START_MAX = Duration.ofSeconds(60);

  @TempDir private Path folder = Path.of("");

  @Test
  void itServesASignInPageUntilItIsTold() throws Exception {
    Path config = folder.resolve("console.conf");
    Files.writeString(
        config,
        """
        listen.port         = 0
        database.path       = %1$s/console
        control.sockets     = %1$s/a.sock, %1$s/b.sock
        first.password.file = %1$s/password
        """
            .formatted(folder));
    Path log = folder.resolve("log");
    Process console =
        new ProcessBuilder(Pair.program("lockstep-console"), "--config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      Tool.await(
          () -> "a console: " + text(log), START_MAX, () -> SERVES.matcher(text(log)).find());
      assertThat(page(text(log))).contains("Lockstep").contains("password");
      assertThat(folder.resolve("password")).isNotEmptyFile();
      console.destroy();
      assertThat(console.waitFor(30, TimeUnit.SECONDS)).as("ends on SIGTERM").isTrue();
    } finally {
      console.destroyForcibly();
    }
  }

  @Test
  void theWordConsoleIsTheSameProgramAndExplainsItself() {
    Tool.Result help = Pair.attemptAnywhere("console", "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("lockstep-console --config FILE");
    Tool.Result wrong = Pair.attemptAnywhere("console");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).contains("usage: lockstep-console --config FILE");
    Path none = folder.resolve("none.conf");
    Tool.Result missing = Pair.attemptAnywhere("console", "--config", none);
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err().strip()).contains(none.toString(), "--config").hasLineCount(1);
    assertThat(Pair.attemptAnywhere("--help").out()).contains("lockstep-console --config FILE");
  }

  private static String page(String said) throws IOException, InterruptedException {
    Matcher serves = SERVES.matcher(said);
    assertThat(serves.find()).isTrue();
    try (HttpClient browser =
        HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(serves.group(1) + "/")).build();
      HttpResponse<String> answer = browser.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }
}
