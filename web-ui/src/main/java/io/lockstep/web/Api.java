package io.lockstep.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.security.BasicAuthCredentials;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The REST API for programs: the control API under `/api/v1`, passed through to a daemon, with
/// HTTP Basic authentication. Which verbs there are, and what is
/// wrong with a request, the daemon says.
final class Api {
  private final Daemons daemons;
  private final Guard guard;

  Api(Daemons daemons, Guard guard) {
    this.daemons = daemons;
    this.guard = guard;
  }

  void routes(RoutesConfig routes) {
    routes.before("/api/*", this::authenticate);
    routes.get("/api/v1/*", this::pass);
    routes.post("/api/v1/*", this::pass);
    routes.put("/api/v1/*", this::pass);
    routes.patch("/api/v1/*", this::pass);
    routes.delete("/api/v1/*", this::pass);
  }

  private void authenticate(Context context) {
    BasicAuthCredentials given = credentials(context);
    Guard.Attempt attempt =
        given == null
            ? Guard.Attempt.WRONG
            : guard.check(given.getUsername(), given.getPassword(), context.ip());
    if (attempt == Guard.Attempt.GOOD) {
      context.attribute("api-user", Objects.requireNonNull(given).getUsername());
      return;
    }
    if (attempt == Guard.Attempt.WRONG) {
      context.header("WWW-Authenticate", "Basic realm=\"lockstep\", charset=\"UTF-8\"");
    }
    answer(
        context,
        Guard.refusal(
            attempt,
            "The request was not carried out",
            "send a user's name and password (HTTP Basic)"));
    context.skipRemainingHandlers();
  }

  /// What the request says in its header; null if it says nothing that can be read.
  private static @Nullable BasicAuthCredentials credentials(Context context) {
    try {
      return context.basicAuthCredentials();
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return null; // It is no base64, or has no colon between a name and a password.
    }
  }

  /// Hands the request to a daemon as the user who signed it, and the answer back as it came.
  private void pass(Context context) {
    String method = context.method().name();
    String path = context.req().getRequestURI().substring("/api".length());
    Optional<Verb<?, ?>> verb = Requests.find(method, path);
    if (verb.isPresent() && verb.get().place() == Verb.Place.STREAM) {
      answer(
          context,
          new Problem(
              404, "No events", "the console passes no stream on", "ask a node's own socket"));
      return;
    }
    byte[] body = context.bodyAsBytes();
    @Nullable String query = context.queryString();
    String target = query == null ? path : path + "?" + query;
    if (!target.matches("[!-~]+")) {
      answer(
          context, new Problem(400, "The request was not carried out", "no URI", "see RFC 3986"));
      return;
    }
    Daemons.Call<ControlClient.Passed> call = client -> client.pass(method, target, body);
    var asker = new Daemons.Asker(user(context), "API " + context.ip());
    boolean changes = !method.equals("GET");
    try {
      ControlClient.Passed passed =
          changes ? daemons.change(asker, call) : daemons.read(asker, call);
      context.status(passed.status());
      context.contentType(passed.isGood() ? "application/json" : Problem.MEDIA_TYPE);
      context.result(passed.body());
    } catch (ControlException e) {
      if (changes && e.isUnreachable()) {
        audit(context, e.problem().sentence());
      }
      answer(context, e.problem());
    }
  }

  /// What no daemon has answered is in no trail but the console's.
  private void audit(Context context, String result) {
    guard.audit(
        user(context), context.ip(), "API " + context.method() + " " + context.path(), result);
  }

  private static void answer(Context context, Problem problem) {
    context.status(problem.status() >= 400 ? problem.status() : 503);
    context.contentType(Problem.MEDIA_TYPE).result(Json.bytes(problem));
  }

  private static String user(Context context) {
    String user = context.attribute("api-user");
    return user == null ? "" : user;
  }
}
