package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.client.ControlClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The REST API before a real node: what the daemon answers is what comes, whichever verb it is.
@Tag("shell")
class ApiTest {
  @TempDir static Path directory;

  private static RunningConsole console;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws IOException {
    console = new RunningConsole(directory);
  }

  @AfterAll
  static void end() {
    console.close();
  }

  private static HttpResponse<String> ask(String method, String path, String body)
      throws Exception {
    String secret = "admin:" + console.password();
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + "/api" + path))
            .header(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString(secret.getBytes(UTF_8)))
            .method(method, BodyPublishers.ofString(body))
            .build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  /// Names that are not there and empty bodies: every verb is refused or answered, by the daemon.
  @Test
  void everyVerbIsPassedThrough() throws Exception {
    for (Verb<?, ?> verb : Requests.ALL) {
      boolean ends = verb.equals(Requests.STOP_NODE) || verb.equals(Requests.SHUT_DOWN_PAIR);
      if (ends || verb.place() == Verb.Place.STREAM || verb.place() == Verb.Place.NAMED) {
        continue;
      }
      String path = verb.path("none");
      ControlClient.Passed direct = console.client().pass(verb.method(), path, new byte[0]);
      HttpResponse<String> passed = ask(verb.method(), path, "");

      assertThat(passed.statusCode()).as("%s %s", verb.method(), path).isEqualTo(direct.status());
      if (!direct.isGood()) {
        assertThat(passed.body()).isEqualTo(new String(direct.body(), UTF_8));
        assertThat(passed.headers().firstValue("Content-Type"))
            .contains("application/problem+json");
      }
    }
  }

  @Test
  void aMirrorOfAnotherNameIsRefusedByTheDaemon() throws Exception {
    HttpResponse<String> refused = ask("POST", "/v1/mirror/demote", "{\"mirror\":\"other\"}");

    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(refused.body()).contains("this pair has no mirror");
  }

  @Test
  void whatIsCreatedIsSaid() throws Exception {
    HttpResponse<String> created =
        ask("POST", "/v1/volumes", "{\"name\":\"vm1\",\"sizeBytes\":4194304}");

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.body()).contains("\"name\":\"vm1\"", "\"iqn\":null");
    assertThat(ask("GET", "/v1/volumes", "").body()).contains("\"vm1\"");
  }

  /// The daemon's trail says for whom the console has asked, and from where.
  @Test
  void whoHasChangedSomethingIsInTheNodesTrail() throws Exception {
    ask("POST", "/v1/volumes", "{\"name\":\"vm2\",\"sizeBytes\":4194304}");
    String trail = ask("GET", "/v1/audit?search=vm2&limit=1", "").body();

    assertThat(trail)
        .contains("\"change\":\"volume create\"", "\"about\":\"vm2\"", "\"result\":\"done\"")
        .contains("\"actor\":\"admin\"", "\"from\":\"API 127.0.0.1\"");
    assertThat(ask("GET", "/v1/audit?limit=none", "").body()).contains("limit");
    assertThat(trail + console.logged("console") + console.logged("node"))
        .as("no password in trail or log")
        .doesNotContain(console.password());
  }

  @Test
  void whatIsNotThereTheDaemonSays() throws Exception {
    assertThat(ask("GET", "/v1/nothing", "").body()).contains("this daemon does not know it");
    assertThat(ask("PUT", "/v1/volumes", "").statusCode()).isEqualTo(405);
    assertThat(ask("POST", "/v1/volumes", "{\"nmae\":1}").body()).contains("nmae");
    HttpResponse<String> stream = ask("GET", "/v1/events", "");
    assertThat(stream.statusCode()).isEqualTo(404);
    assertThat(stream.body()).contains("passes no stream on");
  }
}
