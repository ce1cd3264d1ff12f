package io.lockstep.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.ScsiResult.CheckCondition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Sense data, byte by byte, against SPC-4 4.5.
@Tag("golden")
class SenseGoldenTest {
  private static void fixed(CheckCondition condition, String golden) {
    assertThat(Golden.hex(Sense.encode(condition, false))).isEqualTo(Golden.normal(golden));
  }

  private static void descriptors(CheckCondition condition, String golden) {
    assertThat(Golden.hex(Sense.encode(condition, true))).isEqualTo(Golden.normal(golden));
  }

  @Test
  void aCurrentErrorWithoutDetail() {
    fixed(
        ScsiResult.invalidOperationCode(),
        """
        70 00 05       ; current, INFORMATION not valid; ILLEGAL REQUEST
        00 00 00 00 0A ; no INFORMATION; 10 bytes follow
        00 00 00 00    ; COMMAND-SPECIFIC INFORMATION
        20 00 00       ; INVALID COMMAND OPERATION CODE; no FRU
        00 00 00       ; SKSV clear
        """);
  }

  @Test
  void theLbaOutOfRangeIsInformation() {
    fixed(
        ScsiResult.lbaOutOfRange(0x0102_0304L),
        """
        F0 00 05       ; current, INFORMATION valid
        01 02 03 04 0A
        00 00 00 00
        21 00 00       ; LOGICAL BLOCK ADDRESS OUT OF RANGE
        00 00 00
        """);
  }

  @Test
  void anLbaThatFixedFormatCannotHoldIsNotValid() {
    fixed(
        ScsiResult.lbaOutOfRange(0x1_0000_0000L),
        "70 00 05 00 00 00 00 0A 00 00 00 00 21 00 00 00 00 00");
    fixed(ScsiResult.lbaOutOfRange(-1), "70 00 05 00 00 00 00 0A 00 00 00 00 21 00 00 00 00 00");
  }

  @Test
  void aFieldPointerNamesByteAndBit() {
    fixed(
        ScsiResult.invalidFieldInCdb(1, 4),
        """
        70 00 05 00 00 00 00 0A 00 00 00 00
        24 00 00 ; INVALID FIELD IN CDB
        CC 00 01 ; SKSV, C/D: in the CDB, BPV; bit 4; byte 1
        """);
  }

  @Test
  void aFieldPointerToAWholeByteHasNoBit() {
    fixed(
        ScsiResult.invalidFieldInCdb(13, -1),
        "70 00 05 00 00 00 00 0A 00 00 00 00 24 00 00 C0 00 0D");
    fixed(
        ScsiResult.invalidFieldInParameterList(0x0110),
        "70 00 05 00 00 00 00 0A 00 00 00 00 26 00 00 80 01 10 ; SKSV, in the data; byte 272");
  }

  @Test
  void aMiscompareTellsWhere() {
    fixed(
        ScsiResult.miscompare(513),
        """
        F0 00 0E 00 00 02 01 0A ; MISCOMPARE; offset 513 of the data-out
        00 00 00 00
        1D 00 00 00 00 00       ; MISCOMPARE DURING VERIFY OPERATION
        """);
  }

  @Test
  void everyOtherConditionHasItsKeyAndCodes() {
    fixed(ScsiResult.standby(), none(2, "04 0B")); // NOT READY, TARGET PORT IN STANDBY STATE
    fixed(ScsiResult.unavailable(), none(2, "04 0C")); // TARGET PORT IN UNAVAILABLE STATE
    fixed(ScsiResult.readError(), none(3, "11 00")); // UNRECOVERED READ ERROR
    fixed(ScsiResult.writeError(), none(3, "0C 00")); // WRITE ERROR
    fixed(
        ScsiResult.tooLittleData(), none(5, "0E 03")); // INVALID FIELD IN COMMAND INFORMATION UNIT
    fixed(ScsiResult.parameterListLengthError(), none(5, "1A 00"));
    fixed(ScsiResult.logicalUnitNotSupported(), none(5, "25 00"));
    fixed(ScsiResult.savingParametersNotSupported(), none(5, "39 00"));
    fixed(ScsiResult.writeProtected(), none(7, "27 00"));
    fixed(ScsiResult.spaceAllocationFailed(), none(7, "27 07"));
    fixed(ScsiResult.noSense(), none(0, "00 00"));
  }

  @Test
  void everyUnitAttentionHasItsCodes() {
    fixed(ScsiResult.unitAttention(UnitAttention.POWER_ON_OR_RESET), none(6, "29 00"));
    fixed(ScsiResult.unitAttention(UnitAttention.LOGICAL_UNIT_RESET), none(6, "29 03"));
    fixed(ScsiResult.unitAttention(UnitAttention.COMMANDS_CLEARED), none(6, "2F 00"));
    fixed(ScsiResult.unitAttention(UnitAttention.REPORTED_LUNS_CHANGED), none(6, "3F 0E"));
    fixed(ScsiResult.unitAttention(UnitAttention.ACCESS_STATE_CHANGED), none(6, "2A 06"));
    fixed(ScsiResult.unitAttention(UnitAttention.CAPACITY_CHANGED), none(6, "2A 09"));
    fixed(ScsiResult.unitAttention(UnitAttention.MODE_PARAMETERS_CHANGED), none(6, "2A 01"));
  }

  private static String none(int key, String codes) {
    return "70 00 0" + key + " 00 00 00 00 0A 00 00 00 00 " + codes + " 00 00 00 00";
  }

  @Test
  void descriptorFormatHoldsWhatFixedFormatDoes() {
    descriptors(
        ScsiResult.standby(),
        "72 02 04 0B 00 00 00 00 ; current, NOT READY, 04/0B; nothing follows");
    descriptors(
        ScsiResult.lbaOutOfRange(0x0102_0304_0506L),
        """
        72 05 21 00 00 00 00 0C ; 12 bytes follow
        00 0A 80 00             ; INFORMATION, 10 bytes follow, VALID
        00 00 01 02 03 04 05 06
        """);
    descriptors(
        ScsiResult.invalidFieldInCdb(1, 4),
        """
        72 05 24 00 00 00 00 08
        02 06 00 00             ; SENSE KEY SPECIFIC, 6 bytes follow
        CC 00 01 00             ; as in fixed format
        """);
  }

  @Test
  void everyStatusHasItsCode() {
    assertThat(ScsiResult.good().statusCode()).isEqualTo(0x00);
    assertThat(ScsiResult.standby().statusCode()).isEqualTo(0x02);
    assertThat(new ScsiResult.Busy().statusCode()).isEqualTo(0x08);
    assertThat(new ScsiResult.ReservationConflict().statusCode()).isEqualTo(0x18);
    assertThat(new ScsiResult.TaskSetFull().statusCode()).isEqualTo(0x28);
    assertThat(ScsiResult.aborted().statusCode()).isEqualTo(0x40);
  }
}
