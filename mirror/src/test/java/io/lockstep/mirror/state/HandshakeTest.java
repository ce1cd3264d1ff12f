package io.lockstep.mirror.state;

import static io.lockstep.mirror.state.Parties.consenting;
import static io.lockstep.mirror.state.Parties.inTerm;
import static io.lockstep.mirror.state.Parties.keptAll;
import static io.lockstep.mirror.state.Parties.newDisk;
import static io.lockstep.mirror.state.Parties.party;
import static io.lockstep.mirror.state.Parties.primary;
import static io.lockstep.mirror.state.Parties.withDisk;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The decision table, rule by rule, and its symmetry.
class HandshakeTest {
  private static final Generations G1 = new Generations(1, 0, List.of());

  private static Plan.Resync resync(Plan plan) {
    assertThat(plan).isInstanceOf(Plan.Resync.class);
    return (Plan.Resync) plan;
  }

  private static Plan.Stop stop(Plan plan) {
    assertThat(plan).isInstanceOf(Plan.Stop.class);
    return (Plan.Stop) plan;
  }

  @Test
  void twoPrimariesAreASplitBrain() {
    assertThat(
            stop(Handshake.decide(primary(party(0, G1), false), primary(party(1, G1), false)))
                .splitBrain())
        .isTrue();
  }

  @Test
  void aNewDiskIsFilledWhollyFromTheOther() {
    Plan.Resync plan = resync(Handshake.decide(party(0, G1), newDisk(1)));
    assertThat(plan.localIsSource()).isTrue();
    assertThat(plan.full()).isTrue();
    assertThat(plan.baseGeneration()).isEqualTo(1);
  }

  @Test
  void twoNewDisksStop() {
    assertThat(stop(Handshake.decide(newDisk(0), newDisk(1))).why()).contains("both disks are new");
  }

  @Test
  void equalGenerationsWithoutABitAreInSync() {
    assertThat(Handshake.decide(party(0, G1), party(1, G1))).isInstanceOf(Plan.InSync.class);
  }

  @Test
  void aBitOnEitherSideIsNeverIgnored() {
    Party withBits = withDisk(party(1, G1), DiskState.CONSISTENT, 1);
    assertThat(Handshake.decide(party(0, G1), withBits)).isInstanceOf(Plan.Resync.class);
    assertThat(Handshake.decide(withBits, party(0, G1))).isInstanceOf(Plan.Resync.class);
  }

  @Test
  void theNodeThatEndedInOrderIsTheSource() {
    Party killed = withDisk(party(0, G1), DiskState.CONSISTENT, 5);
    Party ended = keptAll(party(1, G1));
    assertThat(resync(Handshake.decide(killed, ended)).localIsSource()).isFalse();
    assertThat(resync(Handshake.decide(keptAll(killed), ended)).localIsSource())
        .as("both ended in order: the last Primary")
        .isTrue();
  }

  @Test
  void theNodeThatStayedUpIsTheSource() {
    Party crashed = withDisk(party(0, G1), DiskState.CONSISTENT, 5);
    Party survivor = withDisk(party(1, G1), DiskState.UP_TO_DATE, 0);
    assertThat(resync(Handshake.decide(crashed, survivor)).localIsSource()).isFalse();
  }

  @Test
  void afterBothWentDownTheLastPrimaryIsTheSource() {
    Party last = withDisk(party(0, G1), DiskState.CONSISTENT, 5);
    assertThat(resync(Handshake.decide(last, party(1, G1))).localIsSource()).isTrue();
  }

  @Test
  void whoWroteAloneIsTheSourceByBitmap() {
    Party ahead = party(0, new Generations(2, 1, List.of()));
    Plan.Resync plan = resync(Handshake.decide(ahead, party(1, G1)));
    assertThat(plan.localIsSource()).isTrue();
    assertThat(plan.full()).isFalse();
    assertThat(plan.baseGeneration()).isEqualTo(1);
  }

  @Test
  void whoseGenerationIsOnlyInTheHistoryIsFilledWholly() {
    Party ahead = party(0, new Generations(3, 0, List.of(2L, 1L)));
    assertThat(resync(Handshake.decide(ahead, party(1, G1))).full()).isTrue();
  }

