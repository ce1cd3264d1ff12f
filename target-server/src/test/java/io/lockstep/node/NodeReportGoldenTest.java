package io.lockstep.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Json.BadJsonException;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.control.api.VolumeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a node tells the other one about itself, byte for byte. A changed text is a new version.
/// The old ones stay here, and are read.
@Tag("golden")
final class NodeReportGoldenTest {
  private static final String VERSION_8 =
      """
      {"version":8,"node":{"name":"a","nodeId":0,"state":"running","reportAgeMillis":0,"pid":77,\
      "release":"0.1.0","startedAtMillis":1,"role":"Primary","diskState":"UpToDate",\
      "connectionState":"SyncSource","reason":"","aloneSinceMillis":null,"outOfSyncBytes":4096,\
      "resync":{"direction":"source","bytesTotal":8192,"bytesDone":4096,"bytesSent":4096,\
      "bytesPerSecond":100,"secondsLeft":-1},"lastResyncBytesSent":4096,"unreadable":{"blocks":1,\
      "acceptedBlocks":2,"first":[{"diskOffset":4096,"volume":"vm1","volumeOffset":0}]},\
      "readFromPeerBlocks":3,"term":4,"generation":"0123456789abcdef","portal":"10.0.0.1:3260",\
      "dataPath":"/dev/sdb","dataOffset":9437184,"dataBytes":1073741824,"controlSocket":"/run/a",\
      "alerts":[{"severity":"info","code":"noted","node":"a","mirror":"m","about":"p","what":"x",\
      "action":"","why":"y","since":"2026-11-30T22:00:00Z"}]},\
      "sessions":[{"node":"a","initiator":"iqn.1993-08.org.debian:01:h","iqn":"iqn.t",\
      "volume":"vm1","remoteAddress":"10.0.0.9:4711","isid":"00023d000001","tsih":1,\
      "sinceMillis":5}],"primary":{"group":{"name":"g","uuid":"u","sizeBytes":8,"freeBytes":4,\
      "extentSizeBytes":4,"sequenceNumber":3,"readOnlyReason":"r"},\
      "volumes":[{"name":"vm1","sizeBytes":4,"uuid":"v",\
      "iqn":"iqn.t","serial":"S","naa":"6024c530000000000000000000000001","sessionCount":1,\
      "segments":[{"volumeOffset":0,"dataOffset":1048576,"lengthBytes":4}],\
      "readOnlyReason":"r","notServedReason":null}],\
      "exports":[{"volume":"vm1","iqn":"iqn.t","lun":0,"portals":["10.0.0.1:3260"],\
      "initiators":[],"exclusive":true,"writeCache":false,"note":null}],\
      "jobs":[{"id":"j00af31","kind":"grow-volume","volume":"vm1","bytesDone":4,"bytesTotal":8,\
      "secondsLeft":-1,"problem":null}]},\
      "recordsRead":{"generation":2,"batches":7},"mirror":"main","mirrors":["main","more"]}""";

  /// With what makes a volume a snapshot, and how the disk zeroes.
  private static final String VERSION_9 =
      VERSION_8
          .replace("\"version\":8,", "\"version\":9,")
          .replace(
              "\"notServedReason\":null}]",
              "\"notServedReason\":null},"
                  + "{\"name\":\"before\",\"sizeBytes\":4,\"uuid\":\"w\",\"iqn\":null,"
                  + "\"serial\":null,\"naa\":null,\"sessionCount\":0,\"segments\":[],"
                  + "\"readOnlyReason\":null,\"notServedReason\":null,"
                  + "\"snapshot\":{\"origin\":\"vm1\",\"state\":\"whole\",\"why\":null,"
                  + "\"roomBytes\":8,\"usedBytes\":3,\"leftBytes\":null}}]")
          .replace(
              "\"mirrors\":[\"main\",\"more\"]",
              "\"mirrors\":[\"main\",\"more\"],\"erasesCheaply\":true");

  /// Before an export said that it is meant for one host.
  private static final String VERSION_7 =
      VERSION_8.replace("\"version\":8,", "\"version\":7,").replace("\"exclusive\":true,", "");

  /// Before there were jobs.
  private static final String VERSION_6 =
      VERSION_7
          .replace("\"version\":7,", "\"version\":6,")
          .replaceFirst(",\"jobs\":\\[\\{[^}]*\\}\\]", "");

