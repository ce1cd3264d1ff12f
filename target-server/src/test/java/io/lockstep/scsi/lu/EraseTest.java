package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.spc.Inquiry;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// UNMAP and WRITE SAME (SBC-3 5.32, 5.43, 5.44), and the LBA status that follows.
@Tag("unit")
class EraseTest {
  private final Bench bench = Bench.active();

  @BeforeEach
  void fill() {
    bench.toDisk(0, Golden.filled(64 << 10, 0xEE));
  }

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  /// An UNMAP parameter list of descriptors "LBA blocks".
  static byte[] list(String... descriptors) {
    int bytes = descriptors.length * 16;
    ByteBuffer list = ByteBuffer.allocate(8 + bytes);
    list.putShort((short) (6 + bytes)).putShort((short) bytes).putInt(0);
    for (String descriptor : descriptors) {
      list.put(Golden.bytes(descriptor)).putInt(0);
    }
    return list.array();
  }

  private Bench.Task unmap(byte[] list) {
    return bench.run("42 00 00000000 00 %04X 00".formatted(list.length), list);
  }

  private void isUntouched() {
    assertThat(bench.onDisk(0, 128)).containsOnly(0xEE);
    assertThat(bench.device.counts().discards()).isZero();
  }

  @Test
  void unmappedBlocksReadAsZeroes() {
    unmap(list("0000000000000008 00000008", "0000000000000020 00000001")).isGood();
    assertThat(bench.onDisk(8, 8)).containsOnly(0);
    assertThat(bench.onDisk(0x20, 1)).containsOnly(0);
    assertThat(bench.onDisk(0, 8)).containsOnly(0xEE);
    assertThat(bench.onDisk(0x10, 16)).containsOnly(0xEE);
    assertThat(bench.device.counts().discards()).isEqualTo(2);
  }

  @Test
  void anEmptyUnmapDoesNothing() {
    bench.run("42 00 00000000 00 0000 00").isGood();
    unmap(list()).isGood();
    unmap(list("0000000000000008 00000000", "FFFFFFFFFFFFFFFF 00000000")).isGood();
    isUntouched();
  }

  @Test
  void aListThatIsTooShortIsRefused() {
    for (int length = 1; length < 8; length++) {
      unmap(new byte[length]).isRefused(ScsiResult.parameterListLengthError());
    }
    isUntouched();
  }

  @Test
  void aDescriptorThatIsCutShortIsIgnored() {
    byte[] list = list("0000000000000008 00000008", "0000000000000020 00000001");
    bench.run("42 00 00000000 00 0020 00", list).isGood();
    assertThat(bench.onDisk(8, 8)).containsOnly(0);
    assertThat(bench.onDisk(0x20, 1)).as("of the second, half came").containsOnly(0xEE);
  }

  @Test
  void oneBadDescriptorSpoilsAll() {
    unmap(list("0000000000000008 00000008", "0000000000003FFF 00000002"))
        .isRefused(ScsiResult.lbaOutOfRange(0x3FFF));
    unmap(list("0000000000000008 00000008", "FFFFFFFFFFFFFFFF 00000001"))
        .isRefused(ScsiResult.lbaOutOfRange(-1));
    isUntouched();
  }

  @Test
  void moreDescriptorsThanSaidAreRefused() {
    String[] many = new String[257];
    java.util.Arrays.fill(many, "0000000000000008 00000001");
    unmap(list(many)).isRefused(ScsiResult.invalidFieldInParameterList(2));
    isUntouched();
    many = java.util.Arrays.copyOf(many, 256);
    unmap(list(many)).isGood();
  }