  @Test
  void bothWroteAloneIsASplitBrainUntilOneDiscards() {
    Party left = party(0, new Generations(2, 1, List.of()));
    Party right = party(1, new Generations(3, 1, List.of()));
    assertThat(stop(Handshake.decide(left, right)).splitBrain()).isTrue();
    assertThat(stop(Handshake.decide(consenting(left, 3), consenting(right, 2))).splitBrain())
        .isTrue();
    Plan.Resync plan = resync(Handshake.decide(left, consenting(right, 2)));
    assertThat(plan.localIsSource()).isTrue();
    assertThat(plan.full()).isFalse();
    assertThat(plan.baseGeneration()).isEqualTo(1);
  }

  @Test
  void unrelatedDataStops() {
    assertThat(
            stop(Handshake.decide(party(0, G1), party(1, new Generations(9, 0, List.of())))).why())
        .contains("unrelated");
  }

  @Test
  void anInterruptedResyncGoesOnByBitmap() {
    Party source = party(0, new Generations(2, 1, List.of()));
    Party target = withDisk(party(1, G1), DiskState.INCONSISTENT, 40);
    Plan.Resync plan = resync(Handshake.decide(source, target));
    assertThat(plan.localIsSource()).isTrue();
    assertThat(plan.full()).isFalse();
  }

  @Test
  void aPrimaryNeverBecomesATarget() {
    Party stale = primary(party(1, G1), false);
    Party ahead = party(0, new Generations(2, 1, List.of()));
    assertThat(stop(Handshake.decide(ahead, stale)).why()).contains("node 1 is Primary");
  }

  @Test
  void theLastPrimaryResumesAndAfterADemotionNobody() {
    Party left = party(0, G1);
    Party right = party(1, G1);
    assertThat(Handshake.resumes(left, right, new Plan.InSync())).isZero();
    Party demoted = inTerm(right, 2, -1);
    assertThat(Handshake.resumes(left, demoted, new Plan.InSync())).isEqualTo(-1);
  }

  @Test
  void bothSidesComeToMirroredPlans() {
    var random = new SplittableRandom(7);
    for (int round = 0; round < 200_000; round++) {
      Party left = random(random, 0);
      Party right = random(random, 1);
      Plan mine = Handshake.decide(left, right);
      Plan theirs = Handshake.decide(right, left);
      switch (mine) {
        case Plan.InSync _ -> assertThat(theirs).isInstanceOf(Plan.InSync.class);
        case Plan.Stop stop -> assertThat(stop(theirs)).isEqualTo(stop);
        case Plan.Resync resync -> {
          assertThat(resync(theirs).localIsSource()).isNotEqualTo(resync.localIsSource());
          assertThat(resync(theirs).full()).isEqualTo(resync.full());
          assertThat(resync(theirs).baseGeneration()).isEqualTo(resync.baseGeneration());
          Party source = resync.localIsSource() ? left : right;
          assertThat(source.isInconsistent()).as("%s %s", left, right).isFalse();
        }
      }
      assertThat(Handshake.resumes(left, right, mine))
          .isEqualTo(Handshake.resumes(right, left, theirs));
    }
  }

  private static Party random(SplittableRandom random, int id) {
    DiskState[] states = {
      DiskState.INCONSISTENT, DiskState.OUTDATED, DiskState.CONSISTENT, DiskState.UP_TO_DATE
    };
    boolean newDisk = random.nextInt(8) == 0;
    var history = new ArrayList<Long>();
    for (int count = random.nextInt(3); count > 0; count--) {
      history.add(1L + random.nextInt(5));
    }
    return new Party(
        id,
        newDisk
            ? Generations.NONE
            : new Generations(1 + random.nextInt(5), random.nextInt(6), history),
        2 * random.nextInt(3) + id,
        random.nextInt(3) - 1,
        random.nextInt(4) == 0 ? Role.PRIMARY : Role.SECONDARY,
        newDisk ? DiskState.INCONSISTENT : states[random.nextInt(4)],
        newDisk,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(4) == 0,
        random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0,
        random.nextBoolean() ? 0 : random.nextInt(100));
  }
}
