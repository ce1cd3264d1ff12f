package io.lockstep.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.Json.BadJsonException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What older releases wrote, byte for byte; what is wrong with it is said, and nothing made up.
@Tag("golden")
final class LuRecordTest {
  private static final String GOLDEN =
      """
      {"version":2,"name":"vm1","volumeUuid":"u","volume":"vm1",\
      "iqn":"iqn.2026-11.io.lockstep:k7x2ma.vm1",\
      "naa":"6024c530000000000000000000000001","serial":"S1",\
      "blockBytes":512,"exported":true,"initiators":["iqn.1993-08.org.debian:01:h"],\
      "deleted":false,"writeCache":false}""";

  /// Before there was a switch.
  private static final String OLDER =
      GOLDEN.replace("\"version\":2,", "\"version\":1,").replace(",\"writeCache\":false", "");

  @Test
  void oneRecordOfAnOlderReleaseIsReadAsThree() throws BadJsonException {
    LuRecord record = LuRecord.decode(GOLDEN.getBytes(UTF_8));

    assertThat(record.unit())
        .isEqualTo(
            new UnitRecord(
                UnitRecord.VERSION,
                "vm1",
                "u",
                "vm1",
                "6024c530000000000000000000000001",
                "S1",
                512,
                false,
                "vm1",
                0,
                true,
                false));
    assertThat(record.target())
        .isEqualTo(TargetRecord.of("vm1", "iqn.2026-11.io.lockstep:k7x2ma.vm1"));
    assertThat(record.access())
        .hasValue(AccessRecord.of("vm1", List.of("iqn.1993-08.org.debian:01:h")));
  }

  /// A record of a release that had no switch.
  @Test
  void theWriteCacheOfTheFirstReleaseIsOn() throws BadJsonException {
    assertThat(LuRecord.decode(OLDER.getBytes(UTF_8)).unit().writeCache()).isTrue();
  }

  /// Nobody may log in to what is not offered, later either.
  @Test
  void whatIsNotOfferedHasNoAccess() throws BadJsonException {
    String text = GOLDEN.replace("\"exported\":true", "\"exported\":false");
    assertThat(LuRecord.decode(text.getBytes(UTF_8)).access()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "name":"vm1"               | "name":"VM 1"           | name is not one
          k7x2ma.vm1                 | k7x2ma vm1              | iqn is not
          "naa":"6024c530000000000000000000000001"   | "naa":"x"               | naa is not
          "naa":"6                   | "naa":"3                | naa is not
          "S1"                       | ""                      | serial is not
          "S1"                       | "a b"                   | serial is not
          512                        | 520                     | blockBytes is 520
          512                        | 512.5                   | blockBytes must be a whole number
          "iqn.1993-08.org.debian:01:h" | null                 | initiators[0] is null
          "iqn.1993-08.org.debian:01:h" | "h"                  | initiators holds
          "initiators":              | "guests":               | initiators
          "deleted":false            | "x":1                   | deleted
          "exported":true            | "exported":null         | exported
          """)
  void whatIsWrongWithARecordIsSaidAndNothingIsMadeUp(String from, String to, String clause) {
    byte[] json = GOLDEN.replace(from, to).getBytes(UTF_8);

    assertThat(catchThrowableOfType(BadJsonException.class, () -> LuRecord.decode(json)))
        .hasMessageContaining(clause);
  }
}
