package io.lockstep.scsi.spc;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.spc.ModePages.Selected;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// MODE SENSE and MODE SELECT against SPC-4 6.9 to 6.12, 7.5 and SBC-3 6.5.
@Tag("unit")
class ModePagesTest {
  private static final long BLOCKS = 0x20000;
  private static final String RECOVERY = "01 0A" + " 00".repeat(10); // nothing to tune
  private static final String CACHING = "88 12 04" + " 00".repeat(17); // PS; WCE
  private static final String CONTROL = "0A 0A 00 10 00" + " 00".repeat(7); // unrestricted order
  private static final String EXCEPTIONS = "1C 0A" + " 00".repeat(10);

  private static String sense(ModePages pages, String cdb) {
    ByteBuffer data = ByteBuffer.allocate(512);
    assertThat(pages.sense(cdb(cdb), 512, BLOCKS, data)).isEmpty();
    return Golden.hex(Arrays.copyOf(data.array(), data.position()));
  }

  private static ScsiResult refused(String cdb) {
    return ModePages.DEFAULT.sense(cdb(cdb), 512, BLOCKS, ByteBuffer.allocate(512)).orElseThrow();
  }

  private static Selected select(String cdb, String list) {
    return ModePages.DEFAULT.select(cdb(cdb), Golden.bytes(list), 512, BLOCKS);
  }

  private static byte[] cdb(String hex) {
    return Arrays.copyOf(Golden.bytes(hex), 32);
  }

  private static void isRefused(String cdb, String list, ScsiResult why) {
    assertThat(select(cdb, list)).isEqualTo(new Selected.Refused(why));
  }

  @Test
  void allPagesWithABlockDescriptor() {
    assertThat(sense(ModePages.DEFAULT, "1A 00 3F 00 FF 00"))
        .isEqualTo(
            Golden.normal(
                """
                43          ; 67 bytes follow
                00          ; medium type
                10          ; DPOFUA: DPO and FUA are known; not write-protected
                08          ; block descriptor length
                00 02 00 00 00 00 02 00 ; 131072 blocks of 512 bytes
                """
                    + RECOVERY
                    + CACHING
                    + CONTROL
                    + EXCEPTIONS));
  }

  @Test
  void dbdLeavesTheDescriptorOut() {
    assertThat(sense(ModePages.DEFAULT, "1A 08 0A 00 FF 00"))
        .isEqualTo(Golden.normal("0F 00 10 00" + CONTROL));
  }

  @Test
  void tenBytesHaveALongerHeader() {
    assertThat(sense(ModePages.DEFAULT, "5A 00 08 00 00 00 00 00 FF 00"))
        .isEqualTo(Golden.normal("00 22 00 10 00 00 00 08 00 02 00 00 00 00 02 00" + CACHING));
  }

  @Test
  void longLbaDescriptor() {
    assertThat(sense(ModePages.DEFAULT, "5A 10 0A 00 00 00 00 00 FF 00"))
        .isEqualTo(
            Golden.normal(
                """
                00 22 00 10
                01 00 00 10             ; LONGLBA; 16 bytes of descriptor
                00 00 00 00 00 02 00 00 ; blocks
                00 00 00 00 00 00 02 00 ; reserved, block length
                """
                    + CONTROL));
  }

  @Test
  void aCountThatTheShortDescriptorCannotHoldIsAllOnes() {
    ByteBuffer data = ByteBuffer.allocate(512);
    ModePages.DEFAULT.sense(cdb("1A 00 0A 00 FF 00"), 512, 1L << 33, data);
    assertThat(data.getInt(4)).isEqualTo(-1);
  }

  @Test
  void subpageFfMeansAllSubpages() {
    assertThat(sense(ModePages.DEFAULT, "1A 08 3F FF FF 00"))
        .isEqualTo(sense(ModePages.DEFAULT, "1A 08 3F 00 FF 00"));
    assertThat(sense(ModePages.DEFAULT, "1A 08 0A FF FF 00"))
        .isEqualTo(sense(ModePages.DEFAULT, "1A 08 0A 00 FF 00"));
  }

  @Test
  void changeableValuesAreAMask() {
    assertThat(sense(ModePages.DEFAULT, "1A 08 7F 00 FF 00"))
        .isEqualTo(
            Golden.normal(
                "3B 00 10 00 01 0A"
                    + "00".repeat(10) // nor is there anything to tune in the recovery of errors
                    + "88 12 04"
                    + "00".repeat(17) // the write cache can be switched
                    + "0A 0A 04 00 08"
                    + "00".repeat(7) // D_SENSE and SWP can be changed
                    + EXCEPTIONS));
  }

  @Test
  void defaultsStayWhatTheyWere() {
    var changed = new ModePages(true, true, false, true);
    assertThat(sense(changed, "1A 08 8A 00 FF 00"))
        .isEqualTo(Golden.normal("0F 00 90 00" + CONTROL));
    assertThat(sense(changed, "1A 08 0A 00 FF 00"))
        .as("current: WP in the header, D_SENSE and SWP in the page")
        .isEqualTo(Golden.normal("0F 00 90 00 0A 0A 04 10 08" + " 00".repeat(7)));
  }

  @Test
  void whatCannotBeSensedIsRefused() {
    assertThat(refused("1A 08 CA 00 FF 00")).isEqualTo(ScsiResult.savingParametersNotSupported());
    assertThat(refused("1A 08 02 00 FF 00")).isEqualTo(ScsiResult.invalidFieldInCdb(2, 5));
    assertThat(refused("1A 08 0A 01 FF 00")).isEqualTo(ScsiResult.invalidFieldInCdb(3, -1));
    assertThat(refused("1A 08 3F 01 FF 00")).isEqualTo(ScsiResult.invalidFieldInCdb(3, -1));
  }

