package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockLimits;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.sbc.Capacity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a logical unit says of itself, as a whole command.
@Tag("unit")
class DescriptionTest {
  private final Bench bench = Bench.active();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  @Test
  void readCapacity() {
    assertThat(bench.run("25 00 00000000 0000 00 00").hex())
        .isEqualTo(Golden.normal("00003FFF 00000200 ; last LBA, block length"));
    assertThat(bench.run("9E 10 0000000000000000 00000020 00 00").hex())
        .isEqualTo(
            Golden.normal(
                """
                0000000000003FFF 00000200
                00          ; no protection
                03          ; 2^3 logical blocks in a physical one
                C000        ; LBPME, LBPRZ; lowest aligned LBA 0
                """
                    + "00".repeat(16)));
  }

  @Test
  void readCapacityOfMoreThanTwoTebibytes() {
    Bench large = Bench.over(device -> LimitsFilter.ofSize(device, 3L << 40));
    assertThat(large.run("25 00 00000000 0000 00 00").hex()).isEqualTo("FFFFFFFF00000200");
    assertThat(large.run("9E 10 0000000000000000 0000000C 00 00").hex())
        .isEqualTo("000000017FFFFFFF00000200");
    Bench edge = Bench.over(device -> LimitsFilter.ofSize(device, 2L << 40));
    assertThat(edge.run("25 00 00000000 0000 00 00").hex())
        .as("the last LBA is just FFFFFFFFh: one asks READ CAPACITY(16)")
        .isEqualTo("FFFFFFFF00000200");
    assertThat(large.run("9E 12 0000000100000000 00000018 00 00").hex())
        .isEqualTo("0000001400000000" + "0000000100000000" + "80000000" + "00000000");
  }

  @Test
  void physicalBlocksAreNeverSmallerThanLogicalOnes() {
    var fine = new BlockLimits(1 << 20, 512, 512, 1 << 20, 1, false, false);
    assertThat(Capacity.sixteen(4096, 256, fine)[13]).as("exponent").isZero();
    assertThat(Capacity.sixteen(512, 2048, fine)[13]).isZero();
    assertThat(Capacity.sixteen(512, 2048, fine)[14]).as("LBPME, LBPRZ").isZero();
  }

  @Test
  void anLbaWithoutPmiIsRefused() {
    bench.run("25 00 00000001 0000 00 00").isRefused(ScsiResult.invalidFieldInCdb(2, -1));
    bench.run("25 00 00000001 0000 01 00").isGood();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "12 00 00 %04X 00",
        "12 01 00 %04X 00",
        "12 01 83 %04X 00",
        "12 01 B0 %04X 00",
        "5A 00 3F 00 000000 %04X 00",
        "5E 02 0000000000 %04X 00",
        "9E 10 0000000000000000 0000%04X 00 00",
        "9E 12 0000000000000000 0000%04X 00 00",
        "A3 0A 00000000 0000%04X 00 00",
        "A3 0C 00 00 0000 0000%04X 00 00",
        "A3 0D 80 00 0000 0000%04X 00 00",
      })
  void theAllocationLengthCuts(String cdb) {
    byte[] whole = bench.run(cdb.formatted(0x8000)).data();
    assertThat(whole).hasSizeBetween(5, 4096);
    for (int length : new int[] {0, 1, 4, whole.length - 1, whole.length, whole.length + 1}) {
      Bench.Task task = bench.run(cdb.formatted(length));
      task.isGood();
      int expected = Math.min(length, whole.length);
      assertThat(task.data()).isEqualTo(java.util.Arrays.copyOf(whole, expected));
    }
  }

  @Test
  void inquiryFieldsAreChecked() {
    bench.run("12 00 80 00 FF 00").isRefused(ScsiResult.invalidFieldInCdb(2, -1));
    bench.run("12 01 C0 00 FF 00").isRefused(ScsiResult.invalidFieldInCdb(2, -1));
  }

  @Test
  void theLogicalUnitIsWriteProtectedBySwp() {
    byte[] list = Golden.bytes("00 00 00 00 0A 0A 00 10 08" + " 00".repeat(7));
    bench.run("15 10 00 00 10 00", list).isGood();
    for (String change :
        new String[] {
          "0A 00 0000 01 00",
          "2A 00 00000000 00 0001 00",
          "2E 00 00000000 00 0001 00",
          "41 00 00000000 00 0001 00",
          "93 01 0000000000000000 00000001 00 00",
          "89 00 0000000000000000 00000001 00 00",
        }) {
      bench.run(change).isRefused(ScsiResult.writeProtected());
    }
    bench
        .run("42 00 00000000 00 0018 00", EraseTest.list("0000000000000000 00000001"))
        .isRefused(ScsiResult.writeProtected());
    bench.run("28 00 00000000 00 0001 00").isGood();
    bench.run("35 00 00000000 00 0000 00").isGood();
    assertThat(bench.run("1A 08 0A 00 FF 00").data()[2]).as("WP, DPOFUA").isEqualTo((byte) 0x90);
  }

  @Test
  void modeSelectThatIsRefusedChangesNothing() {
    bench
        .run("15 10 00 00 10 00", Golden.bytes("00 00 00 00 0A 0A 04 10 00 00 00 00 01 00 00 00"))
        .isRefused(ScsiResult.invalidFieldInParameterList(12));
    assertThat(bench.run("1A 08 0A 00 FF 00").data()[6]).isZero();
    assertThat(bench.run("1A 00 08 00 FF 00").hex()).startsWith("1F001008" + "0000400000000200");
  }

  @Test
  void nobodyCanReserve() {
    assertThat(bench.run("5E 00 0000000000 00FF 00").hex()).isEqualTo("0000000000000000");
    assertThat(bench.run("5E 01 0000000000 00FF 00").hex()).isEqualTo("0000000000000000");
    assertThat(bench.run("5E 03 0000000000 00FF 00").hex()).isEqualTo("0000000000000000");
    bench.run("5F 00 00 0000 00000018 00").isRefused(ScsiResult.invalidOperationCode());
    bench.run("16 00 00 00 00 00").isRefused(ScsiResult.invalidOperationCode());
    bench.run("17 00 00 00 00 00").isRefused(ScsiResult.invalidOperationCode());
  }
}
