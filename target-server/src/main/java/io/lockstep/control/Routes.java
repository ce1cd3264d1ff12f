package io.lockstep.control;

import io.lockstep.control.NodeControl.MirrorVerb;
import io.lockstep.control.Route.Place;
import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Requests;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Every route there is, one line each. A test holds `docs/control-api.yaml` against this table.
final class Routes {
  /// What the API offers.
  static final List<Route> ALL =
      List.of(
          new Route("GET", "/v1/status", Place.HERE, (node, _, done) -> ok(done, node.status())),
          new Route("GET", "/v1/events", Place.STREAM, Routes::stream),
          new Route("GET", "/v1/volumes", Place.HERE, Routes::volumes),
          new Route("POST", "/v1/volumes", Place.PRIMARY, Routes::createVolume),
          new Route("DELETE", "/v1/volumes/{name}", Place.PRIMARY, Routes::deleteVolume),
          new Route("POST", "/v1/volumes/{name}/resize", Place.PRIMARY, Routes::resizeVolume),
          new Route("POST", "/v1/volumes/{name}/rename", Place.PRIMARY, Routes::renameVolume),
          new Route("GET", "/v1/exports", Place.HERE, Routes::exports),
          new Route("POST", "/v1/exports", Place.PRIMARY, Routes::createExport),
          new Route("POST", "/v1/exports/{name}/change", Place.PRIMARY, Routes::changeExport),
          new Route("DELETE", "/v1/exports/{name}", Place.PRIMARY, Routes::deleteExport),
          new Route("GET", "/v1/sessions", Place.HERE, Routes::sessions),
          new Route("GET", "/v1/mirror", Place.HERE, (node, _, done) -> ok(done, node.mirrors())),
          mirror("promote", MirrorVerb.PROMOTE),
          mirror("demote", MirrorVerb.DEMOTE),
          mirror("disconnect", MirrorVerb.DISCONNECT),
          mirror("connect", MirrorVerb.CONNECT),
          mirror("accept-loss", MirrorVerb.ACCEPT_LOSS),
          new Route("POST", "/v1/node/stop", Place.HERE, Routes::stopNode),
          new Route("POST", "/v1/pair/shutdown", Place.PRIMARY, Routes::shutDownPair),
          new Route("GET", "/v1/connect/{name}", Place.HERE, Routes::connect));

  private Routes() {}

  /// A route and the name in the path.
  record Match(Route route, String name) {}

  static Optional<Match> find(String method, String path) {
    for (Route route : ALL) {
      Optional<String> name = route.match(path);
      if (name.isPresent() && route.method().equals(method)) {
        return Optional.of(new Match(route, name.get()));
      }
    }
    return Optional.empty();
  }

  /// The methods that `path` has, to tell "no such thing" from "not with that method".
  static List<String> methods(String path) {
    return ALL.stream().filter(r -> r.match(path).isPresent()).map(Route::method).toList();
  }

  private static Route mirror(String word, MirrorVerb verb) {
    return new Route(
        "POST",
        "/v1/mirror/" + word,
        Place.NAMED,
        (node, call, done) ->
            call.with(
                Requests.MirrorCommand.class, done, body -> node.mirrorCommand(verb, body, done)));
  }

  private static void ok(Consumer<Answer> done, Object body) {
    done.accept(Answer.ok(body));
  }

  private static void stream(NodeControl node, Call call, Consumer<Answer> done) {
    done.accept(
        Answer.failed("No events", "a stream cannot be passed on", "ask the node's own socket"));
  }

  private static void volumes(NodeControl node, Call call, Consumer<Answer> done) {
    ok(done, node.status().volumes());
  }

  private static void createVolume(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(Requests.CreateVolume.class, done, body -> node.createVolume(body, done));
  }

  private static void resizeVolume(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(
        Requests.ResizeVolume.class, done, body -> node.resizeVolume(call.name(), body, done));
  }

  private static void renameVolume(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(
        Requests.RenameVolume.class, done, body -> node.renameVolume(call.name(), body, done));
  }

  private static void deleteVolume(NodeControl node, Call call, Consumer<Answer> done) {
    node.deleteVolume(call.name(), done);
  }

  private static void exports(NodeControl node, Call call, Consumer<Answer> done) {
    ok(done, node.status().exports());
  }

  private static void createExport(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(Requests.CreateExport.class, done, body -> node.createExport(body, done));
  }

  private static void changeExport(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(
        Requests.ChangeExport.class, done, body -> node.changeExport(call.name(), body, done));
  }

  private static void deleteExport(NodeControl node, Call call, Consumer<Answer> done) {
    node.deleteExport(call.name(), done);
  }

  private static void sessions(NodeControl node, Call call, Consumer<Answer> done) {
    ok(done, node.status().sessions());
  }

  private static void stopNode(NodeControl node, Call call, Consumer<Answer> done) {
    call.with(Requests.StopNode.class, done, body -> node.stopNode(body, done));
  }

  private static void shutDownPair(NodeControl node, Call call, Consumer<Answer> done) {
    node.shutDownPair(done);
  }

  private static void connect(NodeControl node, Call call, Consumer<Answer> done) {
    Optional<ExportInfo> export =
        node.status().exports().stream().filter(e -> e.volume().equals(call.name())).findFirst();
    if (export.isEmpty()) {
      done.accept(
          Answer.notFound(
              "No way to connect to " + call.name(),
              "no volume of that name is exported",
              "export it with `lockstep export create " + call.name() + "`"));
      return;
    }
    ConnectInfo recipes = Recipes.of(export.get());
    ok(done, recipes);
  }
}
