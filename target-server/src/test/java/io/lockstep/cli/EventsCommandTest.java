package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `lockstep mirror events` and a daemon that ends and comes back.
@Timeout(60)
@Tag("shell")
final class EventsCommandTest {
  @TempDir private Path directory = Path.of("");

  private ServedNode served(String name) throws IOException {
    DemoLayout layout = new DemoLayout(directory);
    Files.createDirectories(layout.node(name));
    return new ServedNode(layout.controlSocket(name), name, name.equals("a"), LoopKind.EPOLL);
  }

  private String[] events(String option) {
    return new String[] {
      "mirror", "events", option, "-o", "json", "--dir", directory.toString(),
    };
  }

  @Test
  void aDaemonThatGoesAwayIsLookedForAgainAndHasForgottenWhatWas() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    ServedNode other = served("b");
    try (ServedNode node = served("a")) {
      other.happens("Secondary", "Primary", 1_000);
      Thread following = Thread.ofPlatform().start(() -> follow(lines));
      assertThat(lines.poll(30, TimeUnit.SECONDS)).contains("\"atMillis\":1000");
      other.close();
      other = served("b");
      String line = null;
      for (long at = 2_000; line == null; at++) {
        other.happens("Primary", "Secondary", at);
        line = lines.poll(100, TimeUnit.MILLISECONDS);
      }
      assertThat(line).contains("\"to\":\"Secondary\"");
      following.interrupt();
      following.join();
      assertThat(node.client().status().nodes()).hasSize(2);
    } finally {
      other.close();
    }
    StringWriter out = new StringWriter();
    try (ServedNode again = served("b")) {
      Main.run(events("--mirror=k7x2ma"), new PrintWriter(out), new PrintWriter(out));
      assertThat(again.client().status().nodes()).hasSize(2);
    }
    assertThat(out.toString())
        .as("what it has told was in its memory only")
        .startsWith("[")
        .doesNotContain("atMillis");
  }

  private void follow(BlockingQueue<String> lines) {
    var out =
        new PrintWriter(new StringWriter()) {
          @Override
          public void println(@Nullable String line) {
            lines.add(String.valueOf(line));
          }
        };
    Main.run(events("--follow"), out, new PrintWriter(new StringWriter()));
  }
}
