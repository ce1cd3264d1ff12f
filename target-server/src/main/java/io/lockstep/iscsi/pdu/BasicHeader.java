package io.lockstep.iscsi.pdu;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The basic header segment: the 48 bytes every PDU begins with (RFC 7143 11.2.1), big-endian.
///
/// ```
///      0               1               2               3
///  0  |.|I| Opcode    |F| opcode-specific                          |
///  4  | TotalAHSLen   | DataSegmentLength (24 bits)                |
///  8  | LUN, or opcode-specific (8 bytes)                          |
/// 16  | InitiatorTaskTag                                           |
/// 20  | TargetTransferTag, or opcode-specific                      |
///     | initiator to target          | target to initiator         |
/// 24  | CmdSN                        | StatSN                      |
/// 28  | ExpStatSN                    | ExpCmdSN                    |
/// 32  | opcode-specific              | MaxCmdSN                    |
/// 36  | opcode-specific to byte 47                                 |
/// ```
///
/// A mutable picture of the bytes: one object a connection and direction, filled again and again.
/// What the opcode-specific fields mean is in [Pdu] and its kinds.
public final class BasicHeader {
  public static final int BYTES = 48;

  /// The tag that stands for "none" (RFC 7143 11.2.1.8).
  public static final int NO_TAG = 0xffff_ffff;

  static final int FLAGS = 1;
  static final int LUN = 8;
  static final int TARGET_TRANSFER_TAG = 20;

  private static final int TOTAL_AHS_LENGTH = 4;
  private static final int INITIATOR_TASK_TAG = 16;
  private static final int CMD_SN = 24;
  private static final int EXP_STAT_SN = 28;
  private static final int STAT_SN = 24;
  private static final int EXP_CMD_SN = 28;
  private static final int MAX_CMD_SN = 32;

  private static final int IMMEDIATE = 0x40;
  private static final int FINAL = 0x80;
  private static final int LENGTH_MASK = 0x00ff_ffff;

  private final byte[] bytes = new byte[BYTES];
  private final ByteBuffer view = ByteBuffer.wrap(bytes);

  /// The bytes themselves, for the decoder and the encoder.
  byte[] bytes() {
    return bytes;
  }

  /// Zeroes everything, then sets the operation code.
  public BasicHeader start(Opcode opcode) {
    Arrays.fill(bytes, (byte) 0);
    bytes[0] = (byte) opcode.code();
    return this;
  }

  /// Takes the bytes of another header.
  public BasicHeader copyOf(BasicHeader other) {
    System.arraycopy(other.bytes, 0, bytes, 0, BYTES);
    return this;
  }

  /// A copy of the 48 bytes, as a Reject carries it.
  public ByteBuffer toBuffer() {
    return ByteBuffer.wrap(bytes.clone());
  }

  /// What the PDU is; null for a number that RFC 7143 does not know.
  public @Nullable Opcode opcode() {
    return Opcode.of(bytes[0]);
  }

  /// The I bit: the command does not take a CmdSN and is served at once.
  public boolean immediate() {
    return (bytes[0] & IMMEDIATE) != 0;
  }

  public BasicHeader immediate(boolean immediate) {
    bytes[0] = (byte) (immediate ? bytes[0] | IMMEDIATE : bytes[0] & ~IMMEDIATE);
    return this;
  }

  /// The F bit: the last PDU of its sequence.
  public boolean isFinal() {
    return (bytes[FLAGS] & FINAL) != 0;
  }

  /// Length of the additional header segments in bytes, without digest.
  public int totalAhsBytes() {
    return (bytes[TOTAL_AHS_LENGTH] & 0xff) * 4;
  }

  void totalAhsBytes(int length) {
    Check.that(length % 4 == 0 && length < 1024, "AHS in words", length, 4);
    bytes[TOTAL_AHS_LENGTH] = (byte) (length / 4);
  }

  /// Length of the data segment in bytes, without padding and digest.
  public int dataSegmentLength() {
    return view.getInt(TOTAL_AHS_LENGTH) & LENGTH_MASK;
  }

  void dataSegmentLength(int length) {
    Check.that(length >= 0 && length <= LENGTH_MASK, "24 bits of length", length, LENGTH_MASK);
    view.putInt(TOTAL_AHS_LENGTH, (view.getInt(TOTAL_AHS_LENGTH) & ~LENGTH_MASK) | length);
  }

  public long lun() {
    return view.getLong(LUN);
  }

  public BasicHeader lun(long lun) {
    view.putLong(LUN, lun);
    return this;
  }

  public int initiatorTaskTag() {
    return view.getInt(INITIATOR_TASK_TAG);
  }

  public BasicHeader initiatorTaskTag(int tag) {
    view.putInt(INITIATOR_TASK_TAG, tag);
    return this;
  }

  public int targetTransferTag() {
    return view.getInt(TARGET_TRANSFER_TAG);
  }

  public BasicHeader targetTransferTag(int tag) {
    view.putInt(TARGET_TRANSFER_TAG, tag);
    return this;
  }

  /// Initiator to target: the number of this command.
  public int cmdSn() {
    return view.getInt(CMD_SN);
  }

  /// Initiator to target: every status below this number has arrived.
  public int expStatSn() {
    return view.getInt(EXP_STAT_SN);
  }

  public BasicHeader initiatorNumbers(int cmdSn, int expStatSn) {
    view.putInt(CMD_SN, cmdSn);
    view.putInt(EXP_STAT_SN, expStatSn);
    return this;
  }

  /// Target to initiator: the number of this status.
  public int statSn() {
    return view.getInt(STAT_SN);
  }

  /// Target to initiator: the next command number the target expects.
  public int expCmdSn() {
    return view.getInt(EXP_CMD_SN);
  }

  /// Target to initiator: the last command number the target would take.
  public int maxCmdSn() {
    return view.getInt(MAX_CMD_SN);
  }

  public BasicHeader targetNumbers(int statSn, int expCmdSn, int maxCmdSn) {
    view.putInt(STAT_SN, statSn);
    view.putInt(EXP_CMD_SN, expCmdSn);
    view.putInt(MAX_CMD_SN, maxCmdSn);
    return this;
  }

  int u8(int offset) {
    return bytes[offset] & 0xff;
  }

  boolean bit(int offset, int mask) {
    return (bytes[offset] & mask) != 0;
  }

  int u16(int offset) {
    return view.getShort(offset) & 0xffff;
  }

  int i32(int offset) {
    return view.getInt(offset);
  }

  long i64(int offset) {
    return view.getLong(offset);
  }

  BasicHeader put8(int offset, int value) {
    bytes[offset] = (byte) value;
    return this;
  }

  BasicHeader putBit(int offset, int mask, boolean on) {
    if (on) {
      bytes[offset] |= (byte) mask;
    }
    return this;
  }

  BasicHeader put16(int offset, int value) {
    view.putShort(offset, (short) value);
    return this;
  }

  BasicHeader put32(int offset, int value) {
    view.putInt(offset, value);
    return this;
  }

  BasicHeader put64(int offset, long value) {
    view.putLong(offset, value);
    return this;
  }
}
