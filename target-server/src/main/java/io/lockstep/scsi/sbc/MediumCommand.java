package io.lockstep.scsi.sbc;

import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.ScsiResult;

/// A command on a range of blocks, decoded and checked against the capacity (SBC-3 clause 5).
///
/// @param action what to do with the range
/// @param lba first block
/// @param blocks number of blocks; 0 is allowed and does nothing, except where the standard says
///     "to the end"
/// @param fua the data must be on stable storage before GOOD
/// @param dataOutBytes how much data-out the command takes
public record MediumCommand(Action action, long lba, long blocks, boolean fua, int dataOutBytes) {
  /// What happens to the range.
  public enum Action {
    READ,
    WRITE,
    WRITE_AND_VERIFY,
    /// VERIFY with BYTCHK 00b: the blocks can be read.
    VERIFY,
    /// VERIFY with BYTCHK 01b: they hold the data-out.
    COMPARE,
    /// VERIFY with BYTCHK 11b: each of them holds the one block of data-out.
    COMPARE_SAME,
    COMPARE_AND_WRITE,
    WRITE_SAME,
    /// WRITE SAME without data.
    WRITE_ZEROES,
    /// Ranges of their own, which come with the data-out.
    UNMAP,
    SYNCHRONIZE,
    /// The range is only checked: there is no cache to fetch it to.
    PREFETCH
  }

  /// Whether data of another length than the CDB's means that one of the two is wrong: what would
  /// be compared, or repeated, is then not what was meant.
  public boolean isExact() {
    return switch (action) {
      case COMPARE_AND_WRITE, WRITE_SAME -> true;
      case READ,
          WRITE,
          WRITE_AND_VERIFY,
          VERIFY,
          COMPARE,
          COMPARE_SAME,
          WRITE_ZEROES,
          UNMAP,
          SYNCHRONIZE,
          PREFETCH ->
          false;
    };
  }

  /// What the decoder needs to know of the logical unit.
  ///
  /// @param blockBytes logical block size
  /// @param blockCount capacity
  /// @param transferBytesMax longest data transfer of one command
  /// @param eraseBytesMax longest range of a WRITE SAME
  /// @param compareBlocksMax longest COMPARE AND WRITE
  /// @param discards whether the device gives back space
  public record Medium(
      int blockBytes,
      long blockCount,
      int transferBytesMax,
      long eraseBytesMax,
      int compareBlocksMax,
      boolean discards) {}

  /// A request, or why there is none.
  public sealed interface Decoded {
    record Request(MediumCommand command) implements Decoded {}

    record Refused(ScsiResult result) implements Decoded {}
  }

  /// Where the fields lie in each CDB length.
  private record Range(long lba, long blocks, int lengthAt) {
    static Range of(byte[] cdb, int cdbBytes) {
      return switch (cdbBytes) {
        case 6 -> {
          int length = Cdb.u8(cdb, 4);
          yield new Range(Cdb.u24(cdb, 1) & 0x1F_FFFF, length == 0 ? 256 : length, 4);
        }
        case 10 -> new Range(Cdb.u32(cdb, 2), Cdb.u16(cdb, 7), 7);
        case 12 -> new Range(Cdb.u32(cdb, 2), Cdb.u32(cdb, 6), 6);
        case 16 -> new Range(Cdb.u64(cdb, 2), Cdb.u32(cdb, 10), 10);
        default -> throw new AssertionError("no such CDB length: " + cdbBytes);
      };
    }
  }

  /// Whether a command works on blocks.
  public static boolean isOne(Command command) {
    return switch (command) {
      case READ_6, READ_10, READ_12, READ_16, WRITE_6, WRITE_10, WRITE_12, WRITE_16 -> true;
      case WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16 -> true;
      case VERIFY_10, VERIFY_12, VERIFY_16, SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> true;
      case PRE_FETCH_10, PRE_FETCH_16, START_STOP_UNIT -> true;
      case WRITE_SAME_10, WRITE_SAME_16, COMPARE_AND_WRITE -> true;
      case TEST_UNIT_READY,
          REQUEST_SENSE,
          INQUIRY,
          MODE_SELECT_6,
          MODE_SENSE_6,
          SEND_DIAGNOSTIC,
          PREVENT_ALLOW_MEDIUM_REMOVAL,
          READ_CAPACITY_10,
          UNMAP,
          MODE_SELECT_10,
          MODE_SENSE_10,
          READ_CAPACITY_16,
          GET_LBA_STATUS,
          PERSISTENT_RESERVE_IN_READ_KEYS,
          PERSISTENT_RESERVE_IN_READ_RESERVATION,
          PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES,
          PERSISTENT_RESERVE_IN_READ_FULL_STATUS,
          REPORT_LUNS,
          REPORT_TARGET_PORT_GROUPS,
          REPORT_SUPPORTED_OPERATION_CODES,
          REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS ->
          false;
    };
  }

  /// Decodes a command that works on blocks, see [#isOne].
  public static Decoded decode(Command command, byte[] cdb, Medium medium) {
    Range range = Range.of(cdb, command.cdbBytes());
    return switch (command) {
      case READ_6 -> transfer(Action.READ, range, false, medium);
      case WRITE_6 -> transfer(Action.WRITE, range, false, medium);
      case READ_10, READ_12, READ_16 -> checked(Action.READ, cdb, range, medium);
      case WRITE_10, WRITE_12, WRITE_16 -> checked(Action.WRITE, cdb, range, medium);
      case WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16 ->
          writeAndVerify(cdb, range, medium);
      case VERIFY_10, VERIFY_12, VERIFY_16 -> verify(cdb, range, medium);
      case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 ->
          withoutData(Action.SYNCHRONIZE, range, medium);
      case PRE_FETCH_10, PRE_FETCH_16 -> withoutData(Action.PREFETCH, range, medium);
      case START_STOP_UNIT ->
          new Decoded.Request(new MediumCommand(Action.SYNCHRONIZE, 0, 0, false, 0));
      case WRITE_SAME_10, WRITE_SAME_16 -> writeSame(command, cdb, range, medium);
      case COMPARE_AND_WRITE -> compareAndWrite(cdb, medium);
      default -> throw new AssertionError("not a command on blocks: " + command);
    };
  }

