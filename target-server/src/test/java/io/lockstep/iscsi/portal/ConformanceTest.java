package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.lockstep.block.ring.LoopKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// libiscsi's conformance tests, all that the program lists, each in its own process, so that a
/// hang or a dead session cannot hide the others.
///
/// The program calls a test that it skipped "passed"; here it is not: what is skipped stands in
/// [#LATER], with the reason that the program must print, and where we know better, in [#DIFFERS],
/// with ours. Everything else must pass, with at least one assertion made unless [#HOLLOW] says so.
class ConformanceTest {
  private static final String LIBISCSI = "libiscsi-bin";
  private static final long SECONDS_MAX = 60;

  /// Tests of what we do not have, and what the program says of them.
  private static final Map<Pattern, String> LATER =
      Map.ofEntries(
          later("ExtendedCopy.DescrLimits|ReceiveCopyResults.*", "RECEIVECOPYRESULT is not impl"),
          later("ExtendedCopy.(?!DescrLimits).*", "EXTENDEDCOPY is not implemented"),
          later("OrWrite.*", "ORWRITE is not implemented"),
          later("WriteAtomic16.*", "WRITEATOMIC16 is not implemented"),
          later("ReadDefectData1[02].*", "is not implemented"),
          later("Prout.*|PrinReadKeys.Truncate|PrinReportCapabilities.*", "PROUT Not Supported"),
          later("Reserve6.*", "RESERVE6 is not implemented"),
          later("PreventAllow.*", "Logical unit is not removable"),
          later("StartStopUnit.Simple", "Media is not removable"),
          later("Sanitize.*", "--allow-sanitize flag is not set"));

  private static final String SHORT_WRITE =
      "wants GOOD for a WRITE with less data than its CDB says, and that a part is written; we"
          + " refuse it whole, which RFC 7143 11.4.5.2 allows";

  /// Tests that fail, and why that is right.
  private static final Map<String, String> DIFFERS =
      Map.ofEntries(
          Map.entry(
              "WriteSame10.UnmapUntilEnd",
              "sends blocks of FFh with UNMAP and wants zeroes back; SBC-3 wants what was sent"),
          Map.entry(
              "iSCSITMF.LUNResetSimpleAsync",
              "looks for the answer in the same breath as it asks: no target passes"),
          Map.entry("iSCSIResiduals.Write10Residuals", SHORT_WRITE),
          Map.entry("iSCSIResiduals.Write12Residuals", SHORT_WRITE),
          Map.entry("iSCSIResiduals.Write16Residuals", SHORT_WRITE),
          Map.entry("iSCSIResiduals.WriteVerify10Residuals", SHORT_WRITE),
          Map.entry("iSCSIResiduals.WriteVerify12Residuals", SHORT_WRITE),
          Map.entry("iSCSIResiduals.WriteVerify16Residuals", SHORT_WRITE));

  /// Tests that only fit blocks of 4096 bytes here.
  private static final Map<String, String> NOT_WITH_512 =
      Map.of(
          "GetLBAStatus.UnmapSingle",
          "takes logical for physical blocks in its second half",
          "WriteSame16.Unmap",
          "writes 65536 blocks at once, whatever MAXIMUM TRANSFER LENGTH says");

  /// Tests of the medium, which run with 4096-byte blocks too.
  private static final Pattern MEDIUM =
      Pattern.compile(
          "(CompareAndWrite|GetLBAStatus|Inquiry|Mandatory|ModeSense6|Prefetch1[06]|Read(6|1[026])"
              + "|ReadCapacity1[06]|Unmap|Verify1[026]|Write1[026]|WriteSame1[06]"
              + "|WriteVerify1[026])\\..*");

  /// What of them is skipped where logical blocks are as large as physical ones, or sends 512 bytes
  /// a block whatever the block size.
  private static final Pattern NOT_WITH_4096 =
      Pattern.compile(".*InvalidDataOutSize|.*UnmapUnaligned|Write10\\.Async");

  /// Tests that pass without one assertion made: they prove only that nothing breaks.
  private static final Pattern HOLLOW =
      Pattern.compile(
          "Inquiry.VersionDescriptors|NoMedia.NoMediaSBC|StartStopUnit.(PwrCnd|NoLoej)|Unmap.VPD"
              + "|WriteSame1[06].UnmapVPD");

  /// The verdict, and the part of the output that belongs to the test itself; before and after it
  /// the program probes the target on its own account.
  private static final Pattern BODY =
      Pattern.compile(
          "\\n\\s+Test: \\S+ \\.\\.\\.(.*?)(?<!\\[)(passed|FAILED)(?!\\])", Pattern.DOTALL);

  /// What the program counted: tests and assertions, in all, run, passed, failed.
  private static final Pattern SUMMARY =
      Pattern.compile(
          "tests\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+\\d+"
              + "\\s+asserts\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)");

  private static final Map<String, Integer> FIGURES = new TreeMap<>();
  private static @Nullable PortalBench bench;

  private static Map.Entry<Pattern, String> later(String tests, String printed) {
    return Map.entry(Pattern.compile(tests), printed);
  }

