package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.daemon.ConfigFile.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The configuration file: each mistake has its sentence, with line and key and what to do.
@Tag("unit")
final class ConfigFileTest {
  private static final Path FILE = Path.of("lockstepd.yaml");

  private static final String GOOD =
      """
      # a node
      node:
        name: a
        id: 0
      mirrors:
        - name: main
          port: 7789
          disks:
            - path: /dev/vdb
      portals:
        - listen: 0.0.0.0:3260
          advertised: 192.0.2.1:3260
      peer:
        name: b
        addresses: ["2001:db8::1"]
        port: 7788
        anyAddress: true
        portals: ["192.0.2.2:3260"]
      control:
        socket: /run/lockstep/control.sock
      """;

  private static DaemonConfig parse(String text) throws ConfigException {
    return ConfigFile.parse(FILE, text);
  }

  private static String refusal(String text) {
    return String.valueOf(
        catchThrowableOfType(ConfigException.class, () -> parse(text)).getMessage());
  }

  /// The good file with a change that there is something to change for.
  private static String changed(String good, String bad) {
    assertThat(GOOD).contains(good);
    return GOOD.replace(good, bad);
  }

  @Test
  void unknownKeyIsNamedWithItsLineAndThoseThatThereAre() {
    assertThat(refusal(changed("advertised", "advertized")))
        .isEqualTo(
            "lockstepd.yaml, line 12: portals[0].advertized is not known here, only listen,"
                + " advertised are; correct or remove it. See docs/configuration.md.");
    assertThat(refusal(GOOD + "portal: 1\n"))
        .startsWith("lockstepd.yaml, line 21: portal is not known here, only ")
        .contains("portals");
  }

  @Test
  void keyGivenTwiceIsNamedWithBothLines() {
    assertThat(refusal(changed("  id: 0\n", "  id: 0\n  id: 1\n")))
        .isEqualTo(
            "lockstepd.yaml, line 5: node.id was set in line 4 already; write 0 or 1."
                + " See docs/configuration.md.");
  }

  @ParameterizedTest
  @CsvSource({
    "'  id: 0\n', '', 'line 2: node.id is missing', 0 or 1",
    "'    port: 7789\n', '', 'line 6: mirrors[0].port is missing', a port",
    "'      - path: /dev/vdb\n', '', 'line 8: mirrors[0].disks is missing', what belongs there",
    "'/run/lockstep/control.sock', '', 'line 20: control.socket is missing', a path"
  })
  void missingKeyIsNamedWithItsForm(String good, String bad, String what, String form) {
    assertThat(refusal(changed(good, bad))).contains(what).contains("; write " + form);
  }

  @Test
  void aMissingSectionIsNamed() {
    assertThat(refusal(changed("control:\n  socket: /run/lockstep/control.sock\n", "")))
        .isEqualTo(
            "lockstepd.yaml: control is missing or null; write what belongs there."
                + " See docs/configuration.md.");
  }

