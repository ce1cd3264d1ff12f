package io.lockstep.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.security.BasicAuthCredentials;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The REST API for programs: the resources of the control API under `/api/v1`, with HTTP Basic
/// authentication, the same answers and problems, and the same audit trail as the pages.
final class Api {
  private static final byte[] EMPTY_OBJECT = {'{', '}'};

  private final Daemons daemons;
  private final Guard guard;

  Api(Daemons daemons, Guard guard) {
    this.daemons = daemons;
    this.guard = guard;
  }

  void routes(RoutesConfig routes) {
    routes.before("/api/*", this::authenticate);
    routes.get("/api/v1/status", context -> read(context, ControlClient::status));
    routes.get("/api/v1/volumes", context -> read(context, ControlClient::volumes));
    routes.get("/api/v1/exports", context -> read(context, ControlClient::exports));
    routes.get("/api/v1/sessions", context -> read(context, ControlClient::sessions));
    routes.get("/api/v1/mirror", context -> read(context, ControlClient::mirrors));
    routes.get(
        "/api/v1/connect/{volume}",
        context -> read(context, client -> client.connect(context.pathParam("volume"))));
    routes.post("/api/v1/volumes", this::createVolume);
    routes.post("/api/v1/volumes/{name}/resize", this::resizeVolume);
    routes.post("/api/v1/volumes/{name}/rename", this::renameVolume);
    routes.delete(
        "/api/v1/volumes/{name}",
        context -> change(context, client -> client.deleteVolume(context.pathParam("name"))));
    routes.post("/api/v1/exports", this::createExport);
    routes.post("/api/v1/exports/{name}/change", this::changeExport);
    routes.delete(
        "/api/v1/exports/{volume}",
        context -> change(context, client -> client.deleteExport(context.pathParam("volume"))));
    routes.post("/api/v1/mirror/{verb}", this::mirror);
    routes.post("/api/v1/pair/shutdown", context -> change(context, ControlClient::shutDownPair));
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
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void createVolume(Context context) {
    withBody(
        context,
        Requests.CreateVolume.class,
        body ->
            change(
                context,
                client -> client.createVolume(text(body.name()), number(body.sizeBytes()))));
  }

  private void resizeVolume(Context context) {
    withBody(
        context,
        Requests.ResizeVolume.class,
        body ->
            change(
                context,
                client ->
                    client.resizeVolume(
                        context.pathParam("name"),
                        number(body.sizeBytes()),
                        Boolean.TRUE.equals(body.shrink()))));
  }

  private void renameVolume(Context context) {
    withBody(
        context,
        Requests.RenameVolume.class,
        body ->
            change(
                context,
                client -> client.renameVolume(context.pathParam("name"), text(body.newName()))));
  }

  private void createExport(Context context) {
    withBody(
        context,
        Requests.CreateExport.class,
        body -> {
          List<String> initiators = body.initiators();
          change(
              context,
              client ->
                  client.createExport(
                      text(body.volume()),
                      initiators == null ? List.of() : initiators,
                      body.writeCache()));
        });
  }

  private void changeExport(Context context) {
    withBody(
        context,
        Requests.ChangeExport.class,
        body -> change(context, client -> client.changeExport(context.pathParam("name"), body)));
  }

  private void mirror(Context context) {
    withBody(
        context,
        Requests.MirrorCommand.class,
        body -> change(context, client -> client.mirrorCommand(context.pathParam("verb"), body)));
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static long number(@Nullable Long value) {
    return value == null ? 0 : value;
  }

  private interface WithBody<T> {
    void run(T body);
  }

  private <T> void withBody(Context context, Class<T> type, WithBody<T> action) {
    try {
      byte[] body = context.bodyAsBytes();
      action.run(Json.readRequest(body.length == 0 ? EMPTY_OBJECT : body, type));
    } catch (Json.BadJsonException e) {
      answer(
          context,
          new Problem(
              400,
              "The request was not carried out",
              "its body is not what belongs here: " + e.getMessage(),
              "send the JSON that docs/control-api.yaml describes"));
    }
  }

  private void read(Context context, Daemons.Call<?> call) {
    try {
      Object result = daemons.read("api " + user(context), call::on);
      context.contentType("application/json").result(Json.bytes(result));
    } catch (ControlException e) {
      answer(context, e.problem());
    }
  }

  private void change(Context context, Daemons.Call<?> call) {
    String action = "api " + context.method() + " " + context.path();
    try {
      Object result = daemons.change("api " + user(context), call::on);
      guard.audit(user(context), context.ip(), action, "done");
      context.contentType("application/json").result(Json.bytes(result));
    } catch (ControlException e) {
      guard.audit(user(context), context.ip(), action, e.problem().sentence());
      answer(context, e.problem());
    }
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
