package io.lockstep.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log in a file of its own: whose it is, and how much of it is kept.
@Tag("unit")
final class LogFileTest {
  @TempDir private Path directory = Path.of("");

  private final LoggerContext context = new LoggerContext();

  @BeforeEach
  void start() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  @AfterEach
  void stop() {
    context.stop();
  }

  @Test
  void itIsPutAsideAtEightMebibytesAndFiveAreKept() throws IOException {
    Path file = directory.resolve("daemon.log");
    LogFile.use(file, context);
    var appender = (RollingFileAppender<?>) context.getLogger("ROOT").getAppender("FILE");
    var sizes = (SizeBasedTriggeringPolicy<?>) appender.getTriggeringPolicy();
    assertThat(sizes.getMaxFileSize().getSize()).isEqualTo(8L << 20);
    assertThat(((FixedWindowRollingPolicy) appender.getRollingPolicy()).getMaxIndex()).isEqualTo(5);

    sizes.setCheckIncrement(Duration.buildByMilliseconds(0));
    sizes.start();
    assertThat(sizes.isTriggeringEvent(sized((8 << 20) - 1), null)).isFalse();
    assertThat(sizes.isTriggeringEvent(sized(8 << 20), null)).isTrue();
    var log = context.getLogger("io.lockstep.Test");
    for (int times = 1; times <= 7; times++) {
      log.info("before {}", times);
      appender.rollover();
    }
    log.info("at last");
    assertThat(names())
        .containsExactlyInAnyOrder(
            "daemon.log",
            "daemon.log.1",
            "daemon.log.2",
            "daemon.log.3",
            "daemon.log.4",
            "daemon.log.5",
            "sized");
    assertThat(file).content().hasLineCount(1).contains("at last");
    assertThat(directory.resolve("daemon.log.1")).content().contains("before 7");
    assertThat(directory.resolve("daemon.log.5")).content().contains("before 3");
  }

  private File sized(long bytes) throws IOException {
    try (var file = new RandomAccessFile(directory.resolve("sized").toFile(), "rw")) {
      file.setLength(bytes);
    }
    return directory.resolve("sized").toFile();
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    return names;
  }

  @Test
  void itIsForItsOwnerOnly() throws IOException {
    Path file = directory.resolve("daemon.log");
    Files.writeString(file, "");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    LogFile.use(file, context);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whereItCannotBeWrittenASentenceSaysSo() throws IOException {
    Path noDirectory = directory.resolve("a-file");
    Files.writeString(noDirectory, "");
    assertThatThrownBy(() -> LogFile.use(noDirectory.resolve("daemon.log"), context))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("The log " + noDirectory.resolve("daemon.log"))
        .hasMessageContaining("correct log.file or the rights of its directory");
  }
}