  @ParameterizedTest
  @CsvSource({
    "'node.name = a\nnode.id = 0\n', lockstepd.yaml: it holds no settings",
    "'', lockstepd.yaml: it holds no settings",
    "'# nothing\n', lockstepd.yaml: it holds no settings",
    "'node:\n  name: a: b\n', 'line 2: it is no YAML: mapping values are not allowed here'",
    "'node:\n\tname: a\n', 'line 2: it is no YAML: '",
    "'portals:\n  - listen: [::]:3260\n', 'line 2: it is no YAML: '",
    "'node: {name: a}\n---\nnode: {name: b}\n', 'line 3: a second document begins'",
    "'node: &x\n  name: a\npeer: *x\n', 'line 1: node has an anchor, an alias or a tag'",
    "'node: !!str a\n', 'line 1: node has an anchor, an alias or a tag'"
  })
  void whatIsNoPlainYamlIsRefused(String text, String what) {
    assertThat(refusal(text)).contains(what).contains("; write ").doesNotContain("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "id: 0, id: 2, 'line 4: node.id is 2', 0 or 1",
    "id: 0, id: x, 'line 4: node.id must be a whole number', 0 or 1",
    "id: 0, 'id: \"0\"', 'line 4: node.id must be a whole number', 0 or 1",
    "name: a, name: A_b, 'line 3: node.name \"A_b\" is not valid', a-z",
    "name: a, name: 7, 'line 3: node.name must be a text', a-z",
    "port: 7788, port: -1, 'line 16: peer.port is -1', a port",
    "7789, 65536, 'line 7: mirrors[0].port is 65536', a port",
    "listen: 0.0.0.0:3260, listen: 0.0.0.0:65536, 'line 11: portals[0].listen', host:port",
    "listen: 0.0.0.0:3260, 'listen: \"3260\"', 'line 11: portals[0].listen', host:port",
    "anyAddress: true, anyAddress: yes, 'line 17: peer.anyAddress must be true or false', true",
    "'[\"2001:db8::1\"]', '[\"10.0.0.1:7789\"]', 'line 15: peer.addresses[0]', without a port",
    "'[\"2001:db8::1\"]', 10.0.0.1, 'line 15: peer.addresses must be a list', what belongs",
    "path: /dev/vdb, 'path: \"\"', 'line 9: mirrors[0].disks[0].path', a path"
  })
  void badValueIsNamedWithItsForm(String good, String bad, String what, String form) {
    assertThat(refusal(changed(good, bad))).contains(what).contains("; write ").contains(form);
  }

  @Test
  void aNameHasAtMost32Characters() throws ConfigException {
    String longest = "n".repeat(32);
    assertThat(parse(changed("name: a\n", "name: " + longest + "\n")).nodeName())
        .isEqualTo(longest);
    for (String name : List.of("name: a\n", "name: main\n", "name: b\n")) {
      assertThat(refusal(changed(name, "name: " + longest + "n\n")))
          .contains("name \"" + longest + "n\" is not valid", "at most 32");
    }
  }

  @Test
  void theMirrorsLinkGoesOverTheFirstAddress() throws ConfigException {
    DaemonConfig config = parse(changed("[\"2001:db8::1\"]", "[10.0.0.1, 10.0.1.1]"));
    assertThat(config.link(config.mirrors().getFirst())).hasToString("10.0.0.1:7789");
  }

  @Test
  void theAuditTrailLiesBesideTheSocketOrWhereARestartLeavesIt() throws ConfigException {
    assertThat(parse(GOOD).written().auditFile())
        .isEqualTo(Path.of("/var/lib/lockstep/audit-a.jsonl"));
    assertThat(parse(changed("/run/lockstep/", "/srv/lockstep/")).written().auditFile())
        .isEqualTo(Path.of("/srv/lockstep/audit-a.jsonl"));
    assertThat(parse(GOOD + "audit: {file: /x/trail}\n").written().auditFile())
        .isEqualTo(Path.of("/x/trail"));
  }

  @ParameterizedTest
  @CsvSource({
    "'      - path: /dev/vdb\n', '      - path: /dev/vdb\n      - path: /dev/vdc\n',"
        + " 'line 10: mirrors[0].disks has 2, and a mirror has one disk on each node'",
    "'portals:\n', '  - name: two\n    port: 7790\n    disks: [{path: /dev/vdd}]\n"
        + "  - name: three\n    port: 7791\n    disks: [{path: /dev/vde}]\nportals:\n',"
        + " 'line 13: mirrors has 3, and a node keeps at most 2'",
    "'[\"192.0.2.2:3260\"]', '[]', 'line 18: peer.portals is empty; write one'"
  })
  void listsHaveAsManyElementsAsThisReleaseServes(String good, String bad, String what) {
    assertThat(refusal(changed(good, bad))).contains(what);
  }

