package io.lockstep.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.staticfiles.Location;
import io.lockstep.web.store.Store;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The console's web server: routes, and what stands before all of them. Serves pages to people who
/// are signed in, the REST API to programs with a name and a password.
public final class Console implements AutoCloseable {
  /// The largest body of a request; forms are small.
  static final long REQUEST_BYTES_MAX = 64 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(Console.class);
  private static final Set<String> OPEN_TO_ALL = Set.of("/sign-in", "/health");

  private final Javalin server;
  private final Live live;
  private final Store store;

  private Console(Javalin server, Live live, Store store) {
    this.server = server;
    this.live = live;
    this.store = store;
  }

  /// Starts to serve.
  public static Console start(ConsoleConfig config, Store store, Clock clock) {
    var daemons = new Daemons(config.sockets(), clock);
    var live = new Live(daemons);
    var guard = new Guard(store, clock, config.firstPasswordFile());
    TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);
    var views = new Views(templates, daemons, store, live.lastEvents(), clock);
    Javalin server =
        Javalin.create(
            settings -> {
              settings.startup.showJavalinBanner = false;
              settings.http.maxRequestSize = REQUEST_BYTES_MAX;
              settings.staticFiles.enableWebjars();
              assets(settings);
              var forms = new Forms(guard, daemons);
              routes(settings.routes, new Pages(views, guard, forms), guard, live);
              new VolumePages(views, forms, daemons).routes(settings.routes);
              var errors = new Errors(views);
              errors.routes(settings.routes);
              settings.routes.beforeMatched(context -> requireSignIn(context, errors));
              new Api(daemons, guard).routes(settings.routes);
            });
    server.start(config.host(), config.port());
    live.start();
    LOG.info("the console serves at {}:{}", config.host(), server.port());
    return new Console(server, live, store);
  }

  private static void assets(JavalinConfig settings) {
    settings.staticFiles.add(
        files -> {
          files.hostedPath = "/assets";
          files.directory = "/assets";
          files.location = Location.CLASSPATH;
        });
  }

  private static void routes(RoutesConfig routes, Pages pages, Guard guard, Live live) {
    routes.before(Guard::headers);
    routes.before(guard::identify);
    routes.get("/health", context -> context.result("ok"));
    routes.get("/sign-in", pages::signInForm);
    routes.post("/sign-in", pages::signIn);
    routes.get("/sign-out", context -> context.redirect(WayBack.OVERVIEW));
    routes.post("/sign-out", pages::signOut);
    routes.get("/", pages::overview);
    routes.get("/live/overview", pages::liveOverview);
    routes.get("/mirror/{mirror}/{verb}/{node}", pages::confirm);
    routes.post("/mirror/{mirror}/{verb}/{node}", pages::mirror);
    routes.get("/pair/shutdown", pages::confirmShutDown);
    routes.post("/pair/shutdown", pages::shutDown);
    routes.get("/exports", pages::exports);
    routes.get("/sessions", pages::sessions);
    routes.get("/events", pages::events);
    routes.get("/audit", pages::audit);
    routes.get("/account", pages::account);
    routes.post("/account", pages::changePassword);
    routes.sse("/live/events", live::listen);
  }

  /// Pages need a sign-in, forms their token too. The REST API sees to itself; assets are open.
  private static void requireSignIn(Context context, Errors errors) {
    String path = context.path();
    boolean open =
        OPEN_TO_ALL.contains(path)
            || path.startsWith("/api/")
            || path.startsWith("/assets/")
            || path.startsWith("/webjars/");
    if (open) {
      return;
    }
    if (Guard.signIn(context).isEmpty()) {
      askToSignIn(context);
      context.skipRemainingHandlers();
    } else if (context.method().name().equals("POST") && !Guard.hasToken(context)) {
      errors.notOurForm(context);
      context.skipRemainingHandlers();
    }
  }

  /// An open page is left as a whole: what its script has asked for is no part of it any more.
  private static void askToSignIn(Context context) {
    String address = WayBack.signIn(context);
    if (WayBack.isOfOpenPage(context)) {
      context.status(401).header("HX-Redirect", address);
    } else {
      context.redirect(address);
    }
  }

  /// Where forms can be sent, as the routes have it; the REST API is no form.
  List<String> formPaths() {
    return server.unsafe.internalRouter.allHttpHandlers().stream()
        .map(parsed -> parsed.endpoint)
        .filter(endpoint -> endpoint.method.equals(HandlerType.POST))
        .map(endpoint -> endpoint.path)
        .filter(path -> !path.startsWith("/api/"))
        .toList();
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    live.close();
    server.stop();
    store.close();
    LOG.info("the console has ended");
  }
}
