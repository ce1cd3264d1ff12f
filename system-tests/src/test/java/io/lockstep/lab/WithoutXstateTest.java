package io.lockstep.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The filter in the kernel's bytes, and a program that lives under it.
@Tag("shell")
class WithoutXstateTest {
  private static final Duration END_MAX = Duration.ofSeconds(30);

  @Test
  void theFilterRefusesOneRequestOfOneSystemCall() {
    try (Arena arena = Arena.ofConfined()) {
      byte[] bytes = WithoutXstate.instructions(arena).toArray(ValueLayout.JAVA_BYTE);
      assertThat(HexFormat.ofDelimiter(" ").formatHex(bytes).replaceAll("(.{23}) ?", "$1\n"))
          .isEqualTo(
              """
              20 00 00 00 00 00 00 00
              15 00 00 05 65 00 00 00
              20 00 00 00 10 00 00 00
              15 00 00 03 04 42 00 00
              20 00 00 00 20 00 00 00
              15 00 00 01 02 02 00 00
              06 00 00 00 16 00 05 00
              06 00 00 00 00 00 ff 7f
              """);
    }
  }

  @Test
  void itBecomesTheProgramWithTheFilterInPlace() {
    assertThat(become("grep", "-E", "^(Seccomp|NoNewPrivs):", "/proc/self/status"))
        .isEqualTo(new Tool.Result(0, "NoNewPrivs:\t1\nSeccomp:\t2\n", ""));
    Tool.Result failed = become("no-such-program");
    assertThat(failed.status()).isNotZero();
    assertThat(failed.err()).contains("cannot execute no-such-program");
  }

  /// A test process that is killed must leave no guest behind.
  @Test
  void itEndsWithItsParent() {
    String script =
        """
        "$@" &
        until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
        echo $!
        """;
    Object[] command = command("sleep", "600");
    Object[] words = new Object[command.length + 4];
    words[0] = "bash";
    words[1] = "-c";
    words[2] = script;
    words[3] = "parent";
    System.arraycopy(command, 0, words, 4, command.length);
    long pid = Long.parseLong(Tool.run(words).strip());
    Tool.await(
        "the end of " + pid,
        END_MAX,
        () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  private static Tool.Result become(String... words) {
    return Tool.attempt(END_MAX, command(words));
  }

  private static Object[] command(String... words) {
    Object[] command = new Object[words.length + 5];
    command[0] = Path.of(System.getProperty("java.home"), "bin", "java");
    command[1] = "--enable-native-access=ALL-UNNAMED";
    command[2] = "-cp";
    command[3] = System.getProperty("java.class.path");
    command[4] = WithoutXstate.class.getName();
    System.arraycopy(words, 0, command, 5, words.length);
    return command;
  }
}
