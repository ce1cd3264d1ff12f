package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Json;
import io.lockstep.scsi.LuIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names for life: their form, and that none is given twice.
@Tag("unit")
final class LuNamesTest {
  private final RandomGenerator dice = new Random(7);

  private LuRecord draw(String volume, List<LuRecord> taken) {
    var giver = new LuNames.Giver("k7x2ma", LuIdentity.COMPANY_ID);
    return LuNames.draw(giver, volume, "uuid-of-" + volume, taken, dice);
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
    LuRecord record = LuNames.draw(giver, "vm1", "u", List.of(), dice);

    assertThat(record.identity().naa()).startsWith("60050c2");
  }

  @Test
  void iqnHoldsPairAndVolume() {
    LuRecord record = draw("vm1", List.of());

    assertThat(record.iqn()).isEqualTo("iqn.2026-11.io.lockstep:k7x2ma.vm1");
    assertThat(record.identity().naa()).startsWith("6" + LuIdentity.COMPANY_ID);
    assertThat(record.serial()).matches("[0-9A-Z]{14}");
    assertThat(record.exported()).isFalse();
  }

  @Test
  void nameOfADeletedVolumeIsNotGivenAgain() {
    LuRecord dead = draw("vm1", List.of()).tombstone();
    LuRecord next = draw("vm1", List.of(dead));
    LuRecord third = draw("vm1", List.of(dead, next));

    assertThat(next.iqn()).isEqualTo("iqn.2026-11.io.lockstep:k7x2ma.vm1-2");
    assertThat(third.name()).isEqualTo("vm1-3");
    assertThat(next.naa()).isNotEqualTo(dead.naa());
    assertThat(next.serial()).isNotEqualTo(dead.serial());
  }

  @Test
  void longestNameStaysWithinTheLimitOfARecordsKey() {
    String volume = "v".repeat(63);

    assertThat(draw(volume, List.of(draw(volume, List.of()))).name()).hasSize(63).endsWith("v-2");
  }

  @Test
  void renameLeavesEveryName() {
    LuRecord before = draw("vm1", List.of());
    LuRecord after = before.renamed("web");

    assertThat(after.volume()).isEqualTo("web");
    assertThat(after.iqn()).isEqualTo(before.iqn());
    assertThat(after.naa()).isEqualTo(before.naa());
    assertThat(after.serial()).isEqualTo(before.serial());
  }

  @Test
  void recordSurvivesItsBytes() throws Json.BadJsonException {
    LuRecord record = draw("vm1", List.of()).exportedTo(List.of("iqn.1993-08.org.debian:01:a"));

    assertThat(LuRecord.decode(record.encode())).isEqualTo(record);
  }

  @Test
  void joinCodeCarriesThePair() {
    PairIdentity identity = PairIdentity.random(dice);

    assertThat(identity.pairName()).matches("[a-z][a-z0-9]{5}");
    assertThat(identity.pairId().version()).isEqualTo(4);
    assertThat(identity.pairId().variant()).isEqualTo(2);
    assertThat(PairIdentity.parse(identity.joinCode())).contains(identity);
    assertThat(PairIdentity.parse("k7:nonsense:x")).isEmpty();
    assertThat(PairIdentity.parse("")).isEmpty();
  }
}
