package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.web.store.Store;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A console before a [FakeDaemon], and somebody without a browser who is signed in to it.
final class FakedConsole implements AutoCloseable {
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]+)\"");

  private final FakeDaemon daemon;
  private final Console console;
  private final String password;
  private final HttpClient client =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NORMAL)
          .cookieHandler(new CookieManager())
          .build();

  /// @param answers see [FakeDaemon]
  FakedConsole(Path directory, Function<String, Object> answers) throws Exception {
    Path socket = directory.resolve("a.sock");
    this.daemon = new FakeDaemon(socket, answers);
    Path file = directory.resolve("password");
    Store store = Store.open(directory.resolve("console"));
    FirstUser.create(store, file, Clock.systemUTC());
    this.password = Files.readString(file).strip();
    var config =
        new ConsoleConfig(
            "127.0.0.1", 0, directory.resolve("console"), List.of(socket), file, Optional.empty());
    this.console = Console.start(config, store, Clock.systemUTC());
    String form = "user=admin&password=" + URLEncoder.encode(password, UTF_8);
    assertThat(post("/sign-in", form).body()).contains("Overview");
  }

  String url() {
    return "http://127.0.0.1:" + console.port();
  }

  /// The password of `admin`.
  String password() {
    return password;
  }

  /// A page, where it leads in the end.
  HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  /// What a script of an open page gets that nobody is signed in to.
  HttpResponse<String> partForNobody(String path, String page) throws Exception {
    var request = request(path).header("HX-Request", "true").header("HX-Current-URL", page);
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  /// A form, and the page that comes after it.
  HttpResponse<String> post(String path, String form) throws Exception {
    var request =
        request(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path));
  }

  /// Where forms can be sent.
  List<String> formPaths() {
    return console.formPaths();
  }

  /// What a form of this sign-in carries.
  String token() throws Exception {
    Matcher found = CSRF.matcher(get("/account").body());
    assertThat(found.find()).isTrue();
    return "csrf=" + found.group(1);
  }

  /// Its daemon answers no more.
  void nodeEnds() throws IOException {
    daemon.close();
  }

  @Override
  public void close() throws IOException {
    console.close();
    daemon.close();
  }
}
