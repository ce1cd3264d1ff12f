package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.web.store.Store;
import java.io.IOException;
import java.net.CookieManager;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A change of an export that is answered with a note: the page says it, once.
@Tag("shell")
class NotedChangeTest {
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]+)\"");
  private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");
  private static final String NOTE = "The other node has not read this within 3 s.";
  private static final ExportInfo EXPORT =
      new ExportInfo("vm1", "iqn.t:vm1", 0, List.of("10.0.0.1:3260"), List.of(), true, NOTE);

  @TempDir Path directory;
  private Console console;
  private ServerSocketChannel daemon;
  private final HttpClient browser =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NORMAL)
          .cookieHandler(new CookieManager())
          .build();

  @BeforeEach
  void start() throws Exception {
    Path socket = directory.resolve("a.sock");
    daemon = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    daemon.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
    Path password = directory.resolve("password");
    Store store = Store.open(directory.resolve("console"));
    FirstUser.create(store, password, Clock.systemUTC());
    var config =
        new ConsoleConfig("127.0.0.1", 0, directory.resolve("console"), List.of(socket), password);
    console = Console.start(config, store, Clock.systemUTC());
    String secret = URLEncoder.encode(Files.readString(password).strip(), UTF_8);
    assertThat(post("/sign-in", "user=admin&password=" + secret)).contains("Pair kite");
  }

  @AfterEach
  void end() throws IOException {
    console.close();
    daemon.close();
  }

  @Test
  void theNoteIsOnThePageThatComesNextAndOnlyThere() throws Exception {
    String csrf = "csrf=" + csrf();
    assertThat(post("/volumes/vm1/export", csrf)).contains("The volume is exported. " + NOTE);
    assertThat(page("/volumes/vm1")).doesNotContain(NOTE);
    assertThat(page("/volumes/vm1?notice=EXPORTED"))
        .contains("The volume is exported.")
        .doesNotContain(NOTE);
    assertThat(post("/volumes/vm1/write-cache", csrf + "&writeCache=off"))
        .contains("The write cache was switched. " + NOTE);
    assertThat(post("/volumes/vm1/unexport", csrf))
        .contains("The export of vm1 was deleted. " + NOTE);
  }

  private String csrf() throws Exception {
    Matcher found = CSRF.matcher(page("/account"));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  private String page(String path) throws Exception {
    var request = HttpRequest.newBuilder(uri(path)).build();
    return browser.send(request, BodyHandlers.ofString()).body();
  }

  private String post(String path, String form) throws Exception {
    var request =
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build();
    return browser.send(request, BodyHandlers.ofString()).body();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + console.port() + path);
  }

  // --- a daemon that knows one volume ---

  private void serve() {
    while (daemon.isOpen()) {
      try (SocketChannel channel = daemon.accept()) {
        byte[] body = Json.bytes(answer(head(channel)));
        String head = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(body.length);
        channel.write(ByteBuffer.wrap(head.getBytes(UTF_8)));
        channel.write(ByteBuffer.wrap(body));
      } catch (IOException e) {
        // The console went away, or the test has ended.
      }
    }
  }

  /// The request, read to its end.
  private static String head(SocketChannel channel) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(1 << 16);
    String text = "";
    while (!isWhole(text) && channel.read(read) >= 0) {
      text = new String(read.array(), 0, read.position(), UTF_8);
    }
    return text;
  }

  private static boolean isWhole(String text) {
    int end = text.indexOf("\r\n\r\n");
    Matcher length = LENGTH.matcher(text);
    return end >= 0
        && length.find()
        && text.length() >= end + 4 + Integer.parseInt(length.group(1));
  }

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
        List.of(),
        null);
  }
}
