package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.SessionInfo;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What an administrator or a host asks for and must not get: one line that says what, why and what
/// to do, the right exit status, and everything as it was.
@Tag("scenario")
class BadInputTest {
  private static final long DISK_BYTES = 256 << 20;
  private static final String HOST = "iqn.2026-01.org.example:host";
  private static final String STRANGER = "iqn.2026-01.org.example:stranger";

  @RegisterExtension private final Pairs pairs = new Pairs();

  /// All are asked side by side, as by many administrators.
  @Test
  void everyRefusalSaysWhyAndChangesNothing() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    pair.lockstep("volume", "create", "vm1", "--size", "64M");
    pair.lockstep("volume", "create", "vm2", "--size", "64M");
    pair.lockstep("export", "create", "vm1");
    pair.lockstep("export", "create", "vm2", "--initiator", HOST);
    String url = pair.url(pair.primary(), pair.export("vm1").iqn());
    try (Session user = new Session(url)) {
      Tool.await("a session", Duration.ofSeconds(20), () -> !pair.status().sessions().isEmpty());
      List<String> known = picture(pair);

      List<Request> requests =
          List.of(
              refused("volume create big --size 10G", "not created", "free"),
              refused("volume create Bad_Name --size 64M", "not created", "a-z", "0-9"),
              refused("volume create vm1 --size 64M", "not created", "there is a volume vm1"),
              refused("volume resize vm1 --size 10G", "not resized", "free"),
              refused("volume resize vm2 --size 32M", "not resized", "--shrink"),
              refused("volume resize vm1 --size 32M --shrink", "not resized", user.name, "log out"),
              refused("volume rename vm2 vm1", "not renamed", "there is a volume vm1"),
              refused("volume delete vm1 --yes", "not deleted", user.name, "log out"),
              refused("volume delete vm2 --yes", "not deleted", "exported", "export delete"),
              refused("volume delete none --yes", "not deleted", "no volume of that name"),
              refused("export delete vm1", "not deleted", user.name, "log out"),
              refused("export create none", "not exported", "no volume of that name"),
              refused("export create vm1 --initiator nobody", "not exported", "\"nobody\""),
              refused("mirror promote --node c", "Nothing was done", "\"c\""),
              refused("volume delete vm2", "not deleted", "no terminal", "--yes"),
              wrong("volume create vm3 --size 3parsecs", "--size 3parsecs", "not a size"),
              wrong("volume create vm3", "--size"),
              wrong("volume explode vm3", "explode"));
      requests.parallelStream().forEach(one -> one.askedOf(pair));

      assertThat(picture(pair)).isEqualTo(known);
    }
  }

  @Test
  void anInitiatorThatIsNotAllowedNeitherSeesNorReachesTheVolume() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    pair.lockstep("volume", "create", "vm2", "--size", "64M");
    pair.lockstep("export", "create", "vm2", "--initiator", HOST);
    String iqn = pair.export("vm2").iqn();
    for (String node : Pair.NODES) {
      String portal = "iscsi://127.0.0.1:" + (pair.basePort() + Pair.NODES.indexOf(node));
      assertThat(Tool.run("iscsi-ls", "-i", HOST, portal)).contains(iqn);
      assertThat(Tool.run("iscsi-ls", "-i", STRANGER, portal)).doesNotContain(iqn);
      Tool.Result stranger = inquiry(STRANGER, pair.url(node, iqn));
      assertThat(stranger.status()).isNotZero();
      assertThat(stranger.all()).as("RFC 7143 11.13.5, status 0202").contains("(514)");
      assertThat(inquiry(HOST, pair.url(node, iqn)).all())
          .as("the host is let in; the Secondary is in standby")
          .contains(node.equals(pair.primary()) ? "LOCKSTEP" : "NOT READY(2) ASCQ:(null)(0x040b)");
    }
  }

  /// By libiscsi's own tools: one host reads all the time, another one knocks at both portals.
  @Test
  void whoeverIsTakenAwayIsCutOffAndWhoeverIsAddedComesIn() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    pair.lockstep("volume", "create", "vm1", "--size", "64M");
    pair.lockstep("export", "create", "vm1", "--initiator", HOST);
    String iqn = pair.export("vm1").iqn();
    String serving = pair.url(pair.primary(), iqn);
    try (Reader reader = new Reader(serving)) {
      Tool.await("its session", Duration.ofSeconds(20), () -> sessions(pair, HOST).size() == 1);
      List<SessionInfo> before = sessions(pair, HOST);
      assertThat(pair.lockstep("session", "list"))
          .contains(HOST, before.getFirst().remoteAddress());

      refused("export set vm1 --initiator " + STRANGER, "not changed", HOST + " at node", "--yes")
          .askedOf(pair);
      assertThat(letIn(pair, iqn)).containsExactly(HOST, HOST);

      pair.lockstep("export", "set", "vm1", "--initiator", HOST, "--initiator", STRANGER);
      assertThat(letIn(pair, iqn)).containsExactlyInAnyOrder(HOST, HOST, STRANGER, STRANGER);
      assertThat(inquiry(STRANGER, serving).all()).contains("LOCKSTEP");
      assertThat(reader.reads()).as("all that did not touch it").isTrue();
      assertThat(sessions(pair, HOST)).isEqualTo(before);

      pair.lockstep("export", "set", "vm1", "--initiator", STRANGER, "--yes");
      assertThat(sessions(pair, HOST)).as("when the answer has come").isEmpty();
      assertThat(reader.awaitEnd()).as("its reads have failed").isNotZero();
      assertThat(letIn(pair, iqn)).containsExactly(STRANGER, STRANGER);
      assertThat(inquiry(HOST, serving).all()).contains("(514)");
      assertThat(inquiry(STRANGER, serving).all()).contains("LOCKSTEP");
    }
  }

  private static List<SessionInfo> sessions(Pair pair, String initiator) {
    return pair.status().sessions().stream()
        .filter(session -> session.initiator().equals(initiator))
        .toList();
  }

  /// Whom each of the portals shows the target to, and lets in.
  private static List<String> letIn(Pair pair, String iqn) {
    List<String> names = new ArrayList<>();
    for (String node : Pair.NODES) {
      String portal = "iscsi://127.0.0.1:" + (pair.basePort() + Pair.NODES.indexOf(node));
      for (String initiator : List.of(HOST, STRANGER)) {
        boolean shown = Tool.run("iscsi-ls", "-i", initiator, portal).contains(iqn);
        boolean refused = inquiry(initiator, pair.url(node, iqn)).all().contains("(514)");
        assertThat(refused).as(initiator + " at " + node).isNotEqualTo(shown);
        if (shown) {
          names.add(initiator);
        }
      }
    }
    return names;
  }

  private static Tool.Result inquiry(String initiator, String url) {
    return Tool.attempt(Duration.ofSeconds(20), "iscsi-inq", "-i", initiator, url);
  }

  private static Request refused(String words, String... parts) {
    return new Request(words, 1, List.of(parts));
  }

  private static Request wrong(String words, String... parts) {
    return new Request(words, 2, List.of(parts));
  }

  /// A command that must end with a status, and one line that contains these parts.
  private record Request(String words, int status, List<String> parts) {
    void askedOf(Pair pair) {
      Tool.Result result = pair.attempt(words.split(" "));
      assertThat(result.status()).as(words + ": " + result.all()).isEqualTo(status);
      assertThat(result.err().strip()).as(words).contains(parts).hasLineCount(1);
      assertThat(result.out()).as(words).isEmpty();
    }
  }

  /// Volumes, exports and sessions as the daemons tell them, and what stands on the disks.
  private static List<String> picture(Pair pair) throws IOException {
    return List.of(
        pair.lockstep("volume", "list", "-o", "json"),
        pair.lockstep("export", "list", "-o", "json"),
        pair.lockstep("session", "list", "-o", "json"),
        pair.sha256OfReplicatedSpace("a"),
        pair.sha256OfReplicatedSpace("b"));
  }

  /// A host that reads until it cannot any more, and does not log in a second time.
  private static final class Reader implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(30);

    private final Process initiator;

    Reader(String url) throws IOException {
      initiator =
          new ProcessBuilder("iscsi-perf", "-i", HOST, "-m", "4", "-b", "8", "-x", "0", url)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    }

    boolean reads() {
      return initiator.isAlive();
    }

    /// @return its exit status
    int awaitEnd() {
      Tool.await("the end of the reads", END_MAX, () -> !initiator.isAlive());
      return initiator.exitValue();
    }

    @Override
    public void close() {
      initiator.destroyForcibly();
    }
  }

  /// A host that is logged in.
  private static final class Session implements AutoCloseable {
    private final String name = "iqn.2008-11.org.linux-kvm";
    private final Process initiator;

    Session(String url) throws IOException {
      initiator = new ProcessBuilder("qemu-io", "-f", "raw", url).start();
    }

    @Override
    public void close() {
      initiator.destroyForcibly();
    }
  }
}
