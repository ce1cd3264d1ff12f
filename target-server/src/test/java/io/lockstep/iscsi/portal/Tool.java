package io.lockstep.iscsi.portal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs other people's programs, each with a deadline. A program that is missing fails the test and
/// says which Debian package has it.
public final class Tool {
  /// What a program did.
  public record Run(int status, String output) {}

  private Tool() {}

  public static Run run(String debianPackage, long secondsMax, String... command) {
    try {
      Path output = Files.createTempFile("tool", ".out");
      try {
        return new Run(start(debianPackage, secondsMax, output, command), read(output));
      } finally {
        Files.delete(output);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static int start(String debianPackage, long secondsMax, Path output, String... command) {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException missing) {
      throw new AssertionError(
          command[0] + " is not installed: apt-get install " + debianPackage, missing);
    }
    try {
      if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            List.of(command) + " did not end within " + secondsMax + " s:\n" + read(output));
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      throw new AssertionError("interrupted", interrupted);
    }
    return process.exitValue();
  }

  private static String read(Path output) {
    try {
      return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
