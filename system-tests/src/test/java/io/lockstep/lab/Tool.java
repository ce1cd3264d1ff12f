package io.lockstep.lab;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// Runs a program to its end, with a deadline, and waits for conditions.
public final class Tool {
  /// How a program ended and what it said.
  public record Result(int status, String out, String err) {
    public String all() {
      return out + err;
    }
  }

  private Tool() {}

  /// Runs a program that must succeed.
  public static String run(Object... command) {
    Result result = attempt(Duration.ofSeconds(120), command);
    if (result.status() != 0) {
      throw new AssertionError(List.of(command) + " ended with " + result);
    }
    return result.out();
  }

  /// Runs a program that may fail; one that does not end in time is killed and fails the test.
  public static Result attempt(Duration deadline, Object... command) {
    List<String> words = List.of(command).stream().map(String::valueOf).toList();
    try {
      Path out = Files.createTempFile("lockstep-tool", ".out");
      Path err = Files.createTempFile("lockstep-tool", ".err");
      Process process =
          new ProcessBuilder(words)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      Result result = new Result(process.exitValue(), text(out), text(err));
      Files.delete(out);
      Files.delete(err);
      if (!ended) {
        throw new AssertionError(words + " did not end in " + deadline + ": " + result);
      }
      return result;
    } catch (IOException e) {
      throw new AssertionError(
          words.getFirst() + " cannot be run; ./check installs what .ci/packages lists", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Hands a text to a program that ends by itself at a deadline, and takes what it says, on both
  /// outputs, until that matches a pattern or ends. Then the program is ended, with what it has
  /// started.
  static String talk(List<String> command, String text, Pattern end) {
    StringBuilder said = new StringBuilder();
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (Writer in = process.outputWriter();
          Reader out = process.inputReader()) {
        hand(text, in);
        char[] piece = new char[4096];
        for (int length = 0; length >= 0 && !end.matcher(said).find(); ) {
          length = out.read(piece);
          said.append(piece, 0, Math.max(length, 0));
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      return said.toString();
    } catch (IOException e) {
      throw new AssertionError(
          command.getFirst() + " cannot be run; ./check installs what .ci/packages lists", e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// A program that ends without having read it has said why.
  private static void hand(String text, Writer in) {
    try {
      in.write(text);
      in.close();
    } catch (IOException _) {
      // its output tells
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  /// Waits until the condition holds; fails with its name after the deadline.
  public static void await(String what, Duration deadline, BooleanSupplier condition) {
    await(() -> what, deadline, condition);
  }

  public static void await(Supplier<String> what, Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + deadline + ": " + what.get());
      }
      pause(Duration.ofMillis(100));
    }
  }

  /// Lets others run for a time that the dice chose; nobody may hope that something is done by
  /// then.
  public static void pause(Duration time) {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
