package io.lockstep.scsi.lu;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.Sense;
import io.lockstep.scsi.UnitAttention;
import io.lockstep.scsi.sbc.Capacity;
import io.lockstep.scsi.spc.Inquiry;
import io.lockstep.scsi.spc.Reports;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;

/// The commands that a logical unit answers from what it knows of itself, without the medium.
final class SelfDescription {
  /// The most that any of these answers has; the longest is the list of all commands.
  static final int ANSWER_BYTES_MAX = 4096;

  private static final int MODE_DATA_MAX = 512;

  /// The commands that give no data.
  private static final Set<Command> WITHOUT_DATA =
      Set.of(
          Command.TEST_UNIT_READY,
          Command.START_STOP_UNIT,
          Command.SEND_DIAGNOSTIC,
          Command.PREVENT_ALLOW_MEDIUM_REMOVAL,
          Command.MODE_SELECT_6,
          Command.MODE_SELECT_10);

  private final LuIdentity identity;
  private final UnitMedium medium;
  private final UnitModes modes;
  private final Attentions attentions;
  private final BufferPool pool;

  SelfDescription(
      LuIdentity identity,
      UnitMedium medium,
      UnitModes modes,
      Attentions attentions,
      BufferPool pool) {
    this.identity = identity;
    this.medium = medium;
    this.modes = modes;
    this.attentions = attentions;
    this.pool = pool;
  }

  /// Whether the logical unit carries out a command that the table has.
  boolean offers(Command command) {
    return command != Command.UNMAP || medium.form().limits().discardZeroes();
  }

  /// What the answer of a command is put into.
  int borrowedBytesMax(Command command) {
    return WITHOUT_DATA.contains(command) ? 0 : ANSWER_BYTES_MAX;
  }

  ScsiResult answer(ScsiTask task, Command command) {
    byte[] cdb = task.cdb();
    MediumForm form = medium.form();
    return switch (command) {
      // START STOP UNIT: a logical unit that others use does not stop; what must be flushed has
      // been (see LogicalUnit).
      case TEST_UNIT_READY, START_STOP_UNIT, PREVENT_ALLOW_MEDIUM_REMOVAL -> ScsiResult.good();
      case REQUEST_SENSE -> requestSense(task, cdb);
      case SEND_DIAGNOSTIC -> selfTest(cdb);
      case INQUIRY -> inquiry(task, cdb);
      case MODE_SENSE_6, MODE_SENSE_10 -> modeSense(task, command, cdb);
      case READ_CAPACITY_10 -> readCapacity(task, cdb);
      case READ_CAPACITY_16 ->
          give(
              task,
              Capacity.sixteen(form.blockBytes(), form.blockCount(), form.limits()),
              Cdb.u32(cdb, 10));
      case GET_LBA_STATUS -> lbaStatus(task, cdb);
      case PERSISTENT_RESERVE_IN_READ_KEYS,
          PERSISTENT_RESERVE_IN_READ_RESERVATION,
          PERSISTENT_RESERVE_IN_READ_FULL_STATUS ->
          give(task, Reports.noReservations(), Cdb.u16(cdb, 7));
      case PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES ->
          give(task, Reports.reservationCapabilities(), Cdb.u16(cdb, 7));
      case REPORT_TARGET_PORT_GROUPS -> targetPortGroups(task, cdb);
      case REPORT_SUPPORTED_OPERATION_CODES ->
          switch (Reports.operationCodes(cdb, this::offers)) {
            case Reports.Answer.Data(byte[] data) -> give(task, data, Cdb.u32(cdb, 6));
            case Reports.Answer.Refused(ScsiResult result) -> result;
          };
      case REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS ->
          give(task, Reports.taskManagement(Cdb.bit(cdb, 2, 7)), Cdb.u32(cdb, 6));
      case READ_6,
          READ_10,
          READ_12,
          READ_16,
          WRITE_6,
          WRITE_10,
          WRITE_12,
          WRITE_16,
          WRITE_AND_VERIFY_10,
          WRITE_AND_VERIFY_12,
          WRITE_AND_VERIFY_16,
          VERIFY_10,
          VERIFY_12,
          VERIFY_16,
          PRE_FETCH_10,
          PRE_FETCH_16,
          SYNCHRONIZE_CACHE_10,
          SYNCHRONIZE_CACHE_16,
          WRITE_SAME_10,
          WRITE_SAME_16,
          COMPARE_AND_WRITE,
          UNMAP,
          MODE_SELECT_6,
          MODE_SELECT_10,
          REPORT_LUNS ->
          throw new AssertionError("answered elsewhere: " + command);
    };
  }

