package io.lockstep.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

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
    return attemptWithInput(deadline, "", command);
  }

  /// The same, with a text on the program's standard input.
  static Result attemptWithInput(Duration deadline, String input, Object... command) {
    List<String> words = List.of(command).stream().map(String::valueOf).toList();
    try {
      Path in = Files.writeString(Files.createTempFile("lockstep-tool", ".in"), input);
      Path out = Files.createTempFile("lockstep-tool", ".out");
      Path err = Files.createTempFile("lockstep-tool", ".err");
      Process process =
          new ProcessBuilder(words)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      Result result = new Result(process.exitValue(), text(out), text(err));
      Files.delete(in);
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
