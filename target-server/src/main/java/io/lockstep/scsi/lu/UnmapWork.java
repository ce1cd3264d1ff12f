package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.sbc.UnmapList;
import io.lockstep.scsi.spc.Inquiry;
import java.util.List;
import java.util.function.Consumer;

/// UNMAP (SBC-3 5.32): goes through the ranges that its parameter list names, one after another,
/// each of them its own while it is given back.
final class UnmapWork extends ChangeWork {
  private final Runnable whenUnmapped = this::unmapped;
  private List<BlockRange> ranges = List.of();
  private int rangeIndex;

  UnmapWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  protected void reset() {
    super.reset();
    ranges = List.of();
    rangeIndex = 0;
  }

  /// Not before the list is there, and says so.
  @Override
  boolean changes() {
    return !ranges.isEmpty();
  }

  @Override
  int borrowedBytesMax() {
    return 0;
  }

  @Override
  protected long offset() {
    return ranges.get(rangeIndex).offset();
  }

  @Override
  protected long length() {
    return ranges.get(rangeIndex).length();
  }

  @Override
  public void start() {
    switch (Reading.of(task(), place().pool(), this::decoded, UnmapList.Decoded.Refused::new)) {
      case UnmapList.Decoded.Refused(ScsiResult result) -> finish(result);
      case UnmapList.Decoded.Ranges(List<BlockRange> decoded) -> {
        if (decoded.isEmpty()) {
          done();
        } else if (place().modes().pages().isWriteProtected()) {
          finish(ScsiResult.writeProtected());
        } else {
          ranges = decoded;
          goOn();
        }
      }
    }
  }

  private UnmapList.Decoded decoded() {
    return UnmapList.decode(
        Reading.parameterList(task()),
        place().medium().form().medium(),
        Inquiry.UNMAP_DESCRIPTORS_MAX,
        Inquiry.ERASE_BYTES_MAX);
  }

  @Override
  protected void run(BlockDevice medium) {
    changesUnstably();
    transfer().discard(medium, offset(), length(), whenUnmapped);
  }

  private void unmapped() {
    if (rangeIndex + 1 == ranges.size()) {
      changed();
    } else {
      leaveRange();
      rangeIndex++;
      goOn();
    }
  }
}
