package io.lockstep.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.LoggerFactory;

/// A program's log in a file of its own instead of its standard output: put aside by size, and only
/// so many are kept; `logback-file.xml` has both limits.
public final class LogFile {
  private static final String CONFIGURATION = "/logback-file.xml";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private LogFile() {}

  /// Writes the log there from now on.
  ///
  /// @throws IOException with a sentence, if it cannot be written
  public static void use(Path file) throws IOException {
    use(file, (LoggerContext) LoggerFactory.getILoggerFactory());
  }

  static void use(Path file, LoggerContext context) throws IOException {
    Path log = file.toAbsolutePath();
    try {
      if (!Files.exists(log)) {
        Files.createFile(log, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      }
      Files.setPosixFilePermissions(log, OWNER_ONLY);
    } catch (IOException e) {
      throw new IOException(
          "The log %s cannot be written (%s); correct log.file or the rights of its directory."
              .formatted(log, e.getClass().getSimpleName()),
          e);
    }
    URL configuration = LogFile.class.getResource(CONFIGURATION);
    if (configuration == null) {
      throw new IOException(CONFIGURATION + " is not among the program's jars");
    }
    context.reset();
    context.putProperty("lockstep.log.file", log.toString());
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(configuration);
    } catch (JoranException e) {
      throw new IOException(CONFIGURATION + " cannot be read: " + e.getMessage(), e);
    }
  }
}
