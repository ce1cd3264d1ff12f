package io.lockstep.scsi.spc;

import static io.lockstep.scsi.AccessState.ACTIVE_OPTIMIZED;
import static io.lockstep.scsi.AccessState.STANDBY;
import static io.lockstep.scsi.AccessState.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Command;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the REPORT commands and PERSISTENT RESERVE IN give, against SPC-4 6.15, 6.33 to 6.37.
@Tag("golden")
class ReportsGoldenTest {
  private static void equal(byte[] data, String golden) {
    assertThat(Golden.hex(data)).isEqualTo(Golden.normal(golden));
  }

  private static byte[] codes(String cdb) {
    return switch (Reports.operationCodes(Golden.bytes(cdb), _ -> true)) {
      case Reports.Answer.Data(byte[] bytes) -> bytes;
      case Reports.Answer.Refused(ScsiResult why) -> throw new AssertionError(why);
    };
  }

  @Test
  void luns() {
    equal(
        Reports.luns(List.of(0, 1, 255, 256, 16_383)),
        """
        00000028 00000000 ; 40 bytes follow
        0000000000000000 0001000000000000 00FF000000000000 ; peripheral device addressing
        4100000000000000 7FFF000000000000                  ; flat space addressing
        """);
    equal(Reports.luns(List.of()), "00000000 00000000");
  }

  @Test
  void nobodyHoldsAReservation() {
    equal(Reports.noReservations(), "00000000 00000000 ; PRGENERATION 0, nothing follows");
    equal(
        Reports.reservationCapabilities(),
        """
        0008 ; length
        00   ; no CRH, SIP_C, ATP_C, PTPL_C
        80   ; TMV: the type mask is valid
        0000 ; and empty
        0000
        """);
  }

  @Test
  void targetPortGroups() {
    equal(
        Reports.targetPortGroups(ACTIVE_OPTIMIZED, STANDBY, false),
        """
        00000018                      ; 24 bytes follow
        00 8D 0001 00 02 00 01 0000 0001 ; group 1: active/optimized, implicit, port 1
        02 8D 0002 00 02 00 01 0000 0002 ; group 2: standby, port 2
        """);
    equal(
        Reports.targetPortGroups(STANDBY, ACTIVE_OPTIMIZED, true),
        """
        0000001C 10 00 0000           ; 28 bytes follow; extended format, no transition time
        02 8D 0001 00 02 00 01 0000 0001
        00 8D 0002 00 02 00 01 0000 0002
        """);
  }

  /// Of two nodes that have parted, the one that stopped.
  @Test
  void aGroupCanBeUnavailable() {
    equal(
        Reports.targetPortGroups(UNAVAILABLE, STANDBY, false),
        """
        00000018
        03 8D 0001 00 02 00 01 0000 0001 ; group 1: unavailable
        02 8D 0002 00 02 00 01 0000 0002 ; group 2: standby
        """);
  }

  /// A node that was not Primary named the other one's group active, whatever that node was.
  @Test
  void withoutAPrimaryBothGroupsStandBy() {
    equal(
        Reports.targetPortGroups(STANDBY, STANDBY, false),
        """
        00000018
        02 8D 0001 00 02 00 01 0000 0001 ; group 1: standby
        02 8D 0002 00 02 00 01 0000 0002 ; group 2: standby
        """);
    equal(
        Reports.targetPortGroups(STANDBY, STANDBY, true),
        """
        0000001C 10 00 0000
        02 8D 0001 00 02 00 01 0000 0001
        02 8D 0002 00 02 00 01 0000 0002
        """);
  }

  @Test
  void taskManagementFunctions() {
    equal(Reports.taskManagement(false), "DA 00 00 00 ; ATS, ATSS, CTSS, LURS, TRS");
    equal(Reports.taskManagement(true), "DA 00 00 0C" + "00".repeat(12));
  }

  @Test
  void oneOperationCode() {
    equal(
        codes("A3 0C 01 28 0000 0000FFFF 00 00"),
        """
        00 03 000A                    ; supported as the standard says; 10 bytes
        28 F8 FF FF FF FF 00 FF FF 04 ; what is looked at: no group number; NACA
        """);
    equal(codes("A3 0C 01 A4 0000 0000FFFF 00 00"), "00 01 0000 ; not supported");
    equal(
        codes("A3 0C 82 9E 0010 0000FFFF 00 00"),
        """
        00 83 0010                    ; with timeouts
        9E 10 FF FF FF FF FF FF FF FF FF FF FF FF 01 04
        000A 00 00 00000000 00000000  ; none is given
        """);
    equal(codes("A3 0C 02 9E 0011 0000FFFF 00 00"), "00 01 0000 ; no such service action");
    assertThat(codes("A3 0C 03 9E 0012 0000FFFF 00 00")).hasSize(20);
  }

  @Test
  void aCommandThatIsNotOfferedIsNotSupported() {
    byte[] cdb = Golden.bytes("A3 0C 01 42 0000 0000FFFF 00 00");
    assertThat(Reports.operationCodes(cdb, command -> command != Command.UNMAP))
        .isInstanceOfSatisfying(
            Reports.Answer.Data.class, data -> equal(data.bytes(), "00 01 0000"));
  }

  @Test
  void wrongQuestionsAreRefused() {
    assertThat(refusal("A3 0C 01 9E 0000 0000FFFF 00 00"))
        .as("a code that needs a service action")
        .isEqualTo(ScsiResult.invalidFieldInCdb(2, 2));
    assertThat(refusal("A3 0C 02 28 0000 0000FFFF 00 00"))
        .as("a code that has none")
        .isEqualTo(ScsiResult.invalidFieldInCdb(4, -1));
    assertThat(refusal("A3 0C 07 28 0000 0000FFFF 00 00"))
        .isEqualTo(ScsiResult.invalidFieldInCdb(2, 2));
  }

  private static ScsiResult refusal(String cdb) {
    return switch (Reports.operationCodes(Golden.bytes(cdb), _ -> true)) {
      case Reports.Answer.Data _ -> throw new AssertionError("not refused");
      case Reports.Answer.Refused(ScsiResult why) -> why;
    };
  }

  @Test
  void allOperationCodesAreTheTable() {
    ByteBuffer data = ByteBuffer.wrap(codes("A3 0C 00 00 0000 0000FFFF 00 00"));
    assertThat(data.getInt()).isEqualTo(8 * Command.values().length).isEqualTo(data.remaining());
    Set<Integer> seen = new HashSet<>();
    for (Command command : Command.values()) {
      assertThat(data.get() & 0xFF).as(command.name()).isEqualTo(command.operationCode());
      assertThat(data.get()).isZero();
      int action = data.getShort();
      assertThat(data.get()).isZero();
      assertThat((int) data.get()).isEqualTo(command.hasServiceAction() ? 1 : 0);
      assertThat((int) data.getShort()).isEqualTo(command.usage().length);
      assertThat(action).isEqualTo(command.hasServiceAction() ? command.serviceAction() : 0);
      assertThat(seen.add(command.operationCode() << 8 | action)).as("listed once").isTrue();
    }
    ByteBuffer withTimeouts = ByteBuffer.wrap(codes("A3 0C 80 00 0000 0000FFFF 00 00"));
    assertThat(withTimeouts.getInt()).isEqualTo(20 * Command.values().length);
  }

  @Test
  void everyCommandFindsItself() {
    for (Command command : Command.values()) {
      assertThat(Command.of(command.usage())).contains(command);
      assertThat(command.usage()[command.cdbBytes() - 1])
          .as("of CONTROL, NACA is looked at: %s", command)
          .isEqualTo((byte) 0x04);
    }
  }
}
