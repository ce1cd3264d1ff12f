package io.lockstep.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.LoggerFactory;

/// A program's log in a file of its own instead of its standard output: put aside by size, and only
/// so many are kept; `logback.xml` has both limits.
public final class LogFile {
  private static final String CONFIGURATION = "/logback.xml";

  private LogFile() {}

  /// Writes the log there from now on.
  ///
  /// @throws IOException with a sentence, if it cannot be written
  public static void use(Path file) throws IOException {
    Path log = file.toAbsolutePath();
    try {
      if (!Files.exists(log)) {
        Files.createFile(
            log,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
    } catch (IOException e) {
      throw new IOException(
          "The log %s cannot be written (%s); correct log.file or the rights of its directory."
              .formatted(log, e.getClass().getSimpleName()),
          e);
    }
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    context.putProperty("lockstep.log.file", log.toString());
    context.putProperty("lockstep.log.to", "FILE");
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    URL configuration = LogFile.class.getResource(CONFIGURATION);
    if (configuration == null) {
      throw new IOException(CONFIGURATION + " is not among the program's jars");
    }
    try {
      configurator.doConfigure(configuration);
    } catch (JoranException e) {
      throw new IOException(CONFIGURATION + " cannot be read: " + e.getMessage(), e);
    }
  }
}
