package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands on blocks, with the errors first (SBC-3 clause 5).
@Tag("unit")
class MediumCommandsTest {
  private final Bench bench = Bench.active();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  // --- refusals ---

  @ParameterizedTest
  @ValueSource(
      strings = {
        "28 00 00004000 00 0001 00", // READ(10) of the block after the last
        "28 00 00003FFF 00 0002 00", // one block inside, one outside
        "28 00 00004000 00 0000 00", // no block, outside
        "A8 00 00004000 00000001 00 00",
        "88 00 0000000000004000 00000001 00 00",
        "88 00 FFFFFFFFFFFFFFFF 00000001 00 00", // beyond any device
        "88 00 7FFFFFFFFFFFFFFF FFFFFFFF 00 00", // LBA and length overflow
        "2A 00 00004000 00 0001 00",
        "AA 00 00004000 00000001 00 00",
        "8A 00 0000000000004000 00000001 00 00",
        "2E 00 00004000 00 0001 00",
        "2F 00 00004000 00 0001 00",
        "AF 02 00003FFF 00000002 00 00",
        "8F 06 0000000000004000 00000001 00 00",
        "35 00 00004000 00 0001 00",
        "91 00 0000000000003FFF 00000002 00 00",
        "41 00 00004000 00 0001 00",
        "93 01 0000000000004000 00000001 00 00",
        "89 00 0000000000004000 000000 01 00 00",
        "34 00 00004000 00 0001 00",
        "90 00 0000000000003FFF 00000002 00 00",
        "9E 12 0000000000004000 00000018 00 00", // GET LBA STATUS
      })
  void beyondTheLastBlockIsOutOfRange(String cdb) {
    Bench.Task task = bench.run(cdb, new byte[1024]);
    assertThat(task.result())
        .isInstanceOfSatisfying(
            ScsiResult.CheckCondition.class,
            condition -> {
              assertThat(condition.asc()).isEqualTo(0x21);
              assertThat(condition.detail()).isInstanceOf(ScsiResult.Detail.Information.class);
            });
    assertThat(task.endedCount).isEqualTo(1);
    assertThat(bench.device.counts().writes() + bench.device.counts().reads()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "28 00 00000000 00 2001 00, 7", // 4 MiB and a block
    "A8 00 00000000 00002001 00 00, 6",
    "88 00 0000000000000000 00002001 00 00, 10",
    "2A 00 00000000 00 2001 00, 7",
    "8A 00 0000000000000000 00002001 00 00, 10",
    "8E 02 0000000000000000 00002001 00 00, 10",
    "8F 02 0000000000000000 00002001 00 00, 10",
  })
  void aTransferAboveTheLimitIsRefused(String cdb, int fieldAt) {
    bench.run(cdb).isRefused(ScsiResult.invalidFieldInCdb(fieldAt, -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "28 20", "A8 40", "88 E0", "2A 20", "AA 20", "8A 20", "2E 20", "2F 20", "AF 20", "8F 20",
        "41 20", "93 20", "89 20"
      })
  void protectionInformationIsRefused(String begin) {
    bench.run(begin + "00".repeat(14)).isRefused(ScsiResult.invalidFieldInCdb(1, 7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2E 04", "2E 06", "AE 04", "8E 06", "2F 04", "AF 04", "8F 04"})
  void reservedByteChecksAreRefused(String begin) {
    bench.run(begin + "00".repeat(14)).isRefused(ScsiResult.invalidFieldInCdb(1, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "00 00 00 00 00 04, 5",
    "12 00 00 00 60 04, 5",
    "28 00 00000000 00 0001 04, 9",
    "A0 00 00 000000 00000100 00 04, 11",
    "8A 00 0000000000000000 00000001 00 04, 15"
  })
  void contingentAllegianceIsRefused(String cdb, int controlAt) {
    bench.run(cdb, new byte[512]).isRefused(ScsiResult.invalidFieldInCdb(controlAt, 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "16 00 00 00 00 00",
        "5F 00 00 00 00 00 00 00 18 00",
        "04 00 00 00 00 00",
        "FF 00 00 00 00 00",
        "7F 00 00 00 00 00 00 18",
        "83 00"
      })
  void commandsThatAreNotThereAreRefused(String cdb) {
    bench.run(cdb).isRefused(ScsiResult.invalidOperationCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"9E 11", "9E 1F", "A3 00", "5E 04", "5E 1F"})
  void serviceActionsThatAreNotThereAreRefused(String begin) {
    bench.run(begin + "00".repeat(14)).isRefused(ScsiResult.invalidFieldInCdb(1, 4));
  }

  @Test
  void aDeviceThatFailsIsAMediumError() {
    bench.faults.failing(_ -> IoResult.mediumError("planted"));
    bench.run("28 00 00000000 00 0001 00").isRefused(ScsiResult.readError());
    bench.run("2F 00 00000000 00 0001 00").isRefused(ScsiResult.readError());
    bench.run("2A 00 00000000 00 0001 00").isRefused(ScsiResult.writeError());
    bench.run("2A 08 00000000 00 0001 00").isRefused(ScsiResult.writeError());
    bench.run("41 00 00000000 00 0001 00", new byte[512]).isRefused(ScsiResult.writeError());
    bench.run("41 08 00000000 00 0001 00", new byte[512]).isRefused(ScsiResult.writeError());
    bench
        .run("41 00 00000000 00 0001 00", Golden.filled(512, 1))
        .isRefused(ScsiResult.writeError());
    bench
        .run("42 00 00000000 00 0018 00", EraseTest.list("0000000000000000 00000001"))
        .isRefused(ScsiResult.writeError());
    bench.run("35 00 00000000 00 0000 00").isRefused(ScsiResult.writeError());
    bench.run("89 00 0000000000000000 00000001 00 00").isRefused(ScsiResult.readError());
  }

  @Test
  void everyReasonHasItsAnswer() {
    String write = "2A 00 00000000 00 0001 00";
    bench.faults.failing(_ -> IoResult.noSpace("planted"));
    bench.run(write).isRefused(ScsiResult.spaceAllocationFailed());
    bench.faults.failing(_ -> IoResult.notReady("planted"));
    bench.run(write).isRefused(ScsiResult.standby());
    bench.faults.failing(_ -> IoResult.closed("planted"));
    bench.run(write).isRefused(ScsiResult.standby());
    bench.faults.failing(_ -> IoResult.busy("planted"));
    bench.run(write).isRefused(new ScsiResult.Busy());
  }

  @Test
  void aFailedReadAfterWriteIsAReadError() {
    bench.faults.failing(
        operation ->
            operation.kind() == io.lockstep.block.filter.FaultFilter.Kind.READ
                ? IoResult.mediumError("planted")
                : IoResult.OK);
    bench.run("2E 00 00000000 00 0001 00").isRefused(ScsiResult.readError());
  }

  @Test
  void theFirstOfSeveralErrorsIsTold() {
    Bench pieces = Bench.over(device -> LimitsFilter.withTransfersOf(device, 4096));
    pieces.faults.failing(
        operation ->
            operation.range().offset() == 0
                ? IoResult.mediumError("planted")
                : IoResult.busy("planted"));
    pieces.run("28 00 00000000 00 0020 00").isRefused(ScsiResult.readError());
    pieces.isQuiet();
  }

  @Test
  void aDeviceThatHasShrunkIsOutOfRange() {
    bench.hold.hold();
    Bench.Task first = bench.start("2A 00 00003FF0 00 0008 00", new byte[4096]);
    Bench.Task second = bench.start("2A 00 00003FF0 00 0008 00", new byte[4096]);
    assertThat(bench.hold.heldCount()).isEqualTo(1);
    bench.hold.resize(4 << 20);
    bench.hold.letGo();
    bench.loop.runReady();
    first.isGood();
    second.isRefused(ScsiResult.lbaOutOfRange(0x3FF0));
    bench.run("28 00 00003FF0 00 0008 00").isRefused(ScsiResult.lbaOutOfRange(0x3FF0));
  }

  @Test
  void aDeviceThatShrinksBetweenTwoStepsIsOutOfRange() {
    bench.hold.hold();
    Bench.Task verify = bench.start("8F 00 0000000000002000 00002000 00 00");
    Bench.Task same = bench.start("93 00 0000000000003000 00001000 00 00", Golden.filled(512, 1));
    Bench.Task compare = bench.start("89 00 0000000000002FFF 00000001 00 00", new byte[1024]);
    bench.hold.resize(4 << 20);
    bench.hold.letGo();
    bench.loop.runReady();
    verify.isRefused(ScsiResult.lbaOutOfRange(0x2200));
    same.isRefused(ScsiResult.lbaOutOfRange(0x3200));
    compare.isRefused(ScsiResult.lbaOutOfRange(0x2FFF));
  }

  // --- what they do ---

  @ParameterizedTest
  @CsvSource({
    "0A 00 0010 02 00, 08 00 0010 02 00",
    "2A 00 00000010 00 0002 00, 28 00 00000010 00 0002 00",
    "AA 00 00000010 00000002 00 00, A8 00 00000010 00000002 00 00",
    "8A 00 0000000000000010 00000002 00 00, 88 00 0000000000000010 00000002 00 00",
    "2E 00 00000010 00 0002 00, 28 18 00000010 00 0002 00",
    "AE 02 00000010 00000002 00 00, A8 10 00000010 00000002 00 00",
    "8E 00 0000000000000010 00000002 00 00, 88 08 0000000000000010 00000002 00 00",
  })
  void whatIsWrittenIsRead(String write, String read) {
    byte[] content = new byte[1024];
    new java.util.Random(7).nextBytes(content);
    bench.run(write, content).isGood();
    assertThat(bench.onDisk(0x10, 2)).isEqualTo(content);
    Bench.Task task = bench.run(read);
    task.isGood();
    assertThat(task.data()).isEqualTo(content);
    assertThat(bench.onDisk(0x0F, 1)).as("the block before").containsOnly(0);
    assertThat(bench.onDisk(0x12, 1)).as("the block after").containsOnly(0);
  }

  @Test
  void aLengthOfZeroIs256BlocksInSixBytesOnly() {
    assertThat(bench.run("08 00 0000 00 00").data()).hasSize(256 * 512);
    Bench.Task none = bench.run("28 00 00000000 00 0000 00");
    none.isGood();
    assertThat(none.data()).isEmpty();
    bench.run("2A 00 00003FFF 00 0000 00").isGood();
    assertThat(bench.device.counts().writes()).isZero();
  }

  @Test
  void transfersLongerThanTheDeviceTakesAreCut() {
    Bench pieces = Bench.over(device -> LimitsFilter.withTransfersOf(device, 64 << 10));
    byte[] content = new byte[1 << 20];
    new java.util.Random(8).nextBytes(content);
    pieces.run("2A 00 00000001 00 0800 00", content).isGood();
    assertThat(pieces.device.counts().writes()).isEqualTo(16);
    assertThat(pieces.run("28 00 00000001 00 0800 00").data()).isEqualTo(content);
    assertThat(pieces.device.counts().reads()).isEqualTo(16);
    pieces.isQuiet();
  }

  @Test
  void blocksMayHave4096Bytes() {
    Bench large = Bench.withBlocksOf(4096);
    byte[] content = Golden.filled(4096, 0x5A);
    large.run("2A 00 00000001 00 0001 00", content).isGood();
    assertThat(large.onDisk(8, 8)).isEqualTo(content);
    large.run("28 00 00000800 00 0001 00").isRefused(ScsiResult.lbaOutOfRange(0x800));
    assertThat(large.run("25 00 00000000 0000 00 00").hex()).isEqualTo("000007FF00001000");
    assertThat(large.run("9E 10" + "00".repeat(8) + "00000020 00 00").hex())
        .startsWith("00000000000007FF0000100000 00C000".replace(" ", ""));
    large.isQuiet();
  }

  @Test
  void prefetchOnlyChecks() {
    bench.run("34 00 00000000 00 0010 00").isGood();
    bench.run("90 02 0000000000000000 00000000 00 00").isGood();
    assertThat(bench.device.counts().reads()).isZero();
  }

  @Test
  void changesThatOverlapRunOneAfterAnother() {
    bench.hold.hold();
    Bench.Task a = bench.start("2A 00 00000000 00 0008 00", Golden.filled(4096, 0xA));
    Bench.Task b = bench.start("2A 00 00000004 00 0008 00", Golden.filled(4096, 0xB));
    Bench.Task c = bench.start("2A 00 00000008 00 0008 00", Golden.filled(4096, 0xC));
    Bench.Task d = bench.start("2A 00 00000100 00 0008 00", Golden.filled(4096, 0xD));
    assertThat(bench.hold.heldCount()).as("a and d, which overlaps nothing").isEqualTo(2);
    bench.hold.letOneGo();
    bench.loop.runReady();
    a.isGood();
    assertThat(bench.hold.heldCount()).as("b and d; c waits for b").isEqualTo(2);
    bench.hold.letOneGo(); // d
    bench.loop.runReady();
    d.isGood();
    assertThat(b.isOver() || c.isOver()).isFalse();
    bench.hold.letGo();
    bench.loop.runReady();
    b.isGood();
    c.isGood();
    assertThat(Arrays.copyOf(bench.onDisk(4, 4), 2048)).containsOnly(0xB);
    assertThat(bench.onDisk(8, 8)).containsOnly(0xC);
  }

  @Test
  void aChangeDoesNotPassOneThatWaitsBeforeIt() {
    bench.hold.hold();
    Bench.Task far = bench.start("2A 00 00000100 00 0008 00", new byte[4096]);
    bench.start("2A 00 00000000 00 0008 00", Golden.filled(4096, 0xA));
    bench.start("2A 00 00000004 00 0008 00", Golden.filled(4096, 0xB));
    bench.start("2A 00 00000008 00 0008 00", Golden.filled(4096, 0xC));
    bench.hold.letOneGo();
    bench.loop.runReady();
    far.isGood();
    assertThat(bench.hold.heldCount()).as("the last waits for the one before it").isEqualTo(1);
    bench.hold.letGo();
    bench.loop.runReady();
    assertThat(bench.onDisk(4, 4)).containsOnly(0xB);
    assertThat(bench.onDisk(8, 8)).containsOnly(0xC);
  }
}
