package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.ring.LoopKind;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Hosts that we cannot run here are asked for in writing: what they send in their first minute is
/// said to a portal on loopback, and it must answer as [FirstMinute]'s files say.
@Tag("golden")
class FirstMinuteTest {
  static List<String> files() {
    return FirstMinute.names();
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyAnswerIsTheOneThatTheHostCopesWith(String file) {
    assertThat(differences(FirstMinute.read(file))).isEmpty();
  }

  @Test
  void thereIsAFileForEachKindOfHost() {
    assertThat(files()).containsExactly("esxi.txt", "ipxe.txt", "windows.txt", "xcp-ng.txt");
  }

  /// A replay that takes any answer would prove nothing.
  @Test
  void anAnswerThatIsNotTheRightOneIsTold() {
    String login =
        """
        host any
        source the test
        > connect
        > login 1-3 InitiatorName=iqn.2026-11.org.example:host TargetName=@target
        """;
    String text =
        login
            + """
            < 0201 TargetPortalGroupTag=2
            > scsi 00
            < GOOD
            > scsi 12 00 00 00 24 00 in 36
            < 05/24/00 35 bytes
            < at 8 "OTHER"
            < at 35 00 00
            > logout
            < 1
            """;
    assertThat(differences(FirstMinute.parse(text)))
        .hasSize(8)
        .anySatisfy(one -> assertThat(one).contains("line 4", "wanted 0201, came 0000"))
        .anySatisfy(one -> assertThat(one).contains("line 4", "wanted {TargetPortalGroupTag=2}"))
        .anySatisfy(one -> assertThat(one).contains("line 6", "wanted GOOD, came 06/29/0"))
        .anySatisfy(one -> assertThat(one).contains("line 8", "wanted 05/24/00, came GOOD"))
        .anySatisfy(one -> assertThat(one).contains("line 8", "wanted 35 bytes, came 36"))
        .anySatisfy(one -> assertThat(one).contains("at 8 wanted 4F54484552, came 4C4F434B53"))
        .anySatisfy(one -> assertThat(one).contains("at 35 wanted 0000, came 31"))
        .anySatisfy(one -> assertThat(one).contains("line 12", "wanted 1, came 0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host any\n",
        "host any\n> connect\n",
        "host any\nsource a\n> connect\n< 0000\n",
        "host any\nsource a\n> logout\n",
        "host any\nsource a\n> scsi 1\n< GOOD\n",
        "host any\nsource a\n> scsi 00 in many\n< GOOD\n",
        "host any\nsource a\n> scsi 00\n< FINE\n",
        "host any\nsource a\n> scsi 00\n< GOOD\n< 36 bytes\n",
        "host any\nsource a\n> login 0-1 Key\n< 0000\n",
        "host any\nsource a\n> login 0-1 Key=1 Key=2\n< 0000\n",
        "host any\nsource a\n< GOOD\n",
        "host any\nsource a\nsends logout\n"
      })
  void whatIsNoExchangeIsRefused(String text) {
    assertThatThrownBy(() -> FirstMinute.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("line ");
  }

  private static List<String> differences(FirstMinute script) {
    try (PortalBench bench = PortalBench.on(LoopKind.best());
        FirstMinuteReplay replay = new FirstMinuteReplay(bench)) {
      return replay.differences(script);
    }
  }
}
