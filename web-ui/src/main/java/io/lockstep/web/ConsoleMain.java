package io.lockstep.web;

import io.lockstep.log.LogFile;
import io.lockstep.web.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;

/// `lockstep-console --config FILE`: starts the console and serves until it is told to end.
public final class ConsoleMain {
  /// What `--help` says.
  public static final String HELP =
      """
      usage: lockstep-console --config FILE
      Serves the web console of a pair until SIGTERM; the nodes do not need it.

        --config FILE  listen.host, listen.port, database.path, control.sockets and
                       first.password.file, see docs/configuration.md
      """;

  private ConsoleMain() {}

  public static void main(String[] arguments) {
    int status = run(arguments, System.out, System.err);
    if (status != 0) {
      System.exit(status);
    }
  }

  /// Starts the console; returns 0 once it serves or has told its usage, 1 if it cannot, 2 for
  /// wrong usage.
  static int run(String[] arguments, PrintStream out, PrintStream err) {
    if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
      out.print(HELP);
      return 0;
    }
    if (arguments.length != 2 || !arguments[0].equals("--config")) {
      err.println("usage: lockstep-console --config FILE; see lockstep-console --help");
      return 2;
    }
    try {
      ConsoleConfig config = ConsoleConfig.read(Path.of(arguments[1]));
      if (config.logFile().isPresent()) {
        LogFile.use(config.logFile().get());
      }
      Store store = Store.open(config.database());
      FirstUser.create(store, config.firstPasswordFile(), Clock.systemUTC());
      Console console = Console.start(config, store, Clock.systemUTC());
      Runtime.getRuntime().addShutdownHook(new Thread(console::close, "end"));
      out.println("The console serves http://" + config.host() + ":" + console.port());
      return 0;
    } catch (ConsoleConfig.BadConfigException | IOException e) {
      err.println(e.getMessage());
      return 1;
    } catch (io.javalin.util.JavalinException e) {
      err.println("The console cannot start: " + e.getMessage());
      return 1;
    }
  }
}
