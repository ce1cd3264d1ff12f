package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.control.api.Json.BadJsonException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A record on a disk, byte for byte; and what is wrong with one is said, and nothing made up.
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
  void aRecordIsThisText() throws BadJsonException {
    LuRecord record =
        new LuRecord(
            2,
            "vm1",
            "u",
            "vm1",
            "iqn.2026-11.io.lockstep:k7x2ma.vm1",
            "6024c530000000000000000000000001",
            "S1",
            512,
            true,
            List.of("iqn.1993-08.org.debian:01:h"),
            false,
            false);

    assertThat(new String(record.encode(), UTF_8)).isEqualTo(GOLDEN);
    assertThat(LuRecord.decode(GOLDEN.getBytes(UTF_8))).isEqualTo(record);
    assertThat(LuRecord.version(GOLDEN.replace(":2,", ":7,").getBytes(UTF_8))).isEqualTo(7);
  }

  /// It would take it for on.
  @Test
  void aReleaseWithoutTheSwitchRefusesARecordWhoseWriteCacheIsOff() throws BadJsonException {
    LuRecord off = LuRecord.decode(GOLDEN.getBytes(UTF_8));

    assertThat(off.version()).isEqualTo(LuRecord.VERSION_WITHOUT_CACHE);
    assertThat(off.renamed("vm2").notExported().version()).isEqualTo(off.version());
    assertThat(off.withWriteCache(true).version()).isEqualTo(LuRecord.VERSION);
    assertThat(off.tombstone().version()).as("its volume is gone").isEqualTo(LuRecord.VERSION);
    assertThat(LuRecord.isKnown(3)).isFalse();
  }

  /// A record of a release that had no switch.
  @Test
  void theWriteCacheOfAnOlderRecordIsOn() throws BadJsonException {
    byte[] older = OLDER.getBytes(UTF_8);

    assertThat(LuRecord.decode(older).writeCache()).isTrue();
    assertThat(LuRecord.decode(older).withWriteCache(false))
        .isEqualTo(LuRecord.decode(GOLDEN.getBytes(UTF_8)));
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
