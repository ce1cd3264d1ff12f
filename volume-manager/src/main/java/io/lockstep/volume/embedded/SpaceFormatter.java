package io.lockstep.volume.embedded;

import io.lockstep.block.Completion;
import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.MetadataStore.Commit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes a physical volume and a group on a blank space, in steps that are each stable before the
/// next begins, so that a crash leaves a space that the next opening takes up where this one broke
/// off:
///
/// ```
///   metadata header without text     → still [FoundSpace.Blank]
///   label: belongs to no group       → [FoundSpace.Orphan], as pvcreate leaves it
///   text and header: the group       → [FoundSpace.Group], its label lacks the flag "used"
///   label: belongs to a group        → done, as vgcreate leaves it
/// ```
final class SpaceFormatter {
  private static final long EXTENT_SIZE_BYTES = 4L << 20;
  private static final int EXTENT_ALIGNMENT_BYTES = 4096;

  private final SpaceIo io;
  private final EngineOptions options;
  private final Consumer<FoundSpace> done;

  private SpaceFormatter(SpaceIo io, EngineOptions options, Consumer<FoundSpace> done) {
    this.io = io;
    this.options = options;
    this.done = done;
  }

  /// From [FoundSpace.Blank] to a group.
  static void formatBlank(SpaceIo io, EngineOptions options, Consumer<FoundSpace> done) {
    new SpaceFormatter(io, options, done).writeHeader();
  }

  /// From [FoundSpace.Orphan] to a group.
  static void formatOrphan(
      SpaceIo io, EngineOptions options, FoundSpace.Orphan orphan, Consumer<FoundSpace> done) {
    new SpaceFormatter(io, options, done).writeGroup(orphan.label(), orphan.header());
  }

  /// The last step alone.
  static void markUsed(SpaceIo io, PvLabel label, Completion done) {
    io.patch(labelOffset(label), label.withUsedFlag().encode(), done);
  }

  private void writeHeader() {
    long start = SpaceReader.METADATA_START;
    MetadataHeader header =
        new MetadataHeader(start, SpaceReader.HEAD_BYTES - start, Optional.empty());
    io.patch(start, header.encode(), orRefuse(() -> writeLabel(header)));
  }

  private void writeLabel(MetadataHeader header) {
    PvLabel label =
        new PvLabel(
            1,
            LvmUuid.random(options.random()),
            io.sizeBytes(),
            List.of(new PvLabel.Area(SpaceReader.HEAD_BYTES, 0)),
            List.of(new PvLabel.Area(header.start(), header.size())),
            PvLabel.EXTENSION_VERSION,
            0,
            List.of());
    io.patch(labelOffset(label), label.encode(), orRefuse(() -> writeGroup(label, header)));
  }

  private void writeGroup(PvLabel label, MetadataHeader header) {
    long extentStart = label.dataAreas().getFirst().offset();
    long extentCount = (io.sizeBytes() - extentStart) / EXTENT_SIZE_BYTES;
    if (extentCount < 1 || extentStart % EXTENT_ALIGNMENT_BYTES != 0) {
      refuse("the physical volume has no room for an extent");
      return;
    }
    PhysicalVolume pv = new PhysicalVolume(label.uuid(), extentStart, extentCount, true);
    VolumeGroup group =
        new VolumeGroup(
            options.groupName(),
            LvmUuid.random(options.random()),
            1,
            EXTENT_SIZE_BYTES,
            List.of(pv),
            List.of());
    byte[] text = GroupWriter.bytes(new GroupWriter(options).fresh(group, io.sizeBytes()));
    new MetadataStore(io, header)
        .commit(
            text,
            commit -> {
              switch (commit) {
                case Commit.Done() -> markUsed(io, label, orRefuse(this::readAgain));
                case Commit.Failed(String why, String action) ->
                    done.accept(FoundSpace.refused("the group was not made: " + why, action));
                case Commit.Unknown(String why) -> refuse("the group was not made: " + why);
              }
            });
  }

  /// What was written is read and checked like any other group.
  private void readAgain() {
    SpaceReader.read(io, options, done);
  }

  private Completion orRefuse(Runnable next) {
    return result -> {
      if (result.isOk()) {
        next.run();
      } else {
        refuse("the space could not be written: " + result.detail());
      }
    };
  }

  private void refuse(String why) {
    done.accept(FoundSpace.refused(why, "see to the disk, then open the space again"));
  }

  private static long labelOffset(PvLabel label) {
    return (long) label.sector() * PvLabel.SECTOR_BYTES;
  }
}