  /// Protection information is not kept: RDPROTECT, WRPROTECT and VRPROTECT must be zero.
  private static boolean hasProtection(byte[] cdb) {
    return Cdb.u8(cdb, 1) >> 5 != 0;
  }

  private static Decoded protection() {
    return new Decoded.Refused(ScsiResult.invalidFieldInCdb(1, 7));
  }

  private static Decoded checked(Action action, byte[] cdb, Range range, Medium medium) {
    return hasProtection(cdb) ? protection() : transfer(action, range, Cdb.bit(cdb, 1, 3), medium);
  }

  private static Decoded transfer(Action action, Range range, boolean fua, Medium medium) {
    if (isOutside(range.lba, range.blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(range.lba));
    }
    if (range.blocks > medium.transferBytesMax / medium.blockBytes) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(range.lengthAt, -1));
    }
    int bytes = (int) range.blocks * medium.blockBytes;
    boolean takesData = action == Action.WRITE || action == Action.WRITE_AND_VERIFY;
    return new Decoded.Request(
        new MediumCommand(action, range.lba, range.blocks, fua, takesData ? bytes : 0));
  }

  private static Decoded writeAndVerify(byte[] cdb, Range range, Medium medium) {
    if (hasProtection(cdb)) {
      return protection();
    }
    int byteCheck = Cdb.u8(cdb, 1) >> 1 & 0x03;
    if (byteCheck > 1) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(1, 2));
    }
    return transfer(Action.WRITE_AND_VERIFY, range, true, medium);
  }

  private static Decoded verify(byte[] cdb, Range range, Medium medium) {
    if (hasProtection(cdb)) {
      return protection();
    }
    int byteCheck = Cdb.u8(cdb, 1) >> 1 & 0x03;
    if (byteCheck == 2) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(1, 2));
    }
    if (isOutside(range.lba, range.blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(range.lba));
    }
    if (range.blocks > medium.transferBytesMax / medium.blockBytes) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(range.lengthAt, -1));
    }
    int bytes = (int) range.blocks * medium.blockBytes;
    return new Decoded.Request(
        switch (byteCheck) {
          case 1 -> new MediumCommand(Action.COMPARE, range.lba, range.blocks, false, bytes);
          case 3 ->
              new MediumCommand(
                  Action.COMPARE_SAME,
                  range.lba,
                  range.blocks,
                  false,
                  range.blocks == 0 ? 0 : medium.blockBytes);
          default -> new MediumCommand(Action.VERIFY, range.lba, range.blocks, false, 0);
        });
  }

  private static Decoded withoutData(Action action, Range range, Medium medium) {
    if (isOutside(range.lba, range.blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(range.lba));
    }
    return new Decoded.Request(new MediumCommand(action, range.lba, range.blocks, false, 0));
  }

  /// WRITE SAME (SBC-3 5.43, 5.44): one block of data-out, or none with NDOB; zero blocks mean to
  /// the end. ANCHOR is not offered. UNMAP gives the space back if the data are zeroes, which the
  /// logical unit finds out; other data are written, since they must read back.
  private static Decoded writeSame(Command command, byte[] cdb, Range range, Medium medium) {
    if (hasProtection(cdb)) {
      return protection();
    }
    if (Cdb.bit(cdb, 1, 4)) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(1, 4));
    }
    if (Cdb.bit(cdb, 1, 3) && !medium.discards) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(1, 3));
    }
    if (isOutside(range.lba, range.blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(range.lba));
    }
    long blocks = range.blocks == 0 ? medium.blockCount - range.lba : range.blocks;
    if (blocks > medium.eraseBytesMax / medium.blockBytes) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(range.lengthAt, -1));
    }
    boolean noData = command == Command.WRITE_SAME_16 && Cdb.bit(cdb, 1, 0);
    return new Decoded.Request(
        noData
            ? new MediumCommand(Action.WRITE_ZEROES, range.lba, blocks, false, 0)
            : new MediumCommand(Action.WRITE_SAME, range.lba, blocks, false, medium.blockBytes));
  }

  /// COMPARE AND WRITE (SBC-3 5.2): the data to compare, then the data to write.
  private static Decoded compareAndWrite(byte[] cdb, Medium medium) {
    if (hasProtection(cdb)) {
      return protection();
    }
    long lba = Cdb.u64(cdb, 2);
    int blocks = Cdb.u8(cdb, 13);
    if (isOutside(lba, blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(lba));
    }
    if (blocks > medium.compareBlocksMax) {
      return new Decoded.Refused(ScsiResult.invalidFieldInCdb(13, -1));
    }
    return new Decoded.Request(
        new MediumCommand(
            Action.COMPARE_AND_WRITE,
            lba,
            blocks,
            Cdb.bit(cdb, 1, 3),
            2 * blocks * medium.blockBytes));
  }

  /// Whether a range goes beyond the capacity. An empty range may lie at its very end.
  static boolean isOutside(long lba, long blocks, Medium medium) {
    return lba < 0
        || lba > medium.blockCount
        || blocks > medium.blockCount - lba
        || (lba == medium.blockCount && medium.blockCount > 0 && blocks == 0);
  }
}
