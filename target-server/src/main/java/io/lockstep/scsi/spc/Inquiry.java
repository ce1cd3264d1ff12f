package io.lockstep.scsi.spc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.BlockLimits;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.TargetPort;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// INQUIRY data (SPC-4 6.4.2, 7.8; SBC-3 6.6): the standard page and the vital product data pages.
public final class Inquiry {
  /// Longest transfer of one command, in bytes: MAXIMUM TRANSFER LENGTH of the block limits page.
  public static final int TRANSFER_BYTES_MAX = 4 << 20;

  /// Blocks of one COMPARE AND WRITE.
  public static final int COMPARE_BLOCKS_MAX = 255;

  /// Bytes one UNMAP descriptor or WRITE SAME may cover.
  public static final long ERASE_BYTES_MAX = 1L << 29;

  /// Block descriptors in one UNMAP.
  public static final int UNMAP_DESCRIPTORS_MAX = 256;

  private static final int STANDARD_BYTES = 96;
  private static final int PAGE_HEADER_BYTES = 4;
  private static final byte[] PAGES = {
    0x00, (byte) 0x80, (byte) 0x83, (byte) 0x86, (byte) 0xB0, (byte) 0xB1, (byte) 0xB2
  };

  private Inquiry() {}

  /// Standard INQUIRY data of a direct access device that is there.
  public static byte[] standard(LuIdentity identity) {
    byte[] data = standardOfNothing();
    data[0] = 0x00; // connected, direct access block device
    System.arraycopy(padded(identity.revision(), 4), 0, data, 32, 4);
    return data;
  }

  /// Standard INQUIRY data for a LUN behind which there is nothing: qualifier 011b, type 1Fh.
  public static byte[] standardOfNothing() {
    var data = ByteBuffer.allocate(STANDARD_BYTES);
    data.put(0, (byte) 0x7F);
    data.put(2, (byte) 0x06); // SPC-4
    data.put(3, (byte) 0x12); // HISUP, response data format 2
    data.put(4, (byte) (STANDARD_BYTES - 5));
    data.put(5, (byte) 0x10); // TPGS: implicit ALUA
    data.put(6, (byte) 0x10); // MULTIP: more than one port
    data.put(7, (byte) 0x02); // CMDQUE
    data.put(8, padded(LuIdentity.VENDOR, 8));
    data.put(16, padded(LuIdentity.PRODUCT, 16));
    data.put(32, padded("", 4));
    // Version descriptors: SAM-5, iSCSI, SPC-4, SBC-3 (SPC-4 table 151).
    data.putShort(58, (short) 0x00A0);
    data.putShort(60, (short) 0x0960);
    data.putShort(62, (short) 0x0460);
    data.putShort(64, (short) 0x04C0);
    return data.array();
  }

  /// A vital product data page; empty for one that we do not have.
  public static Optional<byte[]> page(
      int code, LuIdentity identity, TargetPort port, BlockLimits limits) {
    return switch (code) {
      case 0x00 -> Optional.of(page(code, PAGES));
      case 0x80 -> Optional.of(page(code, identity.serial().getBytes(US_ASCII)));
      case 0x83 -> Optional.of(page(code, designators(identity, port)));
      case 0x86 -> Optional.of(page(code, extended()));
      case 0xB0 -> Optional.of(page(code, blockLimits(identity, limits)));
      case 0xB1 -> Optional.of(page(code, characteristics()));
      case 0xB2 -> Optional.of(page(code, provisioning(limits)));
      default -> Optional.empty();
    };
  }

  private static byte[] page(int code, byte[] content) {
    return ByteBuffer.allocate(PAGE_HEADER_BYTES + content.length)
        .put((byte) 0)
        .put((byte) code)
        .putShort((short) content.length)
        .put(content)
        .array();
  }