  @Test
  void whatWasSensedCanBeSelected() {
    String sensed = sense(ModePages.DEFAULT, "1A 00 3F 00 FF 00");
    assertThat(select("15 10 00 00 38 00", "00 00 00" + sensed.substring(6)))
        .isEqualTo(new Selected.Changed(ModePages.DEFAULT));
  }

  @Test
  void descriptorSenseAndWriteProtectAreSelected() {
    assertThat(select("15 10 00 00 10 00", "00 00 00 00 0A 0A 04 10 08" + " 00".repeat(7)))
        .isEqualTo(new Selected.Changed(new ModePages(true, true, false, true)));
    assertThat(
            select(
                "55 10 00 00 00 00 00 00 14 00",
                "00 00 00 00 00 00 00 00 0A 0A 04 10 00" + " 00".repeat(7)))
        .isEqualTo(new Selected.Changed(new ModePages(true, false, false, true)));
    assertThat(select("15 10 00 00 00 00", "")).isEqualTo(new Selected.Changed(ModePages.DEFAULT));
  }

  /// With SP (save pages) or without.
  @Test
  void theWriteCacheIsSwitched() {
    String off = "00 00 00 00 88 12 00" + " 00".repeat(17);
    var without = new ModePages(false, false, false, false);
    assertThat(select("15 10 00 00 18 00", off)).isEqualTo(new Selected.Changed(without));
    assertThat(select("15 11 00 00 18 00", off)).isEqualTo(new Selected.Changed(without));
    assertThat(sense(without, "1A 08 08 00 FF 00"))
        .isEqualTo(Golden.normal("17 00 10 00 88 12" + " 00".repeat(18)));
    assertThat(sense(without, "1A 08 C8 00 FF 00")).as("saved").endsWith("8812" + "00".repeat(18));
    assertThat(sense(without, "1A 08 88 00 FF 00"))
        .as("default")
        .endsWith("881204" + "00".repeat(17));
    assertThat(without.reset()).isEqualTo(without);
  }

  @Test
  void otherBitsCannotBeSelected() {
    isRefused(
        "15 10 00 00 18 00",
        "00 00 00 00 08 12 05" + " 00".repeat(17),
        ScsiResult.invalidFieldInParameterList(6)); // RCD
    isRefused(
        "15 10 00 00 10 00",
        "00 00 00 00 0A 0A 00 10 00 00 00 00 FF 00 00 00",
        ScsiResult.invalidFieldInParameterList(12)); // BUSY TIMEOUT
  }

  @Test
  void listsThatAreNotWellFormedAreRefused() {
    ScsiResult length = ScsiResult.parameterListLengthError();
    isRefused("15 10 00 00 03 00", "00 00 00", length);
    isRefused("55 10 00 00 00 00 00 00 04 00", "00 00 00 00", length);
    isRefused("15 10 00 00 05 00", "00 00 00 00 0A", length);
    isRefused("15 10 00 00 08 00", "00 00 00 00 0A 0A 00 10", length);
    isRefused("15 10 00 00 08 00", "00 00 00 08 00 00 00 00", length); // half a descriptor
    isRefused("15 10 00 00 06 00", "00 00 00 00 0A 00", ScsiResult.invalidFieldInParameterList(5));
    isRefused("15 10 00 00 06 00", "00 00 00 00 02 00", ScsiResult.invalidFieldInParameterList(4));
    isRefused("15 10 00 00 06 00", "00 00 00 00 3F 00", ScsiResult.invalidFieldInParameterList(4));
  }

  @Test
  void aSubpageIsNotTakenForItsPage() {
    isRefused(
        "15 10 00 00 10 00",
        "00 00 00 00 4A 0A 04 10 00" + " 00".repeat(7),
        ScsiResult.invalidFieldInParameterList(4));
  }

  @Test
  void aBlockDescriptorMayOnlySayWhatIsSo() {
    String header = "00 00 00 08 ";
    var unchanged = new Selected.Changed(ModePages.DEFAULT);
    assertThat(select("15 10 00 00 0C 00", header + "00 02 00 00 00 00 02 00"))
        .isEqualTo(unchanged);
    assertThat(select("15 10 00 00 0C 00", header + "00 00 00 00 00 00 02 00"))
        .isEqualTo(unchanged);
    assertThat(select("15 10 00 00 0C 00", header + "FF FF FF FF 00 00 02 00"))
        .isEqualTo(unchanged);
    ScsiResult why = ScsiResult.invalidFieldInParameterList(4);
    isRefused("15 10 00 00 0C 00", header + "00 00 00 00 00 00 10 00", why); // 4096 bytes a block
    isRefused("15 10 00 00 0C 00", header + "00 01 00 00 00 00 02 00", why); // half the capacity
    isRefused(
        "15 10 00 00 07 00",
        "00 00 00 03 00 00 00",
        ScsiResult.invalidFieldInParameterList(3)); // a descriptor of three bytes
    assertThat(
            select(
                "55 10 00 00 00 00 00 00 18 00",
                "00 00 00 00 01 00 00 10 00 00 00 00 00 02 00 00 00 00 00 00 00 00 02 00"))
        .isEqualTo(unchanged);
    isRefused(
        "55 10 00 00 00 00 00 00 10 00",
        "00 00 00 00 01 00 00 08 00 02 00 00 00 00 02 00",
        ScsiResult.invalidFieldInParameterList(6)); // LONGLBA with a short one
  }
}
