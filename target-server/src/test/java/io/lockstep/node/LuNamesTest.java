package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.LuIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names for life: their form, and that none is given twice.
@Tag("unit")
final class LuNamesTest {
  private final RandomGenerator dice = new Random(7);

  private static final LuNames.Giver GIVER = new LuNames.Giver("k7x2ma", LuIdentity.COMPANY_ID);

  private UnitRecord draw(String volume, UnitRecord... taken) {
    return LuNames.draw(GIVER, volume, "uuid-of-" + volume, taken(taken), dice);
  }

  private static LuNames.Taken taken(UnitRecord... units) {
    return new LuNames.Taken(
        Stream.of(units).map(UnitRecord::name).collect(Collectors.toSet()), List.of(units));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host1",
        "iqn.1993-8.org.debian",
        "iqn.1993-13.org.debian:x",
        "iqn.1993-08.org.Debian:x",
        "iqn.1993-08.org.debian:x y",
        "eui.123",
        "naa.52004567BA64678"
      })
  void whatIsNoInitiatorNameIsRefused(String name) {
    assertThat(LuNames.initiatorFault(name)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "iqn.1993-08.org.debian:01:3f2a",
        "iqn.2008-11.org.linux-kvm",
        "eui.02004567A425678D",
        "naa.52004567BA64678D"
      })
  void initiatorNamesOfTheStandardAreTaken(String name) {
    assertThat(LuNames.initiatorFault(name)).isEmpty();
  }

  @Test
  void nameTooLongForTheStandardIsRefused() {
    assertThat(LuNames.initiatorFault("iqn.1993-08.org.debian:" + "x".repeat(201))).isPresent();
  }

  @Test
  void theLongestNameIsTheOneOfTheApi() throws IOException {
    String longest = "iqn.1993-08.org.debian:" + "x".repeat(200);
    assertThat(LuNames.initiatorFault(longest)).isEmpty();
    assertThat(Files.readString(Path.of("..", "docs", "control-api.yaml")))
        .contains("items: { type: string, maxLength: %d }".formatted(longest.length()));
  }

  @Test
  void theIdentifierHoldsTheConfiguredCompanyId() {
    var giver = new LuNames.Giver("k7x2ma", "0050c2");
    UnitRecord record = LuNames.draw(giver, "vm1", "u", taken(), dice);

    assertThat(record.naa()).startsWith("60050c2");
  }

  @Test
  void iqnHoldsPairAndVolume() {
    UnitRecord record = draw("vm1");

    assertThat(GIVER.iqn(record.target())).isEqualTo("iqn.2026-11.io.lockstep:k7x2ma.vm1");
    assertThat(record.naa()).startsWith("6" + LuIdentity.COMPANY_ID);
    assertThat(record.serial()).matches("[0-9A-Z]{14}");
    assertThat(record.exported()).isFalse();
  }

  @Test
  void nameOfADeletedVolumeIsNotGivenAgain() {
    UnitRecord dead = draw("vm1").tombstone();
    UnitRecord next = draw("vm1", dead);
    UnitRecord third = draw("vm1", dead, next);

    assertThat(next.target()).isEqualTo("vm1-2");
    assertThat(third.name()).isEqualTo("vm1-3");
    assertThat(next.naa()).isNotEqualTo(dead.naa());
    assertThat(next.serial()).isNotEqualTo(dead.serial());
  }

  @Test
  void longestNameStaysWithinTheLimitOfARecordsKey() {
    String volume = "v".repeat(63);

    assertThat(draw(volume, draw(volume)).name()).hasSize(63).endsWith("v-2");
  }

  @Test
  void renameLeavesEveryName() {
    UnitRecord before = draw("vm1");
    UnitRecord after = before.renamed("web");

    assertThat(after.volume()).isEqualTo("web");
    assertThat(after.target()).isEqualTo(before.target());
    assertThat(after.naa()).isEqualTo(before.naa());
    assertThat(after.serial()).isEqualTo(before.serial());
  }
}
