package io.lockstep.mirror.state;

import static io.lockstep.mirror.state.Parties.consenting;
import static io.lockstep.mirror.state.Parties.failed;
import static io.lockstep.mirror.state.Parties.generations;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The decision table, rule by rule, and its symmetry.
@Tag("unit")
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

  private static void assertStepsDown(int loser, Party left, Party right) {
    for (Plan plan : List.of(Handshake.decide(left, right), Handshake.decide(right, left))) {
      assertThat(plan)
          .isInstanceOfSatisfying(
              Plan.StepDown.class,
              down -> {
                assertThat(down.loser()).isEqualTo(loser);
                assertThat(down.stop().splitBrain()).isTrue();
                assertThat(down.stop().why()).contains("node " + loser + " has stopped serving");
              });
    }
  }

  @Test
  void ofTwoPrimariesTheOneThatNoHostHasWrittenToStepsDown() {
    Party left = inTerm(party(0, G1), 2, 0);
    Party right = inTerm(party(1, G1), 3, 1);
    assertStepsDown(1, primary(left, true), primary(right, false));
    assertStepsDown(0, primary(left, false), primary(right, true));
  }

  @Test
  void ofTwoPrimariesThatAreAlikeTheOneOfTheLowerTermStepsDown() {
    Party left = inTerm(party(0, G1), 4, 0);
    Party right = inTerm(party(1, G1), 3, 1);
    assertStepsDown(1, primary(left, true), primary(right, true));
    assertStepsDown(1, primary(left, false), primary(right, false));
    assertStepsDown(0, primary(inTerm(left, 2, 0), true), primary(right, true));
  }

  @Test
  void aPrimaryWithoutADiskStepsDown() {
    Party left = primary(party(0, G1), true);
    Party right = primary(inTerm(party(1, G1), 3, 1), false);
    assertStepsDown(0, withDisk(left, DiskState.FAILED, 0), right);
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
  void twoInconsistentDisksStopUntilTheSourceIsBack() {
    Party left = withDisk(party(0, G1), DiskState.INCONSISTENT, 40);
    Party right = withDisk(party(1, G1), DiskState.INCONSISTENT, 40);
    Plan.Stop stop = stop(Handshake.decide(left, right));
    assertThat(stop.why()).contains("both disks are Inconsistent");
    assertThat(stop.action()).contains("bring back the node that was the source");
    assertThat(stop.mayPass()).isTrue();
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
  void inAFullResyncNobodyResumesButASourceThatWasPrimaryLast() {
    Party ahead = party(0, generations(3, 0, 2L, 1L));
    Party behind = party(1, G1);
    Plan plan = Handshake.decide(ahead, behind);
    assertThat(Handshake.resumes(ahead, behind, plan)).isZero();
    assertThat(Handshake.resumes(inTerm(ahead, 3, 1), behind, plan)).isEqualTo(-1);
    Party secondary = inTerm(party(1, G1), 2, 0);
    Plan filling = Handshake.decide(newDisk(0), secondary);
    assertThat(resync(filling).localIsSource()).isFalse();
    assertThat(Handshake.resumes(newDisk(0), secondary, filling))
        .as("node 0 was Primary last, and its disk is new: what it held is not known")
        .isEqualTo(-1);
  }

  /// The other node may have been Primary since, and have lost that with its disk.
  @Test
  void whoFillsADiskOfWhichNothingIsKnownDoesNotResume() {
    Party last = inTerm(party(0, G1), 4, 0);
    Party strange = withDisk(party(1, generations(7, 0)), DiskState.INCONSISTENT, 9);
    for (Party other : List.of(newDisk(1), strange)) {
      Plan filling = Handshake.decide(last, other);
      assertThat(resync(filling).localIsSource()).isTrue();
      assertThat(Handshake.resumes(last, other, filling)).isEqualTo(-1);
    }
    Party interrupted = withDisk(party(1, G1), DiskState.INCONSISTENT, 9);
    Plan goesOn = Handshake.decide(last, interrupted);
    assertThat(Handshake.resumes(last, interrupted, goesOn)).as("by bitmap").isZero();
  }

  @Test
  void aPairThatMeetsForTheFirstTimeHasAPrimaryAtOnce() {
    for (int first : new int[] {0, 1}) {
      Party laidOut = inTerm(party(first, G1), Term.next(0, first), first);
      Party joins = newDisk(1 - first);
      Plan filling = Handshake.decide(laidOut, joins);
      assertThat(Handshake.resumes(laidOut, joins, filling)).isEqualTo(first);
    }
  }

  /// The link was lost when the target had noted that it is Inconsistent, and the source not yet
  /// that it is UpToDate: then the Outdated node was no source any more, and only force was left.
  @Test
  void anInterruptedResyncFromAnOutdatedDiskThatLostNothingGoesOn() {
    Party outdated = keptAll(withDisk(party(1, G1), DiskState.OUTDATED, 0));
    Party target = withDisk(party(0, G1), DiskState.INCONSISTENT, 9);
    assertThat(resync(Handshake.decide(outdated, target)).localIsSource()).isTrue();
    assertThat(resync(Handshake.decide(target, outdated)).localIsSource()).isFalse();
    Party killed = withDisk(party(1, G1), DiskState.OUTDATED, 0);
    assertThat(stop(Handshake.decide(killed, target)).why()).contains("is Outdated");
  }

  @Test
  void anOutdatedDiskIsNoSource() {
    Party outdated = withDisk(party(1, G1), DiskState.OUTDATED, 0);
    assertThat(stop(Handshake.decide(newDisk(0), outdated)).why()).contains("is Outdated");
    Party inconsistent = withDisk(party(0, generations(7, 1)), DiskState.INCONSISTENT, 9);
    assertThat(stop(Handshake.decide(inconsistent, outdated)).why()).contains("is Outdated");
    Party restored = party(0, generations(9, 0));
    Party newer = withDisk(party(1, generations(1, 9)), DiskState.OUTDATED, 3);
    assertThat(stop(Handshake.decide(restored, newer)).action()).contains("--force");
  }

  @Test
  void anOutdatedDiskWithTheSameDataIsBroughtUpToDate() {
    Party outdated = withDisk(party(1, G1), DiskState.OUTDATED, 1);
    assertThat(resync(Handshake.decide(party(0, G1), outdated)).localIsSource()).isTrue();
    assertThat(resync(Handshake.decide(outdated, party(0, G1))).localIsSource()).isFalse();
  }

  /// It was passed over, and what a killed node had lost was copied over the good copy.
  @Test
  void anOutdatedDiskThatLostNothingIsTheSourceForOneOfTheSameGeneration() {
    record Row(String what, Party other, boolean outdatedIsSource) {}
    Party outdated = keptAll(withDisk(party(1, G1), DiskState.OUTDATED, 0));
    Party killed = withDisk(party(0, G1), DiskState.CONSISTENT, 5);
    Row[] rows = {
      new Row("was killed", killed, true),
      new Row("was killed while Outdated", withDisk(killed, DiskState.OUTDATED, 5), true),
      new Row("has failed before", failed(keptAll(killed)), true),
      new Row("ended in order", keptAll(killed), false),
      new Row("stayed up", withDisk(killed, DiskState.UP_TO_DATE, 5), false),
      new Row("is Primary", withDisk(primary(killed, false), DiskState.UP_TO_DATE, 5), false),
      new Row("went on alone", party(0, generations(2, 1)), false),
      new Row("went on alone twice", party(0, generations(3, 2, 1L)), false),
    };
    for (Row row : rows) {
      assertThat(resync(Handshake.decide(outdated, row.other)).localIsSource())
          .as("the other %s", row.what)
          .isEqualTo(row.outdatedIsSource);
      assertThat(resync(Handshake.decide(row.other, outdated)).localIsSource())
          .as("the other %s", row.what)
          .isNotEqualTo(row.outdatedIsSource);
    }
  }

  /// What a disk holds that was being filled, or held before it was laid out, nobody knows.
  @Test
  void anOutdatedDiskThatLostNothingIsNoSourceForAnyOther() {
    Party outdated = keptAll(withDisk(party(1, G1), DiskState.OUTDATED, 0));
    Party[] others = {newDisk(0), party(0, generations(9, 0))};
    for (Party other : others) {
      assertThat(Handshake.decide(outdated, other)).isInstanceOf(Plan.Stop.class);
    }
    Party ahead = keptAll(withDisk(party(1, generations(2, 1)), DiskState.OUTDATED, 3));
    assertThat(stop(Handshake.decide(party(0, G1), ahead)).why()).contains("is Outdated");
  }

  @Test
  void aDiskThatHasFailedBeforeIsATarget() {
    Party marked = keptAll(failed(party(0, G1)));
    Party good = party(1, G1);
    assertThat(resync(Handshake.decide(marked, good)).localIsSource())
        .as("even if nothing is marked as different")
        .isFalse();
    Party ahead = party(1, generations(2, 1));
    assertThat(resync(Handshake.decide(failed(party(0, G1)), ahead)).full()).isFalse();
    Plan.Stop both = stop(Handshake.decide(marked, failed(good)));
    assertThat(both.why()).contains("both nodes");
    assertThat(both.action()).as("it ended in order").contains("promote node 0 with --force");
  }

  @Test
  void theBestCopyIsNotGivenUpBecauseItsDiskHasFailed() {
    Party newer = failed(party(0, generations(2, 1)));
    Plan.Stop stop = stop(Handshake.decide(newer, party(1, G1)));
    assertThat(stop.why()).contains("node 0 has the newer data", "failed");
    assertThat(stop.mayPass()).isTrue();
    assertThat(stop(Handshake.decide(failed(party(0, G1)), newDisk(1))).why()).contains("failed");
  }

  @Test
  void nodesStayConnectedWithoutADiskThatFails() {
    Party dead = withDisk(party(1, G1), DiskState.FAILED, 0);
    Party alone = primary(party(0, generations(2, 1)), true);
    assertThat(Handshake.decide(alone, dead)).isEqualTo(new Plan.WithoutDisk(1));
    assertThat(Handshake.decide(party(0, G1), dead)).isEqualTo(new Plan.WithoutDisk(1));
    assertThat(
            stop(Handshake.decide(
                    party(0, G1), withDisk(party(1, generations(2, 1)), DiskState.FAILED, 0)))
                .why())
        .contains("newer data");
    assertThat(stop(Handshake.decide(withDisk(party(0, G1), DiskState.FAILED, 0), dead)).mayPass())
        .isTrue();
  }

  /// Consent stayed armed, and the next split brain was healed without a word.
  @Test
  void consentForAnotherSplitCountsForNothing() {
    Party left = party(0, generations(2, 1));
    Party right = party(1, generations(3, 1));
    assertThat(stop(Handshake.decide(left, consenting(right, 7))).splitBrain()).isTrue();
    assertThat(Handshake.decide(left, consenting(right, 2))).isInstanceOf(Plan.Resync.class);
    assertThat(Handshake.decide(party(0, G1), consenting(party(1, G1), 1)))
        .as("there is no split")
        .isInstanceOf(Plan.InSync.class);
  }

  @Test
  void bothSidesComeToMirroredPlans() {
    var random = new SplittableRandom(7);
    for (int round = 0; round < 50_000; round++) {
      Party left = random(random, 0);
      Party right = random(random, 1);
      Plan mine = Handshake.decide(left, right);
      Plan theirs = Handshake.decide(right, left);
      switch (mine) {
        case Plan.InSync _ -> assertThat(theirs).isInstanceOf(Plan.InSync.class);
        case Plan.Stop _, Plan.StepDown _, Plan.WithoutDisk _ -> assertThat(theirs).isEqualTo(mine);
        case Plan.Resync resync -> {
          assertThat(resync(theirs).localIsSource()).isNotEqualTo(resync.localIsSource());
          assertThat(resync(theirs).full()).isEqualTo(resync.full());
          assertThat(resync(theirs).baseGeneration()).isEqualTo(resync.baseGeneration());
          Party source = resync.localIsSource() ? left : right;
          Party target = resync.localIsSource() ? right : left;
          boolean good =
              !source.isInconsistent()
                  && !source.failed()
                  && !(source.isOutdated() && !source.lostNothing())
                  && !(source.isOutdated() && !sameGeneration(source, target))
                  && !target.isPrimary();
          assertThat(good).as("%s %s", left, right).isTrue();
        }
      }
      assertThat(Handshake.resumes(left, right, mine))
          .isEqualTo(Handshake.resumes(right, left, theirs));
    }
  }

  private static boolean sameGeneration(Party left, Party right) {
    return left.generations().current() == right.generations().current();
  }

  private static Party random(SplittableRandom random, int id) {
    DiskState[] states = {
      DiskState.INCONSISTENT,
      DiskState.OUTDATED,
      DiskState.CONSISTENT,
      DiskState.UP_TO_DATE,
      DiskState.FAILED
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
        newDisk ? DiskState.INCONSISTENT : states[random.nextInt(states.length)],
        newDisk,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(4) == 0,
        random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0,
        random.nextBoolean() ? 0 : random.nextInt(100));
  }
}