  @Test
  void moreBlocksThanSaidAreRefused() {
    Bench large = Bench.over(device -> LimitsFilter.ofSize(device, 1L << 41));
    byte[] list = list("0000000000000000 00080000", "0000000000100000 00080001");
    large
        .run("42 00 00000000 00 0028 00", list)
        .isRefused(ScsiResult.invalidFieldInParameterList(32));
    large
        .run("41 00 00000000 00 0000 00", new byte[512])
        .isRefused(ScsiResult.invalidFieldInCdb(7, -1));
    large
        .run("93 01 0000000000000000 00100001 00 00")
        .isRefused(ScsiResult.invalidFieldInCdb(10, -1));
    large.isQuiet();
  }

  @Test
  void aDeviceThatKeepsItsSpaceRefusesUnmap() {
    Bench thick = Bench.over(LimitsFilter::withoutDiscard);
    byte[] list = list("0000000000000008 00000008");
    thick.run("42 00 00000000 00 0018 00", list).isRefused(ScsiResult.invalidOperationCode());
    thick
        .run("93 08 0000000000000000 00000008 00 00", new byte[512])
        .isRefused(ScsiResult.invalidFieldInCdb(1, 3));
    thick.run("93 00 0000000000000000 00000008 00 00", new byte[512]).isGood();
    assertThat(thick.run("A3 0C 01 42 0000 000000FF 00 00").hex()).isEqualTo("00010000");
    assertThat(thick.run("9E 10" + "00".repeat(8) + "00000020 00 00").data()[14])
        .as("LBPME, LBPRZ")
        .isZero();
    thick.isQuiet();
  }

  @Test
  void unmapAndCompareAndWriteDoNotMix() {
    bench.hold.hold();
    byte[] both = Golden.filled(1024, 0xEE);
    java.util.Arrays.fill(both, 512, 1024, (byte) 0x77);
    Bench.Task compare = bench.start("89 00 0000000000000008 00000001 00 00", both);
    Bench.Task unmap = bench.start("42 00 00000000 00 0018 00", list("0000000000000008 00000001"));
    assertThat(bench.hold.heldCount()).as("only the read of the first").isEqualTo(1);
    bench.hold.letOneGo();
    bench.loop.runReady();
    assertThat(bench.device.counts().discards()).as("not between read and write").isZero();
    bench.hold.letGo();
    bench.loop.runReady();
    compare.isGood();
    unmap.isGood();
    assertThat(bench.onDisk(8, 1)).containsOnly(0);
  }

  // --- WRITE SAME ---

  @Test
  void oneBlockIsRepeated() {
    bench.run("93 00 0000000000000009 00000007 00 00", Golden.filled(512, 0x42)).isGood();
    assertThat(bench.onDisk(9, 7)).containsOnly(0x42);
    assertThat(bench.onDisk(8, 1)).containsOnly(0xEE);
    assertThat(bench.onDisk(16, 1)).containsOnly(0xEE);
  }

  @Test
  void zeroBlocksMeanToTheEnd() {
    bench.run("41 00 00002000 00 0000 00", Golden.filled(512, 0x42)).isGood();
    assertThat(bench.onDisk(0x2000, 0x2000)).containsOnly(0x42);
    assertThat(bench.onDisk(0x1FFF, 1)).containsOnly(0);
  }

  @Test
  void aLongWriteSameIsCut() {
    Bench pieces = Bench.over(device -> LimitsFilter.withTransfersOf(device, 12 << 10));
    pieces.run("93 00 0000000000000001 00000065 00 00", Golden.filled(512, 0x42)).isGood();
    assertThat(pieces.onDisk(1, 0x65)).containsOnly(0x42);
    assertThat(pieces.onDisk(0, 1)).containsOnly(0);
    assertThat(pieces.onDisk(0x66, 1)).containsOnly(0);
    pieces.isQuiet();
  }

