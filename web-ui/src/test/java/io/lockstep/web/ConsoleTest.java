package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.web.store.Store;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The console without any daemon: who gets in, what protects a form, what an answer carries, and
/// what people see when no node answers.
@Tag("shell")
class ConsoleTest {
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]+)\"");

  @TempDir Path directory;

  private Console console;
  private String password = "";
  private final HttpClient browser =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  private String cookie = "";

  @BeforeEach
  void start() throws IOException {
    Path file = directory.resolve("password");
    Store store = Store.open(directory.resolve("console"));
    FirstUser.create(store, file, Clock.systemUTC());
    password = Files.exists(file) ? Files.readString(file).strip() : password;
    var config =
        new ConsoleConfig(
            "127.0.0.1",
            0,
            directory.resolve("console"),
            List.of(directory.resolve("nobody.sock")),
            file,
            Optional.empty());
    console = Console.start(config, store, Clock.systemUTC());
  }

  @AfterEach
  void end() {
    console.close();
  }

  @Test
  void theFirstPasswordIsForItsOwnerOnly() throws IOException {
    assertThat(password).hasSize(16);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("password"))))
        .isEqualTo("rw-------");
  }

  @Test
  void nobodySeesAPageWithoutSigningIn() throws Exception {
    for (String path :
        List.of("/", "/volumes", "/audit", "/account", "/sessions", "/live/events")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.statusCode()).as(path).isEqualTo(302);
      String back =
          path.length() == 1 || path.startsWith("/live") ? "" : "?next=%2F" + path.substring(1);
      assertThat(answer.headers().firstValue("Location")).as(path).contains("/sign-in" + back);
    }
  }

  @Test
  void aWrongPasswordIsRefusedAndAfterFiveThereIsAPause() throws Exception {
    for (int attempt = 0; attempt < Lockout.FAILURES_MAX; attempt++) {
      assertThat(signIn("admin", "wrong").body()).contains("name or the password is wrong");
    }
    HttpResponse<String> paused = signIn("admin", password);
    assertThat(paused.statusCode()).isEqualTo(429);
    assertThat(paused.body()).contains("too many wrong passwords");
  }

  @Test
  void theCookieIsKeptFromScriptsAndOtherSites() throws Exception {
    String set = signIn("admin", password).headers().firstValue("Set-Cookie").orElseThrow();
    assertThat(set).contains("HttpOnly").contains("SameSite=Strict");
    assertThat(set).doesNotContain(password);
  }

  @Test
  void everyAnswerForbidsWhatIsNotOurs() throws Exception {
    for (String path : List.of("/sign-in", "/assets/console.css", "/health")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.headers().firstValue("Content-Security-Policy"))
          .as(path)
          .hasValueSatisfying(
              policy ->
                  assertThat(policy)
                      .contains("default-src 'self'")
                      .doesNotContain("unsafe-inline")
                      .doesNotContain("unsafe-eval"));
      assertThat(answer.headers().firstValue("X-Frame-Options")).as(path).contains("DENY");
    }
  }

  @Test
  void aPageHasNeitherInlineScriptNorInlineStyle() throws Exception {
    signIn("admin", password);
    for (String path : List.of("/", "/account", "/audit")) {
      String body = get(path).body();
      assertThat(body)
          .doesNotContain("<style")
          .doesNotContain(" style=")
          .doesNotContain(" onclick=");
      assertThat(Pattern.compile("<script(?![^>]* src=)").matcher(body).find()).isFalse();
    }
  }

  @Test
  void aFormWithoutItsTokenChangesNothing() throws Exception {
    signIn("admin", password);
    HttpResponse<String> forged =
        post("/account", "present=" + password + "&fresh=0123456789&again=0123456789");
    assertThat(forged.statusCode()).isEqualTo(403);
    cookie = "";
    assertThat(signIn("admin", password).statusCode()).isEqualTo(302);
  }

  @Test
  void aChangedPasswordEndsTheOtherSignIns() throws Exception {
    signIn("admin", password);
    String other = cookie;
    cookie = "";
    signIn("admin", password);
    String form = "present=" + password + "&fresh=a-new-password&again=a-new-password";
    HttpResponse<String> changed = post("/account", form + "&csrf=" + csrf("/account"));
    assertThat(changed.headers().firstValue("Location"))
        .hasValueSatisfying(to -> assertThat(to).contains("PASSWORD_CHANGED"));
    cookie = other;
    assertThat(get("/audit").statusCode()).isEqualTo(302);
    cookie = "";
    assertThat(signIn("admin", "a-new-password").statusCode()).isEqualTo(302);
  }

  @Test
  void whoDidWhatIsInTheAudit() throws Exception {
    signIn("admin", "wrong");
    signIn("admin", password);
    post("/volumes", "name=vm1&size=4G&csrf=" + csrf("/account"));
    String page = get("/audit").body();
    assertThat(page).contains("sign in", "wrong name or password", "create volume vm1 of 4G");
    assertThat(page).contains("What was changed at the nodes is not here.");
  }

  @Test
  void theAuditIsSearchedAndWhatStrangersWroteStaysInItsPlace() throws Exception {
    signIn("%3Cb%3Ebold%E2%80%AE%1B", "wrong");
    signIn("admin", password);

    assertThat(get("/audit?q=BOLD").body()).contains("&lt;b", "bold\\u202e\\u001b");
    assertThat(get("/audit?q=nothing-of-the-kind").body()).contains("There is no such line.");
    assertThat(get("/audit?q=sign&before=1").body()).contains("There is no such line.");
    assertThat(get("/audit?before=many").body()).contains("sign in");
  }

  @Test
  void whenNoNodeAnswersThePageSaysSoAndTheConsoleStays() throws Exception {
    signIn("admin", password);
    assertThat(get("/").body()).contains("No node answers").contains("What to do");
    HttpResponse<String> refused = post("/volumes", "name=vm1&size=4G&csrf=" + csrf("/account"));
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(get("/health").body()).isEqualTo("ok");
  }

  /// A page hung for two minutes.
  @Test
  void aDaemonThatSaysNothingLeavesTheConsoleUsable() throws Exception {
    var address = UnixDomainSocketAddress.of(directory.resolve("nobody.sock"));
    try (var frozen = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)) {
      assertThat(frozen.isOpen()).isTrue();
      signIn("admin", password);
      long start = System.nanoTime();
      assertThat(get("/").body()).contains("No node answers");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void thePairIsShutDownOnlyByItsFormAndOnlyIfANodeAnswers() throws Exception {
    assertThat(get("/pair/shutdown").headers().firstValue("Location"))
        .contains("/sign-in?next=%2Fpair%2Fshutdown");
    assertThat(post("/pair/shutdown", "").headers().firstValue("Location")).contains("/sign-in");
    signIn("admin", password);
    String page = get("/pair/shutdown").body();
    assertThat(page)
        .contains("Hosts lose their LUNs", "the next start finds the pair in sync")
        .contains("method=\"post\" action=\"/pair/shutdown\"", "Leave it as it is");

    assertThat(post("/pair/shutdown", "").statusCode()).isEqualTo(403);
    assertThat(post("/pair/shutdown", "csrf=0123456789abcdef").statusCode()).isEqualTo(403);
    assertThat(get("/audit").body()).doesNotContain("shut the pair down");

    HttpResponse<String> refused = post("/pair/shutdown", "csrf=" + csrf("/pair/shutdown"));
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("What to do", "Hosts lose their LUNs");
    assertThat(get("/audit").body()).contains("shut the pair down");
  }

  /// A form without the word switched it on, the weaker promise.
  @Test
  void aWriteCacheThatIsNeitherOnNorOffIsNotSwitched() throws Exception {
    signIn("admin", password);
    for (String word : List.of("", "&writeCache=", "&writeCache=no", "&writeCache=OFF")) {
      HttpResponse<String> refused =
          post("/volumes/vm1/write-cache", "csrf=" + csrf("/account") + word);
      assertThat(refused.statusCode()).as(word).isEqualTo(400);
      assertThat(refused.body()).contains("was not switched", "neither on nor off");
    }
    assertThat(get("/audit").body()).doesNotContain("switch the write cache");
  }

  @Test
  void aSizeThatIsNoneIsExplained() throws Exception {
    signIn("admin", password);
    HttpResponse<String> refused = post("/volumes", "name=vm1&size=many&csrf=" + csrf("/account"));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("was not understood");
  }

  @Test
  void theApiWantsANameAndAPassword() throws Exception {
    HttpResponse<String> refused = get("/api/v1/volumes");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(api("wrong").statusCode()).isEqualTo(401);
    HttpResponse<String> answer = api(password);
    assertThat(answer.statusCode()).as("no daemon answers").isEqualTo(503);
    assertThat(answer.body()).contains("\"why\"");
  }

  @Test
  void aLinkCannotPutItsOwnWordsOnAPage() throws Exception {
    signIn("admin", password);
    assertThat(get("/?notice=Send+the+password+to+mallory").body()).doesNotContain("mallory");
    assertThat(get("/?notice=PASSWORD_CHANGED").body()).contains("The password was changed.");
  }

  @Test
  void aDamagedDatabaseIsRefusedWithAReason() throws Exception {
    Path file = directory.resolve("damaged.mv.db");
    Files.writeString(file, "This is no database. ".repeat(1000));
    assertThatThrownBy(() -> Store.open(directory.resolve("damaged")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining("corrupt");
    assertThat(Files.readString(file)).startsWith("This is no database. ");
  }

  /// H2 takes it for a new one: everybody would be gone, and nobody told.
  @Test
  void anEmptyDatabaseIsDamagedNotNew() throws Exception {
    Files.createFile(directory.resolve("empty.mv.db"));
    assertThatThrownBy(() -> Store.open(directory.resolve("empty")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is empty, and so damaged, not new")
        .hasMessageContaining("move it away");
    assertThat(directory.resolve("empty.mv.db")).isEmptyFile();
  }

  @Test
  void whatAnOlderReleaseLeftOpenIsClosedToOthers() throws Exception {
    Path file = directory.resolve("console.mv.db");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    end();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    start();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void theFirstPasswordsFileGoesOnceItWasUsed() throws Exception {
    Path file = directory.resolve("password");
    signIn("admin", "wrong");
    assertThat(file).exists();
    signIn("admin", password);
    assertThat(file).doesNotExist();
    assertThat(get("/account").statusCode()).isEqualTo(200);
  }

  @Test
  void usersAndSignInsSurviveARestart() throws Exception {
    signIn("admin", password);
    end();
    Store store = Store.open(directory.resolve("console"));
    FirstUser.create(store, directory.resolve("password"), Clock.systemUTC());
    var config =
        new ConsoleConfig(
            "127.0.0.1",
            0,
            directory.resolve("console"),
            List.of(directory.resolve("nobody.sock")),
            directory.resolve("password"),
            Optional.empty());
    console = Console.start(config, store, Clock.systemUTC());
    assertThat(get("/audit").statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> api(String secret) throws Exception {
    String credentials =
        Base64.getEncoder().encodeToString(("admin:" + secret).getBytes(StandardCharsets.UTF_8));
    return send(request("/api/v1/volumes").header("Authorization", "Basic " + credentials));
  }

  private String csrf(String path) throws Exception {
    Matcher matcher = CSRF.matcher(get(path).body());
    assertThat(matcher.find()).as("a form of %s has a token", path).isTrue();
    return matcher.group(1);
  }

  private HttpResponse<String> signIn(String user, String secret) throws Exception {
    HttpResponse<String> answer =
        post(
            "/sign-in",
            "user=" + user + "&password=" + URLEncoder.encode(secret, StandardCharsets.UTF_8));
    answer
        .headers()
        .firstValue("Set-Cookie")
        .ifPresent(set -> cookie = set.substring(0, set.indexOf(';')));
    return answer;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  private HttpResponse<String> post(String path, String form) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
  }

  private HttpRequest.Builder request(String path) {
    var builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + path));
    return cookie.isEmpty() ? builder : builder.header("Cookie", cookie);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return browser.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
