package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// COMPARE AND WRITE, VERIFY and WRITE AND VERIFY (SBC-3 5.2, 5.33, 5.41): a difference is told
/// with its place, and changes nothing.
@Tag("unit")
class CompareTest {
  private final Bench bench = Bench.active();
  private final byte[] content = new byte[2048];

  @BeforeEach
  void fill() {
    new java.util.Random(3).nextBytes(content);
    bench.toDisk(16, content);
  }

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private byte[] differingAt(int index) {
    byte[] copy = content.clone();
    copy[index] ^= 1;
    return copy;
  }

  @Test
  void whatIsEqualIsReplaced() {
    byte[] fresh = Golden.filled(2048, 0x11);
    bench.run("89 00 0000000000000010 00000004 00 00", joined(content, fresh)).isGood();
    assertThat(bench.onDisk(16, 4)).isEqualTo(fresh);
    assertThat(bench.device.counts().fuaWrites()).isZero();
    bench.run("89 08 0000000000000010 00000004 00 00", joined(fresh, content)).isGood();
    assertThat(bench.device.counts().fuaWrites()).as("FUA").isEqualTo(1);
  }

  @Test
  void whatDiffersStays() {
    byte[] fresh = Golden.filled(2048, 0x11);
    for (int at : new int[] {0, 1, 511, 512, 2047}) {
      bench
          .run("89 00 0000000000000010 00000004 00 00", joined(differingAt(at), fresh))
          .isRefused(ScsiResult.miscompare(at));
    }
    assertThat(bench.onDisk(16, 4)).isEqualTo(content);
    assertThat(bench.device.counts().writes()).isZero();
  }

  @Test
  void compareAndWriteOfNothingDoesNothing() {
    bench.run("89 00 0000000000000010 00000000 00 00").isGood();
    assertThat(bench.device.counts().reads()).isZero();
  }

  @Test
  void dataOfAnotherLengthThanTheCdbSaysAreRefused() {
    Bench.Task compare =
        bench.task(bench.nexus, 0, "89 00 0000000000000010 00000001 00 00", TaskAttribute.SIMPLE);
    compare.announcedDataOutBytes(4 * 512);
    bench.start(compare);
    Bench.Task repeat =
        bench.task(bench.nexus, 0, "41 00 00000010 00 0001 00", TaskAttribute.SIMPLE);
    repeat.announcedDataOutBytes(1024);
    bench.start(repeat);
    bench.loop.runReady();
    compare.isRefused(ScsiResult.invalidFieldInCdb(13, -1));
    repeat.isRefused(ScsiResult.invalidFieldInCdb(7, -1));
    assertThat(bench.onDisk(16, 4)).isEqualTo(content);
  }

  @Test
  void oneOfTwoThatCompareAtOnceWins() {
    Bench.Task first =
        bench.start(
            "89 00 0000000000000010 00000004 00 00", joined(content, Golden.filled(2048, 1)));
    Bench.Task second =
        bench.start(
            "89 00 0000000000000010 00000004 00 00", joined(content, Golden.filled(2048, 2)));
    bench.loop.runReady();
    first.isGood();
    assertThat(second.result()).isInstanceOf(ScsiResult.CheckCondition.class);
    assertThat(bench.onDisk(16, 4)).containsOnly(1);
  }

  @Test
  void verifyComparesWhereItShould() {
    bench.run("2F 00 00000010 00 0004 00").isGood(); // can be read
    bench.run("2F 02 00000010 00 0004 00", content).isGood();
    bench.run("AF 02 00000010 00000004 00 00", content).isGood();
    bench.run("8F 02 0000000000000010 00000004 00 00", content).isGood();
    for (int at : new int[] {0, 700, 2047}) {
      bench.run("2F 02 00000010 00 0004 00", differingAt(at)).isRefused(ScsiResult.miscompare(at));
    }
  }

  @Test
  void verifyComparesOneBlockWithEach() {
    bench.toDisk(32, Golden.filled(2048, 9));
    bench.run("2F 06 00000020 00 0004 00", Golden.filled(512, 9)).isGood();
    byte[] odd = Golden.filled(2048, 9);
    odd[1030] = 8;
    bench.toDisk(32, odd);
    bench
        .run("8F 06 0000000000000020 00000004 00 00", Golden.filled(512, 9))
        .isRefused(ScsiResult.miscompare(1030));
    bench.run("2F 06 00000020 00 0000 00").isGood();
  }

  @Test
  void verifyOfManyBlocksReadsThemAll() {
    bench.run("2F 00 00000000 00 2000 00").isGood();
    assertThat(bench.device.counts().readBytes()).isEqualTo(4 << 20);
  }

  @Test
  void whatVerifyBorrowsIsBounded() {
    bench.hold.hold();
    Bench.Task verify = bench.start("8F 00 0000000000000000 00002000 00 00");
    assertThat(bench.pool.borrowedBytes()).isEqualTo(256 << 10);
    bench.hold.letGo();
    bench.loop.runReady();
    verify.isGood();
    assertThat(bench.device.counts().inFlightMost()).isEqualTo(1);
  }

  @Test
  void aDifferenceFarBehindIsFoundWhereItIs() {
    byte[] much = new byte[1 << 20];
    new java.util.Random(5).nextBytes(much);
    bench.run("8E 02 0000000000000100 00000800 00 00", much).isGood();
    bench.run("8F 02 0000000000000100 00000800 00 00", much).isGood();
    int at = (768 << 10) + 77;
    much[at] ^= 1;
    bench.run("8F 02 0000000000000100 00000800 00 00", much).isRefused(ScsiResult.miscompare(at));
    bench.toDisk(0x100, Golden.filled(1 << 20, 3));
    byte[] odd = Golden.filled(512, 3);
    odd[77] = 4;
    bench.toDisk(0x100 + (768 << 1), odd);
    bench
        .run("8F 06 0000000000000100 00000800 00 00", Golden.filled(512, 3))
        .isRefused(ScsiResult.miscompare(at));
  }

  @Test
  void writeAndVerifyReadsBack() {
    bench.run("2E 02 00000010 00 0004 00", Golden.filled(2048, 5)).isGood();
    assertThat(bench.device.counts().fuaWrites())
        .as("on the medium before it is read")
        .isEqualTo(1);
    assertThat(bench.device.counts().reads()).isEqualTo(1);
    assertThat(bench.onDisk(16, 4)).containsOnly(5);
  }

  @Test
  void aDiskThatKeepsOtherDataIsFoundOut() {
    Bench lying = Bench.over(ForgetfulDisk::new);
    lying
        .run("2E 00 00000010 00 0001 00", Golden.filled(512, 5))
        .isRefused(ScsiResult.miscompare(0));
    lying.isQuiet();
  }
}