  @Test
  void twoMirrorsAreRead() throws ConfigException {
    String two = "  - name: two\n    port: 7790\n    disks: [{path: /dev/vdd}]\nportals:\n";
    DaemonConfig config = parse(changed("portals:\n", two));

    assertThat(config.mirrorNames()).containsExactly("main", "two");
    assertThat(config.mirror("two").orElseThrow().disk()).isEqualTo(Path.of("/dev/vdd"));
  }

  @ParameterizedTest
  @CsvSource({
    "main, 7790, /dev/vdd, two mirrors are called main",
    "two, 7789, /dev/vdd, mirrors main and two have port 7789",
    "two, 7790, /dev/vdb, mirrors main and two have the same disk"
  })
  void mirrorsShareNothing(String name, String port, String disk, String why) {
    String two =
        "  - name: %s\n    port: %s\n    disks: [{path: %s}]\nportals:\n"
            .formatted(name, port, disk);
    assertThat(refusal(changed("portals:\n", two))).contains(why);
  }

  @Test
  void aPeerHasSeveralAddressesEachOnceAndNotTooMany() throws ConfigException {
    String one = "[\"2001:db8::1\"]";
    assertThat(parse(changed(one, "[10.0.0.1, 10.0.1.1]")).peer().addresses())
        .containsExactly("10.0.0.1", "10.0.1.1");
    assertThat(refusal(changed(one, "[10.0.0.1, 10.0.0.1]")))
        .contains("line 15: peer.addresses[1] stands there already; write each address once");
    assertThat(refusal(changed(one, "[]"))).contains("peer.addresses is empty; write one there");
    assertThat(refusal(changed(one, "[h1, h2, h3, h4, h5]")))
        .contains("line 15: peer.addresses has 5 elements; leave at most 4 there");
  }

  /// Hosts cannot log in to "every address".
  @ParameterizedTest
  @CsvSource({
    "'advertised: 192.0.2.1:3260', 'advertised: 0.0.0.0:3260', portals[0].advertised",
    "'advertised: 192.0.2.1:3260', 'advertised: \"[::]:3260\"', portals[0].advertised",
    "'advertised: 192.0.2.1:3260', 'advertised: \"[0:0::0]:3260\"', portals[0].advertised",
    "'192.0.2.2:3260', '[::]:3260', peer.portals[0]",
    "'    advertised: 192.0.2.1:3260\n', '', portals[0].listen"
  })
  void aPortalOnAllAddressesNeedsOneToAdvertise(String good, String bad, String key) {
    assertThat(refusal(changed(good, bad)))
        .contains(": " + key)
        .contains("every address")
        .contains("write the address that they reach as " + advertised(key));
  }

  private static String advertised(String key) {
    return key.equals("portals[0].listen") ? "portals[0].advertised" : key;
  }

  @Test
  void aCompanyIdIsOneOfTheIeeeOrOurs() throws ConfigException {
    assertThat(parse(GOOD).companyId()).isEqualTo("024c53");
    for (String text : List.of("00-50-C2", "0050c2")) {
      assertThat(parse(GOOD + "volumes: {companyId: \"" + text + "\"}").companyId())
          .isEqualTo("0050c2");
    }
    for (String text : List.of("", "0050c", "0050c2f", "01-00-5E", "00:50:C2", "00-50-C2-")) {
      assertThat(refusal(GOOD + "volumes: {companyId: \"" + text + "\"}"))
          .as(text)
          .contains("line 21: volumes.companyId", "is not valid; write an OUI");
    }
  }

  /// RFC 5952: one address, one text.
  @Test
  void anIpv6AddressIsPrintedCompressed() throws ConfigException {
    String text = changed("192.0.2.2:3260", "[2001:DB8:0:0:0:0:0:10]:3260");
    DaemonConfig config = parse(text.replace("2001:db8::1", "2001:DB8:0::1"));
    assertThat(config.peer().portal()).hasToString("[2001:db8::10]:3260");
    assertThat(config.link(config.mirrors().getFirst())).hasToString("[2001:db8::1]:7789");
  }

