package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.lockstep.block.ring.LoopKind;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// libiscsi's conformance tests, each in its own process, so that a hang or a dead session cannot
/// hide the others. The program calls a test that it skipped "passed"; here it is not.
class ConformanceTest {
  private static final String LIBISCSI = "libiscsi-bin";
  private static final long SECONDS_MAX = 60;

  /// What is asked of the target so far. `Read` and `Write` stand for all their CDB lengths.
  private static final Pattern FAMILIES =
      Pattern.compile(
          "ALL\\.(Read(6|10|12|16)|Write(10|12|16)|Inquiry|ReadCapacity(10|16)|ModeSense6"
              + "|ReportLUNs|TestUnitReady|iSCSIcmdsn|iSCSIdatasn)\\.\\w+");

  /// The verdict, and the part of the output that belongs to the test itself; before and after it
  /// the program probes the target on its own account.
  private static final Pattern BODY =
      Pattern.compile(
          "\\n\\s+Test: \\S+ \\.\\.\\.(.*?)(?<!\\[)(passed|FAILED)(?!\\])", Pattern.DOTALL);

  private static @Nullable PortalBench bench;

  @BeforeAll
  static void start() {
    bench = PortalBench.on(LoopKind.best());
  }

  @AfterAll
  static void stop() {
    if (bench != null) {
      bench.close();
    }
  }

  @TestFactory
  List<DynamicTest> families() {
    Tool.Run list = Tool.run(LIBISCSI, SECONDS_MAX, "iscsi-test-cu", "--list");
    List<DynamicTest> tests =
        list.output()
            .lines()
            .map(String::strip)
            .filter(name -> FAMILIES.matcher(name).matches())
            .map(name -> dynamicTest(name, () -> conforms(name)))
            .toList();
    assertThat(tests).hasSizeGreaterThan(50);
    return tests;
  }

  private static void conforms(String name) {
    PortalBench running = bench;
    assertThat(running).isNotNull();
    Tool.Run run =
        Tool.run(
            LIBISCSI, SECONDS_MAX, "iscsi-test-cu", "-v", "--dataloss", "-t", name, running.url());
    Matcher body = BODY.matcher(run.output());
    assertThat(body.find()).as("the test ran:\n%s", run.output()).isTrue();
    assertThat(body.group(2)).as(run.output()).isEqualTo("passed");
    assertThat(body.group(1))
        .as("skipped is not passed:\n%s", run.output())
        .doesNotContain("[SKIPPED]");
  }
}