  @BeforeAll
  static void start() {
    bench = PortalBench.on(LoopKind.best());
  }

  @AfterAll
  static void stop() {
    System.out.println("iscsi-test-cu: " + FIGURES);
    if (bench != null) {
      bench.close();
    }
  }

  private static PortalBench running() {
    PortalBench running = bench;
    assertThat(running).isNotNull();
    return running;
  }

  private static List<String> listed() {
    List<String> names =
        Tool.run(LIBISCSI, SECONDS_MAX, "iscsi-test-cu", "--list")
            .output()
            .lines()
            .map(String::strip)
            .filter(name -> name.matches("ALL\\.\\w+\\.\\w+"))
            .map(name -> name.substring("ALL.".length()))
            .toList();
    assertThat(names).hasSizeGreaterThan(200).containsAll(DIFFERS.keySet());
    return names;
  }

  @TestFactory
  Stream<DynamicTest> blocksOf512Bytes() {
    String url = running().url();
    return listed().stream()
        .filter(name -> !name.startsWith("ReadOnly"))
        .map(
            name -> {
              // The multipath tests want two ways to one logical unit: here two sessions.
              List<String> urls = name.startsWith("Multipath") ? List.of(url, url) : List.of(url);
              boolean fails = DIFFERS.containsKey(name) || NOT_WITH_512.containsKey(name);
              return dynamicTest(name, () -> check(name, fails, urls));
            });
  }

  @TestFactory
  Stream<DynamicTest> blocksOf4096Bytes() {
    List<String> urls = List.of(running().url(PortalBench.LARGE_IQN));
    return listed().stream()
        .filter(name -> MEDIUM.matcher(name).matches())
        .filter(name -> !NOT_WITH_4096.matcher(name).matches())
        .map(name -> dynamicTest(name, () -> check(name, DIFFERS.containsKey(name), urls)));
  }

  @TestFactory
  DynamicTest aMediumThatIsWriteProtected() {
    String name = "ReadOnly.ReadOnlySBC";
    return dynamicTest(
        name,
        () -> {
          Outcome outcome = run(name, List.of(running().url(PortalBench.PROTECTED_IQN)));
          assertThat(outcome.passed).as(outcome.output).isTrue();
          assertThat(outcome.skips).as(outcome.output).allMatch(skip -> skip.contains("ORWRITE"));
          count("passed");
        });
  }

  private static void check(String name, boolean fails, List<String> urls) {
    Outcome outcome = run(name, urls);
    String skipped = "";
    for (Map.Entry<Pattern, String> entry : LATER.entrySet()) {
      if (entry.getKey().matcher(name).matches()) {
        skipped = entry.getValue();
      }
    }
    if (fails) {
      assertThat(outcome.passed)
          .as("passes now: take it from the table\n%s", outcome.output)
          .isFalse();
      count("differs");
    } else if (!skipped.isEmpty()) {
      String reason = skipped;
      assertThat(outcome.passed).as(outcome.output).isTrue();
      assertThat(outcome.skips)
          .as("skipped, and for this reason:\n%s", outcome.output)
          .anyMatch(skip -> skip.contains(reason));
      count("skipped: " + reason);
    } else {
      assertThat(outcome.passed).as(outcome.output).isTrue();
      assertThat(outcome.skips).as("skipped is not passed:\n%s", outcome.output).isEmpty();
      boolean hollow = HOLLOW.matcher(name).matches();
      assertThat(outcome.assertions == 0).as("hollow:\n%s", outcome.output).isEqualTo(hollow);
      count(hollow ? "passed without an assertion" : "passed");
    }
  }

  private static void count(String what) {
    FIGURES.merge(what, 1, Integer::sum);
  }

  /// @param skips the lines that say that something was skipped
  /// @param assertions how many were made
  private record Outcome(boolean passed, List<String> skips, int assertions, String output) {}

  private static Outcome run(String name, List<String> urls) {
    List<String> command =
        new ArrayList<>(List.of("iscsi-test-cu", "-v", "--dataloss", "-t", "ALL." + name));
    command.addAll(urls);
    Tool.Run run = Tool.run(LIBISCSI, SECONDS_MAX, command.toArray(String[]::new));
    Matcher body = BODY.matcher(run.output());
    Matcher summary = SUMMARY.matcher(run.output());
    assertThat(body.find() && summary.find()).as("the test ran:\n%s", run.output()).isTrue();
    assertThat(summary.group(2)).as("tests run:\n%s", run.output()).isEqualTo("1");
    boolean passed = body.group(2).equals("passed");
    assertThat(Integer.parseInt(summary.group(4)))
        .as("tests failed, by its own count:\n%s", run.output())
        .isEqualTo(passed ? 0 : 1);
    List<String> skips =
        body.group(1)
            .lines()
            .map(String::strip)
            .filter(line -> line.contains("[SKIPPED]"))
            .toList();
    return new Outcome(passed, skips, Integer.parseInt(summary.group(6)), run.output());
  }
}
