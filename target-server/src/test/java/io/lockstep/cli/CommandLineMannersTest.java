package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.ByteSize;
import io.lockstep.block.Check;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import io.lockstep.control.client.Sizes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What holds for every command, whatever it does: its exit status, how it refuses, which daemon it
/// finds, what it asks before, and how it takes and gives sizes.
@Timeout(60)
@Tag("shell")
final class CommandLineMannersTest {
  @TempDir private Path directory = Path.of("");
  private @Nullable ServedNode served;

  @BeforeEach
  void start() {
    served = new ServedNode(directory.resolve("control.sock"), "a", true, LoopKind.EPOLL);
  }

  @AfterEach
  void stop() {
    node().close();
  }

  private ServedNode node() {
    return Check.present(served, "the node was started");
  }

  private record Outcome(int status, String out, String err) {}

  private Outcome run(String... words) {
    List<String> arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--socket", node().socket().toString()));
    return runAsIs(arguments.toArray(String[]::new));
  }

  private static Outcome runAsIs(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(words, new PrintWriter(out), new PrintWriter(err));
    return new Outcome(status, out.toString(), err.toString());
  }

  @Test
  void underJsonARefusalIsAnObjectOnStandardError() {
    Outcome refused = run("volume", "resize", "vm9", "--size", "+1G", "-o", "json");
    assertThat(refused.status).isEqualTo(1);
    assertThat(refused.out).isEmpty();
    JsonNode said = JsonMapper.shared().readTree(refused.err);
    assertThat(said.propertyNames()).containsExactly("what", "why", "action");
    assertThat(said.get("what").asString()).isEqualTo("Volume vm9 was not resized");

    Outcome again = run("mirror", "promote", "--node", "b", "--mirror", "other", "-ojson");
    assertThat(JsonMapper.shared().readTree(again.err).get("why").asString())
        .isEqualTo("this pair has no mirror \"other\"");

    Outcome wrong = run("volume", "create", "vm1", "--output=json");
    assertThat(wrong.status).isEqualTo(2);
    assertThat(wrong.out).isEmpty();
    assertThat(JsonMapper.shared().readTree(wrong.err).get("why").asString()).contains("--size");
  }

  @Test
  void nothingIsDeletedWhereNobodyCanBeAsked() {
    run("volume", "create", "vm1", "--size", "256M");

    assertThat(run("volume", "delete", "vm1"))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "Volume vm1 was not deleted: nobody is there to be asked (no terminal); give --yes"
                    + " if it is meant so.\n"));
    assertThat(run("volume", "list").out).contains("vm1");
    assertThat(run("volume", "delete", "vm1", "--yes"))
        .isEqualTo(new Outcome(0, "Volume vm1 was deleted.\n", ""));
  }

  @Test
  void whoeverIsAskedTypesTheName() {
    Asking.Person right = _ -> " vm1 ";
    Asking.Person wrong = _ -> "vm2";
    Asking.Person gone = _ -> null;

    new Asking(Optional.of(right)).confirm("Nothing was deleted", "It will be gone.", "vm1");
    for (Asking.Person person : List.of(wrong, gone)) {
      assertThatThrownBy(
              () -> new Asking(Optional.of(person)).confirm("Nothing was deleted", "", "vm1"))
          .hasMessage("Nothing was deleted: \"vm1\" was not typed.");
    }
  }

  @Test
  void anInstalledNodeIsFoundWhereNothingElseIsNamed() {
    assertThat(Path.of(Where.DIRECTORY_DEFAULT)).doesNotExist();

    Outcome outcome = runAsIs("volume", "list");

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.err)
        .startsWith("The daemon did not answer: ")
        .contains("/run/lockstep/control.sock")
        .doesNotContain("/v1/");
    assertThat(runAsIs("status", "--help").out).contains("/run/lockstep/control.sock");
  }

  @Test
  void aDemoOfTooSmallDisksIsRefusedAndNamesTheSmallest() throws java.io.IOException {
    Path demo = directory.resolve("demo");

    Outcome outcome = runAsIs("demo", "--size", "1K", "--dir", demo.toString());

    String smallest = ByteSize.exact(DemoSettings.SIZE_MIN).replace(" ", "");
    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                1,
                "",
                "The demo was not started: disks of 1 KiB are too small for a mirror; choose"
                    + (" --size " + smallest + " or more.\n")));
    assertThat(Sizes.parse(smallest)).hasValue(DemoSettings.SIZE_MIN);
    assertThat(DemoSettings.diskBytes(DemoSettings.SIZE_MIN + 1))
        .isEqualTo(DemoSettings.SIZE_MIN + 4096);
    assertThat(demo.resolve("a")).doesNotExist();
  }

  @Test
  void aSizeMayBeWrittenWithAPointAndIsSaidAsItIs() {
    assertThat(run("volume", "create", "vm1", "--size", "0.25G").out)
        .isEqualTo("Volume vm1 created, 256 MiB.\n");
    assertThat(run("volume", "resize", "vm1", "--size", "+0.25 GiB").out)
        .isEqualTo("Volume vm1 now has 512 MiB.\n");
  }

  @Test
  void statusEndsWithThreeWhileAnAlertIsCritical() {
    assertThat(run("status").status).isZero();
    node().node().isUnsafe();

    Outcome outcome = run("status");

    assertThat(outcome.status).isEqualTo(3);
    assertThat(outcome.out).contains("critical: Nobody serves.").contains("Pair k7x2ma");
    assertThat(run("status", "-o", "json").status).isEqualTo(3);
    assertThat(run("volume", "list").status).isZero();
  }
}
