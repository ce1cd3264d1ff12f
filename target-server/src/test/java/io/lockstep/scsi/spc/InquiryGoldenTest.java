package io.lockstep.scsi.spc;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockLimits;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.TargetPort;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// INQUIRY data, byte by byte, against SPC-4 6.4.2 and 7.8, SBC-3 6.6.
@Tag("golden")
class InquiryGoldenTest {
  private static final LuIdentity IDENTITY =
      new LuIdentity("6024c530123456789abcdef012345678", "SN42", 512, "1.0");
  private static final LuIdentity IDENTITY_4K =
      new LuIdentity("6024c530123456789abcdef012345678", "SN42", 4096, "1.0");
  private static final TargetPort PORT = TargetPort.ofNode("iqn.a", 1);
  private static final BlockLimits THIN =
      new BlockLimits(1 << 30, 512, 4096, 1 << 20, 1, true, true);
  private static final BlockLimits THICK =
      new BlockLimits(1 << 30, 512, 4096, 1 << 20, 1, false, true);

  private static void page(int code, BlockLimits limits, String golden) {
    assertThat(Golden.hex(Inquiry.page(code, IDENTITY, PORT, limits).orElseThrow()))
        .isEqualTo(Golden.normal(golden));
  }

  @Test
  void standardData() {
    String golden =
        """
        00          ; connected, direct access block device
        00          ; not removable
        06          ; SPC-4
        12          ; HISUP, response data format 2
        5B          ; 91 bytes follow: 96 in all
        10          ; TPGS 01b: implicit asymmetric access
        10          ; MULTIP
        02          ; CMDQUE
        4C 4F 43 4B 53 54 45 50                         ; LOCKSTEP
        56 4F 4C 55 4D 45 20 20 20 20 20 20 20 20 20 20 ; VOLUME
        31 2E 30 20                                     ; 1.0
        """
            + "00".repeat(20) // vendor specific
            + "0000" // CLOCKING, QAS, IUS: parallel SCSI only
            + """
              00A0 0960 0460 04C0 ; SAM-5, iSCSI, SPC-4, SBC-3
              0000 0000 0000 0000
              """
            + "00".repeat(22);
    assertThat(Golden.hex(Inquiry.standard(IDENTITY))).isEqualTo(Golden.normal(golden));
  }

  @Test
  void standardDataOfNothing() {
    byte[] data = Inquiry.standardOfNothing();
    assertThat(data[0]).as("qualifier 011b, type 1Fh").isEqualTo((byte) 0x7F);
    assertThat(data).hasSize(96);
  }

  @Test
  void supportedPagesAreThoseThatAnswer() {
    page(0x00, THIN, "00 00 0007 00 80 83 86 B0 B1 B2 ; ascending");
    for (int code = 0; code < 256; code++) {
      boolean listed = "00808386B0B1B2".matches("(..)*" + hex(code) + "(..)*");
      assertThat(Inquiry.page(code, IDENTITY, PORT, THIN).isPresent())
          .as("page %02x", code)
          .isEqualTo(listed);
    }
  }

  private static String hex(int code) {
    return Golden.hex(new byte[] {(byte) code});
  }

  @Test
  void unitSerialNumber() {
    page(0x80, THIN, "00 80 0004 53 4E 34 32");
  }

  @Test
  void deviceIdentification() {
    page(
        0x83,
        THIN,
        """
        00 83 0054
        01 03 00 10 60 24 C5 30             ; binary, logical unit, NAA-6: company id 02-4C-53,
        12 34 56 78 9A BC DE F0 12 34 56 78 ; and 100 bits
        02 01 00 0C 4C 4F 43 4B 53 54 45 50 ; ASCII, logical unit, T10 vendor: LOCKSTEP
        53 4E 34 32                         ; and what is unique there: the serial number
        51 94 00 04 00 00 00 02             ; iSCSI, binary, target port, relative port 2
        51 95 00 04 00 00 00 02             ; iSCSI, binary, target port, target port group 2
        53 A8 00 08 69 71 6E 2E 61 00 00 00 ; iSCSI, UTF-8, target device, name: iqn.a
        53 98 00 10 69 71 6E 2E 61          ; iSCSI, UTF-8, target port, name: iqn.a
        2C 74 2C 30 78 30 30 30 32 00 00    ; ,t,0x0002
        """);
  }

  @Test
  void extendedInquiry() {
    page(
        0x86,
        THIN,
        """
        00 86 003C
        00          ; no protection information
        07          ; HEADSUP, ORDSUP, SIMPSUP
        01          ; V_SUP
        """
            + "00".repeat(57));
  }

  @Test
  void blockLimits() {
    page(
        0xB0,
        THIN,
        """
        00 B0 003C
        00                      ; WSNZ clear
        FF                      ; MAXIMUM COMPARE AND WRITE LENGTH
        0008                    ; OPTIMAL TRANSFER LENGTH GRANULARITY: 4 KiB
        00002000                ; MAXIMUM TRANSFER LENGTH: 4 MiB
        00000800                ; OPTIMAL TRANSFER LENGTH: 1 MiB
        00000000                ; MAXIMUM PREFETCH LENGTH
        00100000                ; MAXIMUM UNMAP LBA COUNT: 512 MiB
        00000100                ; MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT
        00000008                ; OPTIMAL UNMAP GRANULARITY
        00000000                ; UGAVALID clear
        0000000000100000        ; MAXIMUM WRITE SAME LENGTH: 512 MiB
        """
            + "00".repeat(20));
  }

  @Test
  void blockLimitsOfADeviceThatKeepsItsSpaceOfferNoUnmap() {
    byte[] page = Inquiry.page(0xB0, IDENTITY, PORT, THICK).orElseThrow();
    assertThat(Golden.hex(page).substring(2 * 20, 2 * 36))
        .as("UNMAP counts and granularity")
        .isEqualTo("00".repeat(16));
  }

  @Test
  void granularityIsABlockAtLeast() {
    var small = new BlockLimits(1 << 30, 512, 512, 1 << 20, 1, true, true);
    byte[] page = Inquiry.page(0xB0, IDENTITY_4K, PORT, small).orElseThrow();
    assertThat(Golden.hex(page).substring(2 * 6, 2 * 12)).isEqualTo("000100000400");
  }

  @Test
  void blockDeviceCharacteristics() {
    page(0xB1, THIN, "00 B1 003C 0001 ; does not rotate\n" + "00".repeat(58));
  }

  @Test
  void logicalBlockProvisioning() {
    page(
        0xB2,
        THIN,
        """
        00 B2 0004
        00          ; no threshold
        E4          ; LBPU, LBPWS, LBPWS10, LBPRZ 001b: zeroes; no ANC_SUP, no DP
        00          ; the type is not reported: not claimed to be thin
        00
        """);
    page(0xB2, THICK, "00 B2 0004 00 00 00 00 ; nothing is given back");
  }
}
