package io.lockstep.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.UnderReservation.Kind;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What SPC-4 and SBC-3 say of commands "in the presence of various reservations", row by row:
/// under Write Exclusive and under Exclusive Access of another nexus.
@Tag("golden")
class UnderReservationGoldenTest {
  private static final String SPC_4 =
      """
      INQUIRY                                     Allowed   Allowed
      MODE_SELECT_6                               Conflict  Conflict
      MODE_SELECT_10                              Conflict  Conflict
      MODE_SENSE_6                                Allowed   Conflict
      MODE_SENSE_10                               Allowed   Conflict
      PERSISTENT_RESERVE_IN_READ_KEYS             Allowed   Allowed
      PERSISTENT_RESERVE_IN_READ_RESERVATION      Allowed   Allowed
      PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES   Allowed   Allowed
      PERSISTENT_RESERVE_IN_READ_FULL_STATUS      Allowed   Allowed
      REPORT_LUNS                                 Allowed   Allowed
      REPORT_SUPPORTED_OPERATION_CODES            Allowed   Conflict
      REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS  Allowed   Conflict
      REPORT_TARGET_PORT_GROUPS                   Allowed   Allowed
      REQUEST_SENSE                               Allowed   Allowed
      SEND_DIAGNOSTIC                             Conflict  Conflict
      TEST_UNIT_READY                             Allowed   Allowed
      """;

  private static final String SBC_3 =
      """
      COMPARE_AND_WRITE     Conflict  Conflict
      GET_LBA_STATUS        Allowed   Conflict
      PRE_FETCH_10          Allowed   Conflict
      PRE_FETCH_16          Allowed   Conflict
      READ_6                Allowed   Conflict
      READ_10               Allowed   Conflict
      READ_12               Allowed   Conflict
      READ_16               Allowed   Conflict
      READ_CAPACITY_10      Allowed   Allowed
      READ_CAPACITY_16      Allowed   Allowed
      SYNCHRONIZE_CACHE_10  Conflict  Conflict
      SYNCHRONIZE_CACHE_16  Conflict  Conflict
      UNMAP                 Conflict  Conflict
      VERIFY_10             Allowed   Conflict
      VERIFY_12             Allowed   Conflict
      VERIFY_16             Allowed   Conflict
      WRITE_6               Conflict  Conflict
      WRITE_10              Conflict  Conflict
      WRITE_12              Conflict  Conflict
      WRITE_16              Conflict  Conflict
      WRITE_AND_VERIFY_10   Conflict  Conflict
      WRITE_AND_VERIFY_12   Conflict  Conflict
      WRITE_AND_VERIFY_16   Conflict  Conflict
      WRITE_SAME_10         Conflict  Conflict
      WRITE_SAME_16         Conflict  Conflict
      """;

  private static final String SBC_3_BY_CDB =
      """
      START_STOP_UNIT               1B 00 00 00 01 00  Allowed   Allowed
      START_STOP_UNIT               1B 01 00 00 05 00  Allowed   Allowed
      START_STOP_UNIT               1B 00 00 00 00 00  Conflict  Conflict
      START_STOP_UNIT               1B 00 00 00 11 00  Conflict  Conflict
      START_STOP_UNIT               1B 00 00 00 30 00  Conflict  Conflict
      PREVENT_ALLOW_MEDIUM_REMOVAL  1E 00 00 00 00 00  Allowed   Allowed
      PREVENT_ALLOW_MEDIUM_REMOVAL  1E 00 00 00 01 00  Conflict  Conflict
      PREVENT_ALLOW_MEDIUM_REMOVAL  1E 00 00 00 03 00  Conflict  Conflict
      """;

  private static String[] cells(String row) {
    return row.split(" {2,}", -1);
  }

  private static String word(Command command, Kind kind, byte[] cdb) {
    return command.underReservation().allows(kind, cdb) ? "Allowed" : "Conflict";
  }

  private static String words(Command command, byte[] cdb) {
    return word(command, Kind.WRITE_EXCLUSIVE, cdb)
        + " "
        + word(command, Kind.EXCLUSIVE_ACCESS, cdb);
  }

  @Test
  void eachCommandIsAllowedOrInConflictAsTheStandardsSay() {
    Map<Command, String> table = new EnumMap<>(Command.class);
    Map<Command, String> answers = new EnumMap<>(Command.class);
    (SPC_4 + SBC_3)
        .lines()
        .map(UnderReservationGoldenTest::cells)
        .forEach(
            row -> {
              Command command = Command.valueOf(row[0]);
              assertThat(table.put(command, row[1] + " " + row[2])).as("one row").isNull();
              answers.put(command, words(command, new byte[command.cdbBytes()]));
            });
    assertThat(answers).isEqualTo(table);
    assertThat(Command.values())
        .filteredOn(command -> !table.containsKey(command))
        .containsExactly(Command.START_STOP_UNIT, Command.PREVENT_ALLOW_MEDIUM_REMOVAL);
  }

  @Test
  void whatEndsOrPreventsSomethingIsInConflictOtherFormsAreNot() {
    SBC_3_BY_CDB
        .lines()
        .map(UnderReservationGoldenTest::cells)
        .forEach(
            row ->
                assertThat(words(Command.valueOf(row[0]), Golden.bytes(row[1])))
                    .as(row[1])
                    .isEqualTo(row[2] + " " + row[3]));
  }
}