  /// Before a node said which mirrors it has.
  private static final String VERSION_5 =
      VERSION_6
          .replace("\"version\":6,", "\"version\":5,")
          .replace(",\"mirrors\":[\"main\",\"more\"]", "");

  /// Before alerts said since when they stand.
  private static final String VERSION_4 =
      VERSION_5
          .replace("\"version\":5,", "\"version\":4,")
          .replace("\"code\":\"noted\",\"node\":\"a\"", "\"node\":\"a\",\"code\":\"noted\"")
          .replace(",\"mirror\":\"m\",\"about\":\"p\"", "")
          .replace(",\"why\":\"y\",\"since\":\"2026-11-30T22:00:00Z\"", "");

  /// Before a node had several mirrors.
  private static final String VERSION_3 =
      VERSION_4.replace("\"version\":4,", "\"version\":3,").replace(",\"mirror\":\"main\"", "");

  /// Before a node said what it has read.
  private static final String VERSION_2 =
      VERSION_3
          .replace("\"version\":3,", "\"version\":2,")
          .replace(",\"note\":null", "")
          .replace(",\"recordsRead\":{\"generation\":2,\"batches\":7}", "");

  /// Before volumes said why they are not written.
  private static final String VERSION_1 =
      VERSION_2
          .replace("\"version\":2,", "\"version\":1,")
          .replace(",\"readOnlyReason\":\"r\"", "")
          .replace(",\"notServedReason\":null", "")
          .replace(",\"writeCache\":false", "");

  /// Before there were versions.
  private static final String VERSION_0 = VERSION_1.replace("\"version\":1,", "");

  private static NodeReport report(int version) {
    var alert = Alert.of("info", "noted", "a", "x", "");
    Alert whole = alert.about("p").because("y").raised("m", "2026-11-30T22:00:00Z");
    @Nullable Boolean cache = version < 2 ? null : false;
    @Nullable String reason = version < 2 ? null : "r";
    var node =
        new ToldNode(
            "a",
            0,
            "running",
            0L,
            77L,
            "0.1.0",
            1L,
            "Primary",
            "UpToDate",
            "SyncSource",
            "",
            null,
            4096,
            new ResyncInfo("source", 8192L, 4096, 4096, 100, -1),
            4096,
            new UnreadableInfo(1, 2, List.of(new UnreadablePlace(4096, "vm1", 0L))),
            3,
            4,
            "0123456789abcdef",
            "10.0.0.1:3260",
            "/dev/sdb",
            9_437_184,
            1_073_741_824,
            "/run/a",
            List.of(version < 5 ? alert : whole));
    var export =
        new ExportInfo("vm1", "iqn.t", 0, List.of("10.0.0.1:3260"), List.of(), cache, null)
            .with(new ExportInfo.Access(List.of(), version < 8 ? null : true));
    var holdings =
        new NodeReport.Holdings(
            new GroupInfo("g", "u", 8, 4, 4, 3, reason),
            version < 9 ? List.of(volume(reason)) : List.of(volume(reason), snapshot()),
            List.of(export),
            jobs(version));
    @Nullable RecordPosition read = version < 3 ? null : new RecordPosition(2, 7);
    @Nullable String mirror = version < 4 ? null : "main";
    return new NodeReport(
        version,
        node,
        sessions(),
        holdings,
        read,
        mirror,
        names(version),
        version < 9 ? null : Boolean.TRUE);
  }

  private static VolumeInfo volume(@Nullable String reason) {
    return new VolumeInfo(
        "vm1",
        4,
        "v",
        new VolumeInfo.Names("iqn.t", "S", "6024c530000000000000000000000001"),
        1,
        List.of(new SegmentInfo(0, 1 << 20, 4)),
        new VolumeInfo.Hindrance(reason, null));
  }

  private static VolumeInfo snapshot() {
    return new VolumeInfo(
            "before",
            4,
            "w",
            new VolumeInfo.Names(null, null, null),
            0,
            List.of(),
            new VolumeInfo.Hindrance(null, null))
        .as(new SnapshotInfo("vm1", SnapshotInfo.WHOLE, null, 8, 3L, null));
  }

  private static List<SessionInfo> sessions() {
    String initiator = "iqn.1993-08.org.debian:01:h";
    return List.of(
        new SessionInfo("a", initiator, "iqn.t", "vm1", "10.0.0.9:4711", "00023d000001", 1, 5));
  }

  private static List<JobInfo> jobs(int version) {
    return version < 7
        ? List.of()
        : List.of(new JobInfo("j00af31", JobInfo.GROW_VOLUME, "vm1", 4, 8, -1, null, null));
  }

