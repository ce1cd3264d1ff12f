package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.time.Duration;

/// A host at a LUN, through `qemu-io` and libiscsi, for a few bytes at a time. Every command must
/// say that it moved all its bytes, and nothing may stand on standard error: `qemu-io` reports some
/// failures, that of a flush among them, nowhere else.
final class Host {
  private static final Duration DEADLINE = Duration.ofSeconds(120);

  private Host() {}

  /// Fills a range with a byte and flushes.
  static void write(String url, int pattern, long offset, long length) {
    String command = "write -P %d %d %d".formatted(pattern, offset, length);
    run(url, moved("wrote", offset, length), "-c", command, "-c", "flush");
  }

  /// Reads a range, each byte of which must be the given one.
  static void verify(String url, int pattern, long offset, long length) {
    String command = "read -P %d %d %d".formatted(pattern, offset, length);
    run(url, moved("read", offset, length), "-r", "-c", command);
  }

  private static String moved(String verb, long offset, long length) {
    return "%s %d/%d bytes at offset %d\n".formatted(verb, length, length, offset);
  }

  private static void run(String url, String expected, String... commands) {
    Object[] words = new Object[commands.length + 6];
    words[0] = "qemu-io";
    words[1] = "-f";
    words[2] = "raw";
    words[3] = "-t";
    words[4] = "writeback";
    System.arraycopy(commands, 0, words, 5, commands.length);
    words[words.length - 1] = url;
    Tool.Result result = Tool.attempt(DEADLINE, words);
    assertThat(result.status()).as("exit status: %s", result).isZero();
    assertThat(result.err()).as("standard error of %s", result).isEmpty();
    // The line with the count, the one with the rate, and nothing else.
    assertThat(result.out()).startsWith(expected).hasLineCount(2);
  }
}
