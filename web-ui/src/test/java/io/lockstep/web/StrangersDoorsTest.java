package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The console's doors for words of strangers: paths, queries, forms, headers and names. No word of
/// theirs becomes markup, turns a page's text around, or is a line of the log or of the audit
/// trail.
@Tag("shell")
class StrangersDoorsTest {
  private static final String FORGED = "2026-01-01T00:00:00.000+00:00 ERROR node: disk failed";
  private static final String PLANTED =
      "x\n" + FORGED + "\u001b[2K\u202e\r\"'><script>alert(1)</script>";
  private static final String ENCODED = URLEncoder.encode(PLANTED, UTF_8).replace("+", "%20");

  /// What a line of the log begins with.
  private static final String LINE =
      "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{3}[+-].*|  .*";

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final LoggerContext program = new LoggerContext();
  private Appender<ILoggingEvent> log;

  @TempDir Path directory;

  /// What the program would log, as it would write it.
  @BeforeEach
  void logAsProgram() throws Exception {
    program.putProperty("lockstep.log.file", directory.resolve("console.log").toString());
    var configurator = new JoranConfigurator();
    configurator.setContext(program);
    configurator.doConfigure(
        Objects.requireNonNull(Console.class.getResource("/logback-file.xml")));
    log = program.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("FILE");
    root.addAppender(log);
    ((Logger) LoggerFactory.getLogger("io.lockstep")).setLevel(Level.INFO);
  }

  @AfterEach
  void logAsBefore() {
    root.detachAppender(log);
    ((Logger) LoggerFactory.getLogger("io.lockstep")).setLevel(null);
    program.stop();
  }

  @Test
  void noDoorLetsAStrangerWriteOnAPageOrALine() throws Exception {
    try (var console = new FakedConsole(directory, StrangersDoorsTest::answer)) {
      for (String path : paths()) {
        assertHarmless(path, console.get(path));
      }
      String token = console.token();
      for (String path : console.formPaths()) {
        if (!path.equals("/sign-in") && !path.equals("/sign-out")) {
          String address = path.replace("{verb}", "promote").replaceAll("[{][a-z]+[}]", ENCODED);
          assertHarmless(address, console.post(address, token + fields()));
        }
      }
      assertHarmless("no token", console.post("/volumes/" + ENCODED + "/delete", fields()));
      console.partForNobody("/live/" + ENCODED, "http://x/" + ENCODED);
      strangersOnTheWire(console.url());
      assertHarmless("/sign-in", console.post("/sign-in", fields().substring(1)));
      assertHarmless("/audit", console.get("/audit"));
      assertThat(console.get("/audit").body()).contains("x\\n2026-01-01", "\\u001b[2K\\u202e");
    }
    List<String> lines = Files.readAllLines(directory.resolve("console.log"));
    assertThat(lines)
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).matches(LINE).doesNotStartWith("2026-01-01"))
        .noneMatch(line -> line.contains("\u001b") || line.contains("\u202e"));
  }

  private static List<String> paths() {
    String search = "?q=" + ENCODED + "&sort=" + ENCODED + "&page=" + ENCODED;
    return List.of(
        "/" + ENCODED,
        "/volumes/" + ENCODED,
        "/volumes/main/" + ENCODED,
        "/volumes/" + ENCODED + "/delete",
        "/mirror/main/promote/" + ENCODED,
        "/mirror/" + ENCODED + "/promote/a",
        "/mirror/main/" + ENCODED + "/a",
        "/live/" + ENCODED,
        "/assets/" + ENCODED,
        "/api/v1/" + ENCODED,
        "/volumes" + search,
        "/exports" + search,
        "/sessions" + search,
        "/events" + search,
        "/audit" + search + "&before=" + ENCODED,
        "/live/volumes" + search,
        "/?notice=" + ENCODED,
        "/" + ENCODED + "?" + ENCODED,
        "/sign-in?next=" + ENCODED);
  }

  private static String fields() {
    var form = new StringBuilder();
    for (String field :
        List.of(
            "user",
            "password",
            "next",
            "name",
            "size",
            "mirror",
            "newName",
            "confirm",
            "job",
            "initiators",
            "target",
            "lun",
            "writeCache",
            "present",
            "fresh",
            "again")) {
      form.append('&').append(field).append('=').append(ENCODED);
    }
    return form.toString();
  }

  /// A field of a form may hold what was typed into it: nothing gets out of that.
  private static void assertHarmless(String door, HttpResponse<String> answer) {
    String page = answer.body().replaceAll(" value=\"[^\"]*\"", "");
    assertThat(answer.statusCode()).as(door).isNotEqualTo(500);
    assertThat(page)
        .as(door)
        .doesNotContain("<script>alert")
        .doesNotContain("\u001b")
        .doesNotContain("\u202e");
    assertThat(answer.headers().map().values().toString())
        .as(door)
        .doesNotContain("\n")
        .doesNotContain("<script>");
  }

  /// What no client sends.
  private static void strangersOnTheWire(String url) throws IOException {
    int port = URI.create(url).getPort();
    String host = "Host: x\r\nConnection: close\r\n";
    send(port, "GET /" + PLANTED + " HTTP/1.1\r\n" + host + "\r\n");
    send(port, PLANTED + " / HTTP/1.1\r\n" + host + "\r\n");
    send(port, "GET / " + PLANTED + "\r\n" + host + "\r\n");
    send(port, "GET / HTTP/1.1\r\nHost: " + PLANTED + "\r\n\r\n");
    send(port, "GET /%zz%1b HTTP/1.1\r\n" + host + "\r\n");
    String escape = "\u001b[2K\u202e";
    send(
        port,
        "POST /sign-out HTTP/1.1\r\n"
            + host
            + "Referer: http://x/"
            + escape
            + "\r\nUser-Agent: "
            + escape
            + "\r\nCookie: lockstep_sign_in="
            + escape
            + "\r\nContent-Type: "
            + escape
            + "\r\nContent-Length: 0\r\n\r\n");
    // Without a colon between name and password: it was a fault of the program.
    send(port, "GET /api/v1/status HTTP/1.1\r\n" + host + "Authorization: Basic eBsK\r\n\r\n");
  }

  private static void send(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answer)
          .as(request)
          .doesNotStartWith("HTTP/1.1 500")
          .doesNotContain("<script>alert")
          .doesNotContain("\u001b");
    } catch (SocketException e) {
      // It was refused before all of it was read.
    }
  }

  private static Object answer(String request) {
    return request.startsWith("GET /v1/connect/") ? Pictures.connecting() : Pictures.healthy();
  }
}
