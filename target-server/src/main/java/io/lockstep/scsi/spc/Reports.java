package io.lockstep.scsi.spc;

import io.lockstep.scsi.AccessState;
import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.ScsiResult;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;

/// The REPORT commands (SPC-4 6.33 to 6.37) as bytes.
public final class Reports {
  private static final byte[] TIMEOUTS = {0x00, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

  private Reports() {}

  /// What REPORT SUPPORTED OPERATION CODES says: data, or a refusal.
  public sealed interface Answer {
    @SuppressWarnings("ArrayRecordComponent")
    record Data(byte[] bytes) implements Answer {}

    record Refused(ScsiResult result) implements Answer {}
  }

  /// REPORT LUNS (SPC-4 6.33): eight bytes for each LUN, in ascending order.
  public static byte[] luns(Collection<Integer> luns) {
    var data = ByteBuffer.allocate(8 + 8 * luns.size());
    data.putInt(8 * luns.size()).putInt(0);
    for (int lun : luns) {
      // Peripheral device addressing below 256, flat space above (SAM-5 4.7.7).
      data.putShort((short) (lun < 256 ? lun : 0x4000 | lun)).putShort((short) 0).putInt(0);
    }
    return data.array();
  }

  /// PERSISTENT RESERVE IN, READ KEYS, READ RESERVATION and READ FULL STATUS (SPC-4 6.15): nobody
  /// can register here, so PRgeneration is 0 and the list is empty.
  public static byte[] noReservations() {
    return new byte[8];
  }

  /// PERSISTENT RESERVE IN, REPORT CAPABILITIES (SPC-4 6.15.4): no type of reservation.
  public static byte[] reservationCapabilities() {
    return ByteBuffer.allocate(8).putShort((short) 8).put(3, (byte) 0x80).array();
  }

  /// REPORT TARGET PORT GROUPS (SPC-4 6.37): both nodes' groups.
  ///
  /// @param first state of group 1
  /// @param second state of group 2
  /// @param extended parameter data format 001b
  public static byte[] targetPortGroups(AccessState first, AccessState second, boolean extended) {
    int header = extended ? 8 : 4;
    var data = ByteBuffer.allocate(header + 2 * 12);
    data.putInt(header - 4 + 2 * 12);
    if (extended) {
      data.put((byte) 0x10).put(new byte[3]);
    }
    for (int group = 1; group <= 2; group++) {
      data.put((byte) (group == 1 ? first : second).code());
      data.put((byte) AccessState.SUPPORTED);
      data.putShort((short) group);
      data.put((byte) 0).put((byte) 0x02).put((byte) 0).put((byte) 1); // implicit, one port
      data.putShort((short) 0).putShort((short) group);
    }
    return data.array();
  }

  /// REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 6.36).
  public static byte[] taskManagement(boolean extended) {
    byte[] data = new byte[extended ? 16 : 4];
    // ATS, ATSS, CTSS, LURS, TRS: abort task, abort task set, clear task set, resets.
    data[0] = (byte) 0xDA;
    if (extended) {
      data[3] = 12;
    }
    return data;
  }

  /// REPORT SUPPORTED OPERATION CODES (SPC-4 6.35).
  ///
  /// @param offered which commands the logical unit carries out
  public static Answer operationCodes(byte[] cdb, Predicate<Command> offered) {
    boolean timeouts = Cdb.bit(cdb, 2, 7);
    int options = Cdb.u8(cdb, 2) & 0x07;
    int operationCode = Cdb.u8(cdb, 3);
    int serviceAction = Cdb.u16(cdb, 4);
    return switch (options) {
      case 0 -> new Answer.Data(all(timeouts, offered));
      case 1 -> {
        Optional<Command> plain = Command.of(operationCode, -1);
        yield plain.isEmpty() && Command.hasOperationCode(operationCode)
            ? new Answer.Refused(ScsiResult.invalidFieldInCdb(2, 2))
            : new Answer.Data(one(plain.filter(offered), timeouts));
      }
      case 2 -> {
        boolean needsNone = Command.of(operationCode, -1).isPresent();
        yield needsNone
            ? new Answer.Refused(ScsiResult.invalidFieldInCdb(4, -1))
            : new Answer.Data(one(Command.of(operationCode, serviceAction), timeouts));
      }
      case 3 -> {
        Optional<Command> found = Command.of(operationCode, -1);
        yield new Answer.Data(
            one(
                found.or(() -> Command.of(operationCode, serviceAction)).filter(offered),
                timeouts));
      }
      default -> new Answer.Refused(ScsiResult.invalidFieldInCdb(2, 2));
    };
  }

  private static byte[] all(boolean timeouts, Predicate<Command> offered) {
    var list = new ByteArrayOutputStream();
    for (Command command : Command.values()) {
      if (!offered.test(command)) {
        continue;
      }
      int flags = (command.hasServiceAction() ? 1 : 0) | (timeouts ? 2 : 0);
      list.writeBytes(
          ByteBuffer.allocate(8)
              .put((byte) command.operationCode())
              .put((byte) 0)
              .putShort((short) (command.hasServiceAction() ? command.serviceAction() : 0))
              .put((byte) 0)
              .put((byte) flags)
              .putShort((short) command.cdbBytes())
              .array());
      if (timeouts) {
        list.writeBytes(TIMEOUTS);
      }
    }
    return ByteBuffer.allocate(4 + list.size()).putInt(list.size()).put(list.toByteArray()).array();
  }

  private static byte[] one(Optional<Command> command, boolean timeouts) {
    if (command.isEmpty()) {
      return new byte[] {0, 0x01, 0, 0}; // not supported
    }
    byte[] usage = command.get().usage();
    var data = ByteBuffer.allocate(4 + usage.length + (timeouts ? TIMEOUTS.length : 0));
    data.put((byte) 0).put((byte) (0x03 | (timeouts ? 0x80 : 0)));
    data.putShort((short) usage.length).put(usage);
    if (timeouts) {
      data.put(TIMEOUTS);
    }
    return data.array();
  }
}