  @Test
  void fileThatIsNotThereIsSaid() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("/nowhere/x.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/nowhere/x.yaml cannot be read");
  }

  @Test
  void goodFileIsRead() throws ConfigException {
    DaemonConfig config = parse(GOOD + "test: {blockSizes: 4Kn}\nloop:\n  kind: epoll\n");

    assertThat(config.nodeName()).isEqualTo("a");
    assertThat(config.mirrors().getFirst().name()).isEqualTo("main");
    assertThat(config.mirrors().getFirst().disk()).isEqualTo(Path.of("/dev/vdb"));
    assertThat(config.portal().listen()).isEqualTo(new HostPort("0.0.0.0", 3260));
    assertThat(config.portal().advertised()).isEqualTo(new HostPort("192.0.2.1", 3260));
    assertThat(config.link(config.mirrors().getFirst())).hasToString("[2001:db8::1]:7789");
    assertThat(config.peer().anyAddress()).isTrue();
    assertThat(config.test().declaredSizes()).contains(BlockSizes.NATIVE_4096);
    assertThat(config.test().volatileCache()).isFalse();
    assertThat(config.loopKind()).contains(LoopKind.EPOLL);
    assertThat(config.consoleUrl()).isEmpty();
    String console = "console: {url: 'https://192.0.2.9:8443/'}\n";
    assertThat(parse(GOOD + console).consoleUrl()).contains("https://192.0.2.9:8443/");
    assertThat(config.handsOver()).isTrue();
    assertThat(parse(GOOD + "stop: {handover: false}\n").handsOver()).isFalse();
  }

  @Test
  void filtersForTestsAreRead() throws ConfigException {
    assertThat(parse(GOOD).test().filters()).isEqualTo(DaemonConfig.Filters.NONE);
    String filters = "test: {delayMicros: 500, failReads: 1000, failWrites: 7, logIo: true}\n";
    assertThat(parse(GOOD + filters).test().filters())
        .isEqualTo(new DaemonConfig.Filters(500, 1000, 7, true));
    assertThat(parse(GOOD).test().noDiscard()).isFalse();
    assertThat(parse(GOOD + "test: {noDiscard: true}\n").test().noDiscard()).isTrue();
    assertThat(refusal(GOOD + "test: {delayMicros: 0}\n"))
        .contains("line 21: test.delayMicros is 0")
        .contains("write microseconds, 1 to 10000000");
    assertThat(refusal(GOOD + "test: {failReads: often}\n"))
        .contains("line 21: test.failReads must be a whole number");
    for (String key : List.of("failReads", "failWrites")) {
      parse(GOOD + "test: {" + key + ": 1000000000}\n");
      for (String out : List.of("0", "1000000001")) {
        assertThat(refusal(GOOD + "test: {" + key + ": " + out + "}\n"))
            .contains("line 21: test." + key + " is " + out, "one of how many, 1 to 1000000000");
      }
    }
  }

  @Test
  void documentationNamesEveryKeyAndNoOther() throws IOException {
    List<String> documented = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
      if (line.startsWith("| `") && line.contains(".")) {
        documented.add(line.substring(3, line.indexOf('`', 3)));
      }
      if (line.startsWith("## The console")) {
        break;
      }
    }

    assertThat(documented).containsExactlyInAnyOrderElementsOf(ConfigFile.FORMS.keySet());
  }

  /// One number for all programs, and for the other node; the build's.
  @Test
  void theReleaseIsThatOfTheBuild() throws IOException {
    assertThat(Files.readString(Path.of("..", "pom.xml")))
        .contains("<version>" + Release.NAME + "</version>");
    assertThat(Release.productRevision()).matches("[0-9]{1,2}\\.[0-9]").hasSizeLessThan(5);
  }
}
