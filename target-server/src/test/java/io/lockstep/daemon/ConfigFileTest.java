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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The configuration file: each mistake has its sentence, with the line and what to do.
final class ConfigFileTest {
  private static final Path FILE = Path.of("lockstepd.conf");

  private static final String GOOD =
      """
      # a node
      node.name = a
      node.id = 0
      disk.path = /dev/vdb

      control.socket = /run/lockstep/control.sock
      portal.listen = 0.0.0.0:3260
      portal.address = 192.0.2.1:3260
      peer.name = b
      peer.address = [2001:db8::1]:7789
      peer.any-address = yes
      peer.portal = 192.0.2.2:3260
      """;

  private static DaemonConfig parse(String text) throws ConfigException {
    return ConfigFile.parse(FILE, text.lines().toList());
  }

  private static String refusal(String text) {
    return String.valueOf(
        catchThrowableOfType(ConfigException.class, () -> parse(text)).getMessage());
  }

  @Test
  void unknownKeyIsNamedWithItsLineAndTheNearestOne() {
    assertThat(refusal(GOOD + "portl.listen = 1.2.3.4:5\n"))
        .isEqualTo(
            "lockstepd.conf, line 13: there is no setting \"portl.listen\"; perhaps"
                + " portal.listen is meant. See docs/configuration.md.");
  }

  @Test
  void keyGivenTwiceIsNamedWithBothLines() {
    assertThat(refusal(GOOD + "node.id = 1\n"))
        .contains("line 13")
        .contains("node.id was set in line 3 already");
  }

  @Test
  void missingKeyIsNamedWithItsForm() {
    assertThat(refusal(GOOD.replace("node.id = 0\n", "")))
        .contains("node.id is missing")
        .contains("0 or 1");
  }

  @Test
  void lineWithoutEqualsIsRefused() {
    assertThat(refusal("node.name a\n")).contains("line 1").contains("write key = value");
  }

  @ParameterizedTest
  @CsvSource({
    "node.id = 0, node.id = 2, 0 or 1",
    "node.name = a, node.name = A_b, a-z",
    "portal.listen = 0.0.0.0:3260, portal.listen = 0.0.0.0:65536, host:port",
    "portal.listen = 0.0.0.0:3260, portal.listen = 3260, host:port",
    "peer.any-address = yes, peer.any-address = true, yes or no",
    "disk.path = /dev/vdb, disk.path =, a path"
  })
  void badValueIsNamedWithItsForm(String good, String bad, String form) {
    assertThat(refusal(GOOD.replace(good, bad))).contains("is not valid; write").contains(form);
  }

  /// Hosts cannot log in to "every address".
  @ParameterizedTest
  @CsvSource({
    "portal.address = 192.0.2.1:3260, portal.address = 0.0.0.0:3260, portal.address",
    "portal.address = 192.0.2.1:3260, portal.address = [::]:3260, portal.address",
    "portal.address = 192.0.2.1:3260, portal.address = [0:0::0]:3260, portal.address",
    "peer.portal = 192.0.2.2:3260, peer.portal = [::]:3260, peer.portal",
    "portal.address = 192.0.2.1:3260, # none, portal.listen"
  })
  void aPortalOnAllAddressesNeedsOneToAdvertise(String good, String bad, String key) {
    assertThat(refusal(GOOD.replace(good, bad)))
        .contains(key)
        .contains("every address")
        .contains("portal.address = HOST:PORT".replace("portal.address", advertised(key)));
  }

  @Test
  void aCompanyIdIsOneOfTheIeeeOrOurs() throws ConfigException {
    assertThat(parse(GOOD).companyId()).isEqualTo("024c53");
    for (String text : List.of("00-50-C2", "0050c2")) {
      assertThat(parse(GOOD + "\nvolume.company-id = " + text).companyId()).isEqualTo("0050c2");
    }
    for (String text : List.of("", "0050c", "0050c2f", "01-00-5E", "00:50:C2", "00-50-C2-")) {
      assertThat(refusal(GOOD + "\nvolume.company-id = " + text))
          .as(text)
          .contains("is not valid; write an OUI");
    }
  }

  /// RFC 5952: one address, one text.
  @Test
  void anIpv6AddressIsPrintedCompressed() throws ConfigException {
    DaemonConfig config = parse(GOOD.replace("192.0.2.2:3260", "[2001:DB8:0:0:0:0:0:10]:3260"));
    assertThat(config.peer().portal()).hasToString("[2001:db8::10]:3260");
    assertThat(config.peer().address()).hasToString("[2001:db8::1]:7789");
  }

  private static String advertised(String key) {
    return key.equals("portal.listen") ? "portal.address" : key;
  }

  @Test
  void fileThatIsNotThereIsSaid() {
    assertThatThrownBy(() -> ConfigFile.read(Path.of("/nowhere/x.conf")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/nowhere/x.conf cannot be read");
  }

  @Test
  void goodFileIsRead() throws ConfigException {
    DaemonConfig config = parse(GOOD + "disk.block-sizes = 4Kn\nloop.kind = epoll\n");

    assertThat(config.nodeName()).isEqualTo("a");
    assertThat(config.portalListen()).isEqualTo(new HostPort("0.0.0.0", 3260));
    assertThat(config.portalAddress()).isEqualTo(new HostPort("192.0.2.1", 3260));
    assertThat(config.peer().address()).hasToString("[2001:db8::1]:7789");
    assertThat(config.peer().anyAddress()).isTrue();
    assertThat(config.disk().declaredSizes()).contains(BlockSizes.NATIVE_4096);
    assertThat(config.disk().volatileCache()).isFalse();
    assertThat(config.loopKind()).contains(LoopKind.EPOLL);
    assertThat(config.consoleUrl()).isEmpty();
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

    assertThat(documented).containsExactlyInAnyOrderElementsOf(ConfigFile.KEYS);
  }
}
