package io.lockstep.mirror.meta;

import static io.lockstep.mirror.meta.SuperblockCodecTest.SAMPLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.meta.SuperblockDecoded.Blank;
import io.lockstep.mirror.meta.SuperblockDecoded.Damaged;
import io.lockstep.mirror.meta.SuperblockDecoded.Foreign;
import io.lockstep.mirror.meta.SuperblockDecoded.Ok;
import io.lockstep.mirror.meta.SuperblockDecoded.TooNew;
import io.lockstep.mirror.meta.SuperblockDecoded.TooOld;
import io.lockstep.mirror.meta.SuperblockPair.Choice;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two copies, one truth: after a crash at any moment of a write, the pair gives the old state or
/// the new one, never another, and never an older one later.
@Tag("unit")
class SuperblockPairTest {
  private static final Superblock OLD = SAMPLE;
  private static final Superblock NEW = withTerm(SAMPLE, 8, 1).next();

  private static Superblock withTerm(Superblock superblock, long term, int primaryNode) {
    return superblock.withLedger(superblock.ledger().withTerm(term, primaryNode));
  }

  @Test
  void theNewerIntactCopyCounts() {
    assertThat(choose(new Ok(NEW), new Ok(NEW))).isEqualTo(new Choice.Chosen(NEW));
    assertThat(choose(new Ok(NEW), new Ok(OLD))).isEqualTo(new Choice.Chosen(NEW));
    assertThat(choose(new Ok(OLD), new Ok(NEW))).isEqualTo(new Choice.Chosen(NEW));
  }

  @Test
  void oneIntactCopyIsEnough() {
    for (var bad : List.of(new Blank(), new Foreign(), new Damaged("torn"))) {
      assertThat(choose(bad, new Ok(OLD))).isEqualTo(new Choice.Chosen(OLD));
      assertThat(choose(new Ok(OLD), bad)).isEqualTo(new Choice.Chosen(OLD));
    }
  }

  @Test
  void blankTwiceIsUnformattedAndTheRestIsRefused() {
    assertThat(choose(new Blank(), new Blank())).isEqualTo(new Choice.Unformatted());
    assertRefused(new Blank(), new Foreign(), "copy A is blank, copy B holds something else");
    assertRefused(new Foreign(), new Foreign(), "holds something else");
    assertRefused(new Damaged("torn"), new Blank(), "is damaged (torn)");
  }

  /// Each says what it is, and what to do.
  @Test
  void tooNewTooOldAndDamagedAreToldApart() {
    assertRefused(new TooNew("format version 3"), new Ok(OLD), "later release");
    assertRefused(new Ok(OLD), new TooNew("format version 3"), "format version 3");
    assertRefused(new TooNew("x"), new TooOld("format version 1"), "install that release");
    assertRefused(new TooOld("format version 1"), new Blank(), "before the first release");
    assertRefused(new Damaged("torn"), new TooOld("format version 1"), "lay it out anew");
    assertRefused(new Damaged("torn"), new Damaged("torn"), "keep the disk untouched");
    assertThat(choose(new TooOld("x"), new Ok(OLD))).isEqualTo(new Choice.Chosen(OLD));
  }

  @Test
  void copiesThatContradictEachOtherAreRefused() {
    assertRefused(new Ok(NEW), new Ok(OLD.next()), "same sequence 43");
    var stranger =
        new Superblock(
            99,
            new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "other", 0),
            OLD.geometry(),
            OLD.layout(),
            OLD.facts(),
            OLD.ledger(),
            KeptBytes.NONE);
    assertRefused(new Ok(OLD), new Ok(stranger), "pair kite and pair other");
  }

  /// Writes A, flush, B, flush; stops anywhere, with the copy under way torn anyhow; then attaches,
  /// repairs in the same order, and may be stopped again.
  @Test
  void aCrashAnywhereGivesTheOldOrTheNewState() {
    for (int seed = 0; seed < 2000; seed++) {
      var random = new SplittableRandom(seed);
      byte[][] copies = {SuperblockCodecTest.encoded(OLD), SuperblockCodecTest.encoded(OLD)};
      Superblock known = OLD;
      for (int write = 0; write < 5; write++) {
        Superblock next = withTerm(known, known.term() + 1, write % 2).next();
        boolean whole = store(copies, next, random.nextInt(4), random);
        Superblock found = attach(copies);
        assertThat(found).as("seed %d", seed).isIn(known, next);
        if (whole) {
          assertThat(found).as("seed %d", seed).isEqualTo(next);
        }
        known = found;
      }
    }
  }

  /// @param stopAt 0 while A is written, 1 before B, 2 while B is written, 3 not at all
  /// @return whether the writer was told that the new state is stable
  private static boolean store(
      byte[][] copies, Superblock next, int stopAt, SplittableRandom random) {
    byte[] bytes = SuperblockCodecTest.encoded(next);
    if (stopAt == 0) {
      tear(copies[0], bytes, random);
      return false;
    }
    copies[0] = bytes.clone();
    if (stopAt == 2) {
      tear(copies[1], bytes, random);
    } else if (stopAt == 3) {
      copies[1] = bytes.clone();
    }
    return stopAt == 3;
  }

  private static void tear(byte[] copy, byte[] bytes, SplittableRandom random) {
    for (int at = 0; at < bytes.length; at += 512) {
      if (random.nextBoolean()) {
        System.arraycopy(bytes, at, copy, at, 512);
      }
    }
  }

  private static Superblock attach(byte[][] copies) {
    Choice choice =
        choose(SuperblockCodecTest.decode(copies[0]), SuperblockCodecTest.decode(copies[1]));
    assertThat(choice).isInstanceOf(Choice.Chosen.class);
    var chosen = (Choice.Chosen) choice;
    copies[0] = SuperblockCodecTest.encoded(chosen.superblock());
    copies[1] = copies[0].clone();
    return chosen.superblock();
  }

  private static Choice choose(SuperblockDecoded copyA, SuperblockDecoded copyB) {
    return SuperblockPair.choose(copyA, copyB);
  }

  private static void assertRefused(
      SuperblockDecoded copyA, SuperblockDecoded copyB, String sentence) {
    Choice choice = choose(copyA, copyB);
    assertThat(choice).isInstanceOf(Choice.Refused.class);
    assertThat(((Choice.Refused) choice).refusal().sentence()).contains(sentence);
  }
}