  private static List<String> names(int version) {
    return version < 6 ? List.of() : List.of("main", "more");
  }

  private static NodeReport decoded(String text) throws BadJsonException {
    return NodeReport.decode(text.getBytes(UTF_8));
  }

  @Test
  void aReportIsThisText() {
    NodeReport report = report(NodeReport.VERSION);

    assertThat(new String(report.encode(1 << 20), UTF_8)).isEqualTo(VERSION_9);
  }

  @Test
  void aReportOfEachVersionIsRead() throws BadJsonException {
    assertThat(decoded(VERSION_0)).isEqualTo(report(0));
    assertThat(decoded(VERSION_1)).isEqualTo(report(1));
    assertThat(decoded(VERSION_2)).isEqualTo(report(2));
    assertThat(decoded(VERSION_3)).isEqualTo(report(3));
    assertThat(decoded(VERSION_4)).isEqualTo(report(4));
    assertThat(decoded(VERSION_5)).isEqualTo(report(5));
    assertThat(decoded(VERSION_6)).isEqualTo(report(6));
    assertThat(decoded(VERSION_7)).isEqualTo(report(7));
    assertThat(decoded(VERSION_8)).isEqualTo(report(8));
    assertThat(decoded(VERSION_9)).isEqualTo(report(9));
  }

  /// What is told in the flat form is all that a node and its side are made of.
  @Test
  void theFlatFormHoldsANodeAndItsSide() {
    ToldNode told = report(NodeReport.VERSION).node();

    assertThat(ToldNode.of(told.node(), told.side())).isEqualTo(told);
  }

  @Test
  void aReportOfANewerNodeIsReadAsFarAsItIsKnown() throws BadJsonException {
    String newer =
        VERSION_9
            .replace("\"version\":9,", "\"version\":10,\"leases\":[{\"id\":null}],")
            .replace("\"term\":4,", "\"term\":4,\"lease\":{\"until\":1.5},")
            .replace("\"lun\":0,", "\"lun\":0,\"group\":\"g\",");

    assertThat(decoded(newer)).isEqualTo(report(10));
  }

  @Test
  void anOlderNodeThatLacksListsAndNumbersIsUnderstood() throws BadJsonException {
    String older =
        VERSION_0
            .replaceAll(
                "\"(alerts|segments|initiators|first|portals)\":\\[[^\\[\\]]*\\]", "\"old-$1\":1")
            .replace("\"readFromPeerBlocks\":3,", "")
            .replace("\"tsih\":1,", "")
            .replaceAll("\"unreadable\":\\{[^{}]*\\},", "");

    NodeReport read = decoded(older);

    assertThat(read.node().alerts()).isEmpty();
    assertThat(read.node().readFromPeerBlocks()).isZero();
    assertThat(read.node().unreadable()).isNull();
    assertThat(read.sessions().getFirst().tsih()).isZero();
    assertThat(decoded("{\"node\":" + nodeOf(VERSION_0) + "}").sessions()).isEmpty();
  }

  private static String nodeOf(String report) {
    int start = report.indexOf("\"node\":") + "\"node\":".length();
    return report.substring(start, report.indexOf(",\"sessions\""));
  }

  @Test
  void whatIsNoReportIsRefusedAndNamesTheField() {
    for (String[] one :
        new String[][] {
          {"\"role\":\"Primary\"", "\"role\":null", "node.role is missing or null"},
          {"\"nodeId\":0", "\"nodeId\":2", "node.nodeId is 2, not within 0 and 1"},
          {"\"term\":4", "\"term\":\"4\"", "node.term must be a whole number"},
          {
            "\"initiators\":[]", "\"initiators\":[null]", "primary.exports[0].initiators[0] is null"
          },
          {"\"sessions\":[{", "\"sessions\":[null,{", "sessions[0] is null"}
        }) {
      String text = VERSION_1.replace(one[0], one[1]);

      BadJsonException refusal = catchThrowableOfType(BadJsonException.class, () -> decoded(text));

      assertThat(refusal).as(one[1]).hasMessage(one[2]);
    }
  }

  @Test
  void aReportThatNoFrameCarriesIsToldWithoutWhatIsLong() throws BadJsonException {
    NodeReport read = NodeReport.decode(report(1).encode(1000));

    assertThat(read.node()).isEqualTo(report(1).node());
    assertThat(read.sessions()).isEmpty();
    assertThat(read.primary()).isNull();
  }
}
