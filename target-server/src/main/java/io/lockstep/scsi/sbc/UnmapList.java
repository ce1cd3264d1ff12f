package io.lockstep.scsi.sbc;

import io.lockstep.block.BlockRange;
import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.ScsiResult;
import java.util.ArrayList;
import java.util.List;

/// The parameter list of UNMAP (SBC-3 5.32): block descriptors of 16 bytes after a header of 8.
/// `UNMAP DATA LENGTH` is not checked against what came; a last descriptor cut short is ignored.
///
/// ```
/// 0: UNMAP DATA LENGTH (2)   2: BLOCK DESCRIPTOR DATA LENGTH (2)   4: reserved
/// 8: LBA (8)   16: NUMBER OF LOGICAL BLOCKS (4)   20: reserved     ... each descriptor
/// ```
public final class UnmapList {
  private static final int HEADER_BYTES = 8;
  private static final int DESCRIPTOR_BYTES = 16;

  private UnmapList() {}

  /// The ranges in bytes, or why there are none.
  public sealed interface Decoded {
    record Ranges(List<BlockRange> ranges) implements Decoded {}

    record Refused(ScsiResult result) implements Decoded {}
  }

  /// @param descriptorsMax how many descriptors one command may have
  /// @param bytesMax how much they may cover together
  public static Decoded decode(
      byte[] list, MediumRequest.Medium medium, int descriptorsMax, long bytesMax) {
    if (list.length == 0) {
      return new Decoded.Ranges(List.of());
    }
    if (list.length < HEADER_BYTES) {
      return new Decoded.Refused(ScsiResult.parameterListLengthError());
    }
    int descriptorBytes = Math.min(Cdb.u16(list, 2), list.length - HEADER_BYTES);
    int count = descriptorBytes / DESCRIPTOR_BYTES;
    if (count > descriptorsMax) {
      return new Decoded.Refused(ScsiResult.invalidFieldInParameterList(2));
    }
    var ranges = new ArrayList<BlockRange>();
    long total = 0;
    for (int index = 0; index < count; index++) {
      int at = HEADER_BYTES + index * DESCRIPTOR_BYTES;
      long lba = Cdb.u64(list, at);
      long blocks = Cdb.u32(list, at + 8);
      if (blocks > 0 && MediumRequest.isOutside(lba, blocks, medium)) {
        return new Decoded.Refused(ScsiResult.lbaOutOfRange(lba));
      }
      total += blocks;
      if (total > bytesMax / medium.blockBytes()) {
        return new Decoded.Refused(ScsiResult.invalidFieldInParameterList(at + 8));
      }
      if (blocks > 0) {
        ranges.add(new BlockRange(lba * medium.blockBytes(), blocks * medium.blockBytes()));
      }
    }
    return new Decoded.Ranges(ranges);
  }
}