  /// Device identification (SPC-4 7.8.6): NAA, T10 vendor, and which port this is.
  private static byte[] designators(LuIdentity identity, TargetPort port) {
    byte[] vendor = (LuIdentity.VENDOR + identity.serial()).getBytes(US_ASCII);
    byte[] target = terminated(port.targetName());
    byte[] portName = terminated(port.portName());
    return ByteBuffer.allocate(20 + 4 + vendor.length + 8 + 8 + 8 + target.length + portName.length)
        .put(designator(0x01, 0x03, HexFormat.of().parseHex(identity.naa())))
        .put(designator(0x02, 0x01, vendor))
        .put(designator(0x51, 0x94, four(port.relativePort()))) // iSCSI, relative target port
        .put(designator(0x51, 0x95, four(port.group()))) // iSCSI, target port group
        .put(designator(0x53, 0xA8, target)) // iSCSI, target device, SCSI name
        .put(designator(0x53, 0x98, portName)) // iSCSI, target port, SCSI name
        .array();
  }

  private static byte[] designator(int protocolAndCodeSet, int association, byte[] value) {
    return ByteBuffer.allocate(4 + value.length)
        .put((byte) protocolAndCodeSet)
        .put((byte) association)
        .put((byte) 0)
        .put((byte) value.length)
        .put(value)
        .array();
  }

  private static byte[] four(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  /// Null-terminated and padded to four bytes, as a SCSI name string is (SPC-4 7.8.6.11).
  private static byte[] terminated(String name) {
    byte[] bytes = name.getBytes(UTF_8);
    return Arrays.copyOf(bytes, (bytes.length + 4) / 4 * 4);
  }

  /// Extended INQUIRY data (SPC-4 7.8.7): simple, ordered and head-of-queue tasks; no protection.
  private static byte[] extended() {
    byte[] content = new byte[60];
    content[1] = 0x07; // HEADSUP, ORDSUP, SIMPSUP
    content[2] = 0x01; // V_SUP: there is a volatile cache
    return content;
  }

  /// Block limits (SBC-3 6.6.3).
  private static byte[] blockLimits(LuIdentity identity, BlockLimits limits) {
    int block = identity.blockBytes();
    long eraseBlocks = ERASE_BYTES_MAX / block;
    boolean unmaps = limits.discardZeroes();
    int granularity = Math.max(limits.physicalBlockBytes(), 4096) / block;
    return ByteBuffer.allocate(60)
        .put(0, (byte) 0x00) // WSNZ clear: a WRITE SAME of zero blocks means "to the end"
        .put(1, (byte) COMPARE_BLOCKS_MAX)
        .putShort(2, (short) Math.max(limits.physicalBlockBytes() / block, 1))
        .putInt(4, TRANSFER_BYTES_MAX / block)
        .putInt(8, (1 << 20) / block)
        .putInt(16, unmaps ? (int) eraseBlocks : 0)
        .putInt(20, unmaps ? UNMAP_DESCRIPTORS_MAX : 0)
        .putInt(24, unmaps ? granularity : 0)
        .putLong(32, eraseBlocks)
        .array();
  }

  /// Block device characteristics (SBC-3 6.6.2): does not rotate.
  private static byte[] characteristics() {
    byte[] content = new byte[60];
    content[1] = 0x01;
    return content;
  }

  /// Logical block provisioning (SBC-3 6.6.4): UNMAP and WRITE SAME with UNMAP where the device
  /// gives back space; such blocks read as zeroes. The provisioning type is not reported: nothing
  /// below says which blocks have space, so it is not claimed that they come and go (thin).
  private static byte[] provisioning(BlockLimits limits) {
    byte[] content = new byte[4];
    if (limits.discardZeroes()) {
      content[1] = (byte) 0xE4; // LBPU, LBPWS, LBPWS10, LBPRZ = 001b
    }
    return content;
  }

  private static byte[] padded(String text, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) ' ');
    byte[] content = text.getBytes(US_ASCII);
    System.arraycopy(content, 0, bytes, 0, Math.min(content.length, length));
    return bytes;
  }
}
