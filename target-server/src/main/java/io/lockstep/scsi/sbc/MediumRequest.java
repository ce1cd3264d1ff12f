package io.lockstep.scsi.sbc;

import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.ScsiResult;

/// What a command asks of the medium: decoded, and checked against the capacity (SBC-3 clause 5).
///
/// @param action what to do with the range
/// @param lba first block
/// @param blocks number of blocks; 0 is allowed and does nothing, except where the standard says
///     "to the end"
/// @param fua the data must be on stable storage before GOOD
/// @param unmap space may be given back where zeroes are written
/// @param dataOutBytes how much data-out the command takes
public record MediumRequest(
    Action action, long lba, long blocks, boolean fua, boolean unmap, int dataOutBytes) {
  private MediumRequest(Action action, Range range, boolean fua, int dataOutBytes) {
    this(action, range.lba, range.blocks, fua, false, dataOutBytes);
  }

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

  /// A request, why it is refused, or that there is none.
  public sealed interface Decoded {
    record Request(MediumRequest request) implements Decoded {}

    record Refused(ScsiResult result) implements Decoded {}

    /// The command asks nothing of the medium.
    record NoRequest() implements Decoded {
      private static final NoRequest INSTANCE = new NoRequest();
    }
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

  /// Decodes a command.
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
      case START_STOP_UNIT -> startStop(cdb);
      case WRITE_SAME_10, WRITE_SAME_16 -> writeSame(command, cdb, range, medium);
      case COMPARE_AND_WRITE -> compareAndWrite(cdb, medium);
      case UNMAP ->
          new Decoded.Request(new MediumRequest(Action.UNMAP, 0, 0, false, true, Cdb.u16(cdb, 7)));
      case TEST_UNIT_READY,
          REQUEST_SENSE,
          INQUIRY,
          MODE_SELECT_6,
          MODE_SENSE_6,
          SEND_DIAGNOSTIC,
          PREVENT_ALLOW_MEDIUM_REMOVAL,
          READ_CAPACITY_10,
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
          Decoded.NoRequest.INSTANCE;
    };
  }

  /// START STOP UNIT that stops, or changes the power condition, flushes first unless NO_FLUSH
  /// says otherwise (SBC-3 5.25).
  private static Decoded startStop(byte[] cdb) {
    boolean stops = (cdb[4] & 0xF1) != 0x01;
    boolean flushes = (cdb[4] & 0x04) == 0;
    return stops && flushes
        ? new Decoded.Request(new MediumRequest(Action.SYNCHRONIZE, 0, 0, false, false, 0))
        : Decoded.NoRequest.INSTANCE;
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
    return new Decoded.Request(new MediumRequest(action, range, fua, takesData ? bytes : 0));
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
          case 1 -> new MediumRequest(Action.COMPARE, range, false, bytes);
          case 3 ->
              new MediumRequest(
                  Action.COMPARE_SAME, range, false, range.blocks == 0 ? 0 : medium.blockBytes);
          default -> new MediumRequest(Action.VERIFY, range, false, 0);
        });
  }

  private static Decoded withoutData(Action action, Range range, Medium medium) {
    if (isOutside(range.lba, range.blocks, medium)) {
      return new Decoded.Refused(ScsiResult.lbaOutOfRange(range.lba));
    }
    return new Decoded.Request(new MediumRequest(action, range, false, 0));
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
    boolean unmap = Cdb.bit(cdb, 1, 3);
    return new Decoded.Request(
        noData
            ? new MediumRequest(Action.WRITE_ZEROES, range.lba, blocks, false, unmap, 0)
            : new MediumRequest(
                Action.WRITE_SAME, range.lba, blocks, false, unmap, medium.blockBytes));
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
        new MediumRequest(
            Action.COMPARE_AND_WRITE,
            lba,
            blocks,
            Cdb.bit(cdb, 1, 3),
            false,
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