  /// PARAMETER DATA FORMAT 000b and 001b (SPC-4 6.37).
  private ScsiResult targetPortGroups(ScsiTask task, byte[] cdb) {
    int format = Cdb.u8(cdb, 1) >> 5;
    if (format > 1) {
      return ScsiResult.invalidFieldInCdb(1, 7);
    }
    PortAccess access = medium.access();
    byte[] groups = Reports.targetPortGroups(access.of(1), access.of(2), format == 1);
    return give(task, groups, Cdb.u32(cdb, 6));
  }

  /// What the next command would be told, which it then is no more; else why commands on the medium
  /// would fail (SPC-4 6.39).
  private ScsiResult requestSense(ScsiTask task, byte[] cdb) {
    Optional<UnitAttention> attention = attentions.next(task.nexus());
    ScsiResult.CheckCondition told =
        attention.isPresent()
            ? ScsiResult.unitAttention(attention.get())
            : medium.isReady() ? ScsiResult.noSense() : medium.notReady();
    return give(task, Sense.encode(told, Cdb.bit(cdb, 1, 0)), Cdb.u8(cdb, 4));
  }

  private ScsiResult inquiry(ScsiTask task, byte[] cdb) {
    boolean vital = Cdb.bit(cdb, 1, 0);
    int page = Cdb.u8(cdb, 2);
    int allocation = Cdb.u16(cdb, 3);
    if (!vital) {
      return page != 0
          ? ScsiResult.invalidFieldInCdb(2, -1)
          : give(task, Inquiry.standard(identity), allocation);
    }
    Optional<byte[]> data =
        Inquiry.page(page, identity, medium.access().port(), medium.form().limits());
    return data.isPresent()
        ? give(task, data.get(), allocation)
        : ScsiResult.invalidFieldInCdb(2, -1);
  }

  /// The default self-test (SPC-4 6.42): a logical unit that can answer is well. There are no other
  /// tests, and no diagnostic pages.
  private static ScsiResult selfTest(byte[] cdb) {
    if (Cdb.u8(cdb, 1) >> 5 != 0) {
      return ScsiResult.invalidFieldInCdb(1, 7);
    }
    return Cdb.u16(cdb, 3) != 0 ? ScsiResult.invalidFieldInCdb(3, -1) : ScsiResult.good();
  }

  private ScsiResult modeSense(ScsiTask task, Command command, byte[] cdb) {
    var data = ByteBuffer.allocate(MODE_DATA_MAX);
    MediumForm form = medium.form();
    Optional<ScsiResult> refusal =
        modes.pages().sense(cdb, form.blockBytes(), form.blockCount(), data);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    byte[] bytes = new byte[data.position()];
    data.get(0, bytes);
    return give(task, bytes, command == Command.MODE_SENSE_6 ? Cdb.u8(cdb, 4) : Cdb.u16(cdb, 7));
  }

  /// PMI and a LOGICAL BLOCK ADDRESS are obsolete; an LBA without PMI is refused as SBC-2 did.
  private ScsiResult readCapacity(ScsiTask task, byte[] cdb) {
    if (!Cdb.bit(cdb, 8, 0) && Cdb.u32(cdb, 2) != 0) {
      return ScsiResult.invalidFieldInCdb(2, -1);
    }
    MediumForm form = medium.form();
    return give(task, Capacity.ten(form.blockBytes(), form.blockCount()), 8);
  }

  private ScsiResult lbaStatus(ScsiTask task, byte[] cdb) {
    long lba = Cdb.u64(cdb, 2);
    long blockCount = medium.form().blockCount();
    if (lba < 0 || lba >= blockCount) {
      return ScsiResult.lbaOutOfRange(lba);
    }
    return give(task, Capacity.allMapped(lba, blockCount), Cdb.u32(cdb, 10));
  }

  private ScsiResult give(ScsiTask task, byte[] data, long allocationLength) {
    give(pool, task, data, allocationLength);
    return ScsiResult.good();
  }

  /// Puts `data`, cut to the allocation length, into the task's data-in.
  static void give(BufferPool pool, ScsiTask task, byte[] data, long allocationLength) {
    int length = (int) Math.min(data.length, allocationLength);
    if (length > 0) {
      ByteBuffer buffer = task.borrow(pool, length);
      buffer.put(0, data, 0, length);
      task.dataIn(buffer);
    }
  }
}
