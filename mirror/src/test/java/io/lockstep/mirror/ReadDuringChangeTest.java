package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A read and a write of the same block at the same time.
@Tag("run-book")
class ReadDuringChangeTest {
  private static final int BLOCK = 3000;
  private static final long SECOND = 1_000_000_000L;

  /// The write was on the Primary's disk and not on the Secondary's: a host read it, the Primary
  /// died, and the value was gone.
  @Test
  void noHostReadsWhatATakeoverTakesBack() {
    var pair = MirrorPair.seeded(70);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(B, Operation.WRITE);
    var written = pair.writing(A, BLOCK, 2);
    pair.runUntil("on A's disk", () -> pair.onDisk(A, BLOCK) == 2);
    var read = pair.reading(A, BLOCK);
    pair.runFor(SECOND / 2);
    assertThat(read).isNotDone();
    assertThat(written).isNotDone();
    pair.releaseDisk(B).runUntil("read", read::isDone);
    assertThat(written).isCompleted();
    assertThat(read.join()).isEqualTo(2);
  }

  @Test
  void aReadThatBeganBeforeTheWriteWaitsForItToo() {
    var pair = MirrorPair.seeded(71);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, Operation.READ).stickDisk(B, Operation.WRITE);
    var read = pair.reading(A, BLOCK);
    var written = pair.writing(A, BLOCK, 2);
    pair.runUntil("on A's disk", () -> pair.onDisk(A, BLOCK) == 2);
    pair.releaseDisk(A).runFor(SECOND / 2);
    assertThat(read).isNotDone();
    pair.releaseDisk(B).runUntil("both", () -> read.isDone() && written.isDone());
    assertThat(read.join()).isEqualTo(2);
  }

  @Test
  void aReadOfAnotherBlockWaitsForNobody() {
    var pair = MirrorPair.seeded(72);
    pair.write(A, BLOCK + 1, 1);
    pair.stickDisk(B, Operation.WRITE);
    var written = pair.writing(A, BLOCK, 2);
    assertThat(pair.read(A, BLOCK + 1)).isEqualTo(1);
    assertThat(written).isNotDone();
  }

  /// Alone, a write has ended when the new generation is durable.
  @Test
  void aReadWaitsForTheGenerationThatItsWriteWaitsFor() {
    var pair = MirrorPair.seeded(73);
    pair.write(A, BLOCK, 1);
    pair.runFor(SECOND).cutLink().stickDisk(A, Operation.FLUSH);
    var written = pair.writing(A, BLOCK, 2);
    pair.runUntil("on A's disk", () -> pair.onDisk(A, BLOCK) == 2);
    var read = pair.reading(A, BLOCK);
    pair.runFor(SECOND / 2);
    assertThat(read).isNotDone();
    pair.releaseDisk(A).runUntil("read", read::isDone);
    assertThat(written).isCompleted();
    assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
    assertThat(read.join()).isEqualTo(2);
  }

  @Test
  void aReadOfABlockThatIsAlwaysBeingWrittenIsAnswered() {
    var pair = MirrorPair.seeded(74);
    pair.write(A, BLOCK, 1);
    var last = pair.writing(A, BLOCK, 1);
    var read = pair.reading(A, BLOCK);
    for (int written = 2; !read.isDone(); written++) {
      assertThat(written).isLessThan(20);
      var before = last;
      last = pair.writing(A, BLOCK, written);
      pair.runUntil("the one before", before::isDone);
    }
    assertThat(read.join()).isPositive();
  }

  /// I9: what was read in a role is answered in that role.
  @Test
  void aDemotionWaitsForTheReads() {
    var pair = MirrorPair.seeded(75);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, Operation.READ);
    var read = pair.reading(A, BLOCK);
    var demoted = pair.demoting(A);
    pair.runFor(SECOND / 2);
    assertThat(demoted).isNotDone();
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    pair.releaseDisk(A).runUntil("demoted", demoted::isDone);
    assertThat(read.join()).isEqualTo(1);
  }
}
