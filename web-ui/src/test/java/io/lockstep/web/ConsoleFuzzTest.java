package io.lockstep.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Wrong passwords, forms, JSON and bytes at a running console with a node behind it: each request
/// is answered, none with a fault of ours (500), and both processes live. `-Dlockstep.seed=N`
/// repeats a run, `-Dlockstep.long=true` sends a hundred times as many.
@Timeout(3600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("fuzz")
class ConsoleFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int TIMES = Boolean.getBoolean("lockstep.long") ? 100 : 1;
  private static final int FORMS = 100 * TIMES;
  private static final int REQUESTS = 40 * TIMES;
  private static final int BYTES = 300 * TIMES;
  private static final Pattern CSRF = Pattern.compile("name=\"csrf\" value=\"([0-9a-f]+)\"");

  private static final List<String> PATHS =
      List.of(
          "/volumes",
          "/volumes/vm1/resize",
          "/volumes/main/vm1/rename",
          "/volumes/vm2/delete",
          "/volumes/vm1/export",
          "/volumes/vm1/unexport",
          "/mirror/x/connect/a",
          "/mirror/%25/nonsense/z",
          "/volumes/%25%3C/export",
          "/account");

  private static final List<Map.Entry<String, String>> RIGHT =
      List.of(
          Map.entry("volumes", "{\"name\":\"vm1\",\"sizeBytes\":4194304}"),
          Map.entry("volumes/vm1/resize", "{\"sizeBytes\":8388608}"),
          Map.entry("volumes/vm2/rename", "{\"newName\":\"vm3\"}"),
          Map.entry("exports", "{\"volume\":\"vm1\",\"initiators\":[]}"),
          Map.entry("mirror/connect", "{\"node\":\"z\"}"));

  private static final List<String> FIELDS =
      List.of("name", "size", "newName", "confirm", "initiators", "shrink", "present", "fresh");

  private static final List<String> TEXTS =
      List.of(
          "",
          "vm1",
          "vm2",
          "4M",
          "+4M",
          "8M",
          "999999999999T",
          "-1",
          "1.5G",
          "../..",
          "Upper_Case+1",
          "<script>",
          "iqn.1993-08.org.debian:01:host",
          "a\0b\r\nc",
          "\u00e9\u20ac",
          "x".repeat(5000));

  private static final List<String> VALUES =
      List.of(
          "null",
          "[null]",
          "[]",
          "{}",
          "1.5",
          "-1",
          "1e999",
          "4194304",
          "99999999999999999999",
          "true",
          "\"\"",
          "\"vm1\"",
          "\"\\ud800\"",
          "\"" + "x".repeat(2000) + "\"",
          "[[[[",
          "");

  @TempDir static Path directory;
  private static RunningConsole console;
  private static String cookie;

  private final Random random = new Random(SEED);
  private static final HttpClient BROWSER =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  @BeforeAll
  static void start() throws Exception {
    console = new RunningConsole(directory);
    cookie = signIn();
  }

  @AfterAll
  static void stop() {
    BROWSER.close();
    console.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return BROWSER.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder form(String path, String fields) {
    return request(path)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(fields));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  /// Then whoever comes from here has to pause: what needs a password comes before.
  @Test
  @Order(2)
  void manyWrongPasswordsAtOnceAreAnsweredAndTheConsoleLives() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
    for (int guess = 0; guess < 64; guess++) {
      HttpRequest.Builder form = form("/sign-in", "user=user" + guess + "&password=wrong" + guess);
      guesses.add(BROWSER.sendAsync(form.build(), BodyHandlers.ofString()));
    }
    var answers = new TreeMap<Integer, Integer>();
    for (CompletableFuture<HttpResponse<String>> guess : guesses) {
      answers.merge(guess.join().statusCode(), 1, Integer::sum);
    }

    assertThat(answers.keySet()).isSubsetOf(403, 429, 503);
    assertThat(answers.getOrDefault(403, 0))
        .as("no more guesses at once than one after another, and one: %s", answers)
        .isBetween(Lockout.FAILURES_MAX, Lockout.FAILURES_MAX + 1);
    assertThat(send(request("/health")).body()).isEqualTo("ok");
    console.assertAlive("after 64 wrong passwords");
  }

  @Test
  void everyFormIsAnswered() throws Exception {
    String csrf = csrf();
    var answers = new TreeMap<Integer, Integer>();
    for (int round = 0; round < FORMS; round++) {
      StringBuilder fields = new StringBuilder("csrf=" + csrf);
      for (int field = random.nextInt(4); field >= 0; field--) {
        fields.append('&').append(FIELDS.get(random.nextInt(FIELDS.size())));
        fields.append('=').append(encoded(TEXTS.get(random.nextInt(TEXTS.size()))));
      }
      String path = PATHS.get(random.nextInt(PATHS.size()));

      int status = send(form(path, fields.toString()).header("Cookie", cookie)).statusCode();

      assertThat(status)
          .as("seed %d, round %d: %s %s", SEED, round, path, fields)
          .isIn(302, 400, 404, 409);
      answers.merge(status, 1, Integer::sum);
    }
    assertThat(answers).as("what was tried").containsKeys(302, 400, 409);
    assertThat(console.logged("console")).doesNotContain("was not answered");
    console.assertAlive("after " + answers);
  }

  private static String signIn() throws Exception {
    String fields = "user=admin&password=" + encoded(console.password());
    String set = send(form("/sign-in", fields)).headers().firstValue("Set-Cookie").orElseThrow();
    return set.substring(0, set.indexOf(';'));
  }

  private static String csrf() throws Exception {
    Matcher found = CSRF.matcher(send(request("/account").header("Cookie", cookie)).body());
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  @Test
  @Order(1)
  void everyRequestOfTheApiIsAnsweredAndNoneWithAFault() throws Exception {
    String basic =
        "Basic "
            + Base64.getEncoder().encodeToString(("admin:" + console.password()).getBytes(UTF_8));
    var answers = new TreeMap<Integer, Integer>();
    for (int round = 0; round < REQUESTS; round++) {
      Map.Entry<String, String> right = RIGHT.get(random.nextInt(RIGHT.size()));
      String path = right.getKey();
      String body = random.nextInt(3) == 0 ? right.getValue() : body();
      HttpRequest.Builder request =
          request("/api/v1/" + path)
              .header("Authorization", basic)
              .header("Content-Type", random.nextBoolean() ? "application/json" : "a/b; charset=no")
              .POST(BodyPublishers.ofString(body));

      HttpResponse<String> answer = send(request);

      assertThat(answer.statusCode())
          .as("seed %d, round %d: %s %s: %s", SEED, round, path, body, answer.body())
          .isIn(200, 201, 400, 404, 409);
      answers.merge(answer.statusCode(), 1, Integer::sum);
    }
    assertThat(answers).as("what was tried").containsKeys(200, 400, 404);
    console.assertAlive("after " + answers);
  }

  private String body() {
    List<String> fields = new ArrayList<>();
    for (int field = random.nextInt(3); field >= 0; field--) {
      String name =
          List.of("name", "sizeBytes", "newName", "volume", "initiators", "force", "shrink")
              .get(random.nextInt(7));
      fields.add("\"" + name + "\":" + VALUES.get(random.nextInt(VALUES.size())));
    }
    String body = "{" + String.join(",", fields) + "}";
    return random.nextInt(6) == 0 ? body.substring(0, random.nextInt(body.length())) : body;
  }

  @Test
  void noBytesEndTheConsole() throws Exception {
    byte[] sample =
        """
        POST /api/v1/volumes HTTP/1.1
        Host: x
        Authorization: Basic YTpi
        Content-Type: application/json; charset=utf-8
        Cookie: lockstep_sign_in=a
        Content-Length: 12
        Connection: close

        {"name":"a"}"""
            .replace("\n", "\r\n")
            .getBytes(ISO_8859_1);
    for (int round = 0; round < BYTES; round++) {
      byte[] bytes = sample.clone();
      for (int change = random.nextInt(8); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), console.port())) {
        socket.getOutputStream().write(bytes, 0, random.nextInt(bytes.length + 1));
      }
    }
    assertThat(send(request("/health")).body()).isEqualTo("ok");
    console.assertAlive("seed " + SEED);
  }
}
