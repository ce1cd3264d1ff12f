package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Commands to a mirror that no node is known to serve.
@Timeout(60)
@Tag("shell")
final class UnservedMirrorTest {
  @TempDir private Path directory = Path.of("");

  private ServedNode secondary(String name) throws IOException {
    DemoLayout layout = new DemoLayout(directory);
    Files.createDirectories(layout.node(name));
    return new ServedNode(layout.controlSocket(name), name, false, LoopKind.EPOLL);
  }

  @Test
  void withoutANodeTheyAreRefusedAndNameTheChoice() throws IOException {
    try (ServedNode a = secondary("a");
        ServedNode b = secondary("b")) {
      assertThat(List.of(a.socket(), b.socket())).allMatch(Files::exists);
      for (String command : List.of("disconnect", "connect", "accept-loss", "promote", "demote")) {
        StringWriter err = new StringWriter();
        String[] words = {"mirror", command, "--dir", directory.toString()};
        int status = Main.run(words, new PrintWriter(new StringWriter()), new PrintWriter(err));
        assertThat(status).as(command).isEqualTo(ExitStatus.REFUSED);
        assertThat(err.toString())
            .isEqualTo(
                "Nothing was done: "
                    + (command.endsWith("mote")
                        ? "no node was named"
                        : "it is not known which node serves mirror k7x2ma")
                    + "; `lockstep"
                    + " mirror %s --dir %s --node a` (mirror k7x2ma is Secondary, UpToDate and"
                        .formatted(command, directory)
                    + " Connected there); or `lockstep mirror %s --dir %s --node b` (mirror"
                        .formatted(command, directory)
                    + " k7x2ma is Secondary, UpToDate and Connected there).\n");
      }
    }
  }
}