  @Test
  void zeroesAreWrittenAsZeroesAndGivenBackWithUnmap() {
    bench.run("93 00 0000000000000008 00000008 00 00", new byte[512]).isGood();
    assertThat(bench.device.counts().zeroes()).isEqualTo(1);
    bench.run("93 08 0000000000000010 00000008 00 00", new byte[512]).isGood();
    assertThat(bench.device.counts().discards()).isEqualTo(1);
    bench.run("93 01 0000000000000018 00000008 00 00").isGood(); // NDOB
    assertThat(bench.device.counts().zeroes()).isEqualTo(2);
    bench.run("93 09 0000000000000020 00000008 00 00").isGood(); // NDOB and UNMAP
    assertThat(bench.device.counts().discards()).isEqualTo(2);
    assertThat(bench.onDisk(8, 32)).containsOnly(0);
  }

  @Test
  void otherDataAreWrittenInSpiteOfUnmap() {
    bench.run("93 08 0000000000000008 00000008 00 00", Golden.filled(512, 0x42)).isGood();
    assertThat(bench.onDisk(8, 8)).containsOnly(0x42);
    assertThat(bench.device.counts().discards()).isZero();
  }

  /// MAXIMUM WRITE SAME LENGTH of the block limits page is what is enforced, to the block, however
  /// the length is said.
  @Test
  void noWriteSameIsLongerThanTheBlockLimitsPageSays() {
    Bench large = Bench.over(device -> LimitsFilter.ofSize(device, 1L << 41));
    byte[] page = large.run("12 01 B0 00 FF 00").data();
    long most = ByteBuffer.wrap(page).getLong(36);
    assertThat(most).isEqualTo(Inquiry.ERASE_BYTES_MAX / 512).isEqualTo(0x10_0000);
    long end = (1L << 41) / 512;
    for (String flags : new String[] {"00", "01", "08", "09"}) {
      String longest = "93 %s 0000000000000000 %08X 00 00".formatted(flags, most);
      Bench.Task task = large.task(large.nexus, 0, longest, TaskAttribute.SIMPLE);
      large.target.prepare(task);
      assertThat(task.isEnded()).as(longest).isFalse();
      large.target.forget(task);
      large
          .run("93 %s 0000000000000000 %08X 00 00".formatted(flags, most + 1))
          .isRefused(ScsiResult.invalidFieldInCdb(10, -1));
      large
          .run("93 %s %016X 00000000 00 00".formatted(flags, end - most - 1))
          .isRefused(ScsiResult.invalidFieldInCdb(10, -1));
    }
    large
        .run("41 00 00000000 00 0000 00", new byte[512])
        .isRefused(ScsiResult.invalidFieldInCdb(7, -1));
    assertThat(large.device.counts().discards() + large.device.counts().zeroes()).isZero();
    large.isQuiet();
  }

  /// On the node in standby as on the one that serves.
  @Test
  void aDiskThatKeepsItsSpaceIsNotToldAsThinInStandby() {
    Bench standby = Bench.standby();
    standby.unit.standbyDiscards(false);
    standby.unit.standbySize(Bench.DISK_BYTES);
    standby.calm(standby.nexus);
    assertThat(standby.run("9E 10" + "00".repeat(8) + "00000020 00 00").data()[14]).isZero();
    assertThat(standby.run("12 01 B2 00 FF 00").hex()).isEqualTo("00B2000400000000");
  }

  @Test
  void anchorsAreRefused() {
    bench
        .run("93 10 0000000000000008 00000008 00 00")
        .isRefused(ScsiResult.invalidFieldInCdb(1, 4));
    bench.run("41 18 00000008 00 0008 00").isRefused(ScsiResult.invalidFieldInCdb(1, 4));
    isUntouched();
  }

  @Test
  void everyBlockIsToldAsMapped() {
    bench.run("42 00 00000000 00 0018 00", list("0000000000000008 00000008")).isGood();
    assertThat(bench.run("9E 12 0000000000000008 000000FF 00 00").hex())
        .isEqualTo(
            Golden.normal(
                """
                00000014 00000000
                0000000000000008 00003FF8 00 000000 ; to the end, mapped
                """));
  }
}
