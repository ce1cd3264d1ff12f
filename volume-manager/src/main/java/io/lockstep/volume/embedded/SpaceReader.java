package io.lockstep.volume.embedded;

import io.lockstep.block.IoResult;
import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads a space and says what it is; writes nothing. Everything is checked here, at the edge:
/// whoever gets a [FoundSpace.Group] need not doubt it.
final class SpaceReader {
  /// What must be zero in a blank space, and where extents begin in a new one.
  static final int HEAD_BYTES = 1 << 20;

  /// Smallest space that is opened: the head and one extent.
  static final long SIZE_MIN = HEAD_BYTES + VolumeGroup.SIZE_STEP_BYTES;

  /// Where LVM puts the first metadata area.
  static final int METADATA_START = 4096;

  private static final String REPAIR =
      "nothing was changed; compare with the other node's copy, or have vgck and pvck look at it";

  private final SpaceIo io;
  private final EngineOptions options;
  private final Consumer<FoundSpace> done;

  private SpaceReader(SpaceIo io, EngineOptions options, Consumer<FoundSpace> done) {
    this.io = io;
    this.options = options;
    this.done = done;
  }

  static void read(SpaceIo io, EngineOptions options, Consumer<FoundSpace> done) {
    new SpaceReader(io, options, done).readLabel();
  }

  /// A step that may find damage.
  @FunctionalInterface
  private interface Step {
    void run(byte[] bytes) throws DamagedException;
  }

  private void readLabel() {
    if (io.sizeBytes() < SIZE_MIN) {
      refuse(
          "the space has %d bytes, a volume group needs %d".formatted(io.sizeBytes(), SIZE_MIN),
          "give it a larger disk");
      return;
    }
    int length = PvLabel.SECTORS_SEARCHED * PvLabel.SECTOR_BYTES;
    io.read(0, length, orRefuse(this::labelRead));
  }

  private void labelRead(byte[] sectors) throws DamagedException {
    Optional<PvLabel> label = findLabel(sectors);
    if (label.isEmpty()) {
      io.read(0, HEAD_BYTES, orRefuse(head -> done.accept(withoutLabel(head))));
      return;
    }
    PvLabel found = label.get();
    String where = "LVM label in sector " + found.sector();
    if (found.deviceSizeBytes() > io.sizeBytes()) {
      throw new DamagedException(
          where,
          "the physical volume was made on a disk of %d bytes, this one has %d"
              .formatted(found.deviceSizeBytes(), io.sizeBytes()));
    }
    if (found.metadataAreas().isEmpty()) {
      refuse(where + ": the physical volume holds no metadata area", "add the group's other disks");
      return;
    }
    PvLabel.Area area = found.metadataAreas().getFirst();
    if (area.size() < 2L * MetadataHeader.BYTES || area.offset() > io.sizeBytes() - area.size()) {
      throw new DamagedException(where, "the metadata area lies at " + area);
    }
    io.read(area.offset(), MetadataHeader.BYTES, orRefuse(bytes -> headerRead(found, area, bytes)));
  }

  private static Optional<PvLabel> findLabel(byte[] sectors) throws DamagedException {
    for (int sector = 0; sector < PvLabel.SECTORS_SEARCHED; sector++) {
      int start = sector * PvLabel.SECTOR_BYTES;
      byte[] bytes = Arrays.copyOfRange(sectors, start, start + PvLabel.SECTOR_BYTES);
      if (PvLabel.isLabel(bytes)) {
        return Optional.of(PvLabel.decode(sector, bytes));
      }
    }
    return Optional.empty();
  }

  private static FoundSpace withoutLabel(byte[] head) throws DamagedException {
    int first = Arrays.mismatch(head, new byte[head.length]);
    if (first < 0) {
      return new FoundSpace.Blank();
    }
    byte[] headerBytes =
        Arrays.copyOfRange(head, METADATA_START, METADATA_START + MetadataHeader.BYTES);
    if (MetadataHeader.isHeader(headerBytes)) {
      MetadataHeader header = MetadataHeader.decode(METADATA_START, headerBytes);
      Arrays.fill(head, METADATA_START, METADATA_START + MetadataHeader.BYTES, (byte) 0);
      if (header.committed().isEmpty() && Arrays.mismatch(head, new byte[head.length]) < 0) {
        return new FoundSpace.Blank();
      }
      throw new DamagedException(
          "LVM label in sectors 0 to 3", "there is none, but there is LVM metadata behind it");
    }
    return FoundSpace.refused(
        "the space is not blank and holds no LVM label: the first byte that is not zero lies at "
            + first,
        "nothing was changed; if the content is not needed, overwrite the first MiB with zeroes");
  }

  private void headerRead(PvLabel label, PvLabel.Area area, byte[] bytes) throws DamagedException {
    MetadataHeader header = MetadataHeader.decode(area.offset(), bytes);
    if (header.size() != area.size()) {
      throw new DamagedException(
          "LVM metadata header at byte " + area.offset(),
          "it gives the area %d bytes, the label %d".formatted(header.size(), area.size()));
    }
    if (header.committed().isEmpty()) {
      orphanFound(label, header);
      return;
    }
    TextLocation text = header.committed().get();
    if (text.isIgnored()) {
      refuse(
          "the group's metadata is not kept on this physical volume",
          "add the group's other disks");
      return;
    }
    readText(label, header, text);
  }

  private void orphanFound(PvLabel label, MetadataHeader header) throws DamagedException {
    if (label.isUsed()) {
      throw new DamagedException(
          "LVM metadata header at byte " + header.start(),
          "it names no text, but the label says that the physical volume belongs to a group");
    }
    if (label.metadataAreas().size() != 1
        || label.dataAreas().isEmpty()
        || header.start() % MetadataRing.ALIGNMENT_BYTES != 0) {
      refuse(
          "the physical volume belongs to no group and is laid out in an unusual way",
          "make a group on it with vgcreate, or overwrite its first MiB with zeroes");
      return;
    }
    done.accept(new FoundSpace.Orphan(label, header));
  }

  /// A text may run over the end of the ring and go on at its beginning.
  private void readText(PvLabel label, MetadataHeader header, TextLocation text) {
    int first = (int) Math.min(text.size(), header.size() - text.offset());
    int second = (int) text.size() - first;
    io.read(
        header.start() + text.offset(),
        first,
        orRefuse(
            head -> {
              if (second == 0) {
                textRead(label, header, head);
                return;
              }
              io.read(
                  header.start() + MetadataHeader.BYTES,
                  second,
                  orRefuse(tail -> textRead(label, header, joined(head, tail))));
            }));
  }

  private static byte[] joined(byte[] head, byte[] tail) {
    byte[] bytes = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, bytes, head.length, tail.length);
    return bytes;
  }

  private void textRead(PvLabel label, MetadataHeader header, byte[] bytes)
      throws DamagedException {
    TextLocation location = header.committed().orElseThrow();
    String where = "LVM metadata text at byte " + (header.start() + location.offset());
    int computed = LvmCrc.of(bytes);
    if (computed != location.checksum()) {
      throw DamagedException.checksum(where, location.checksum(), computed);
    }
    GroupText text = GroupReader.read(where, ConfigParser.parse(where, bytes), label.uuid());
    PhysicalVolume pv = text.group().physicalVolume(label.uuid()).orElseThrow();
    long end = pv.extentStartBytes() + pv.extentCount() * text.group().extentSizeBytes();
    if (end > io.sizeBytes()) {
      throw new DamagedException(
          where,
          "the extents of the physical volume end at byte %d, the disk at %d"
              .formatted(end, io.sizeBytes()));
    }
    if (!text.systemId().isEmpty() && !text.systemId().equals(options.systemId())) {
      text = text.withoutWrites("it belongs to the system ID " + text.systemId());
    }
    for (String reason : unchangeable(label, header, text, pv)) {
      text = text.withoutChanges(reason);
    }
    done.accept(new FoundSpace.Group(label, header, text));
  }

  private List<String> unchangeable(
      PvLabel label, MetadataHeader header, GroupText text, PhysicalVolume pv) {
    List<String> reasons = new ArrayList<>();
    if (label.metadataAreas().size() > 1) {
      reasons.add("its physical volume has more than one metadata area");
    }
    if (header.start() % MetadataRing.ALIGNMENT_BYTES != 0) {
      reasons.add("its metadata area does not begin at a multiple of 4 KiB");
    }
    int block = io.blockBytes();
    if (text.group().extentSizeBytes() % block != 0 || pv.extentStartBytes() % block != 0) {
      reasons.add("its extents do not lie on whole blocks of the disk");
    }
    return reasons;
  }

  private SpaceIo.Reading orRefuse(Step step) {
    return (result, bytes) -> {
      if (!result.isOk()) {
        unreadable(result);
        return;
      }
      try {
        step.run(bytes);
      } catch (DamagedException damaged) {
        refuse(damaged.sentence(), REPAIR);
      }
    };
  }

  private void unreadable(IoResult result) {
    refuse("the space could not be read: " + result.detail(), "see to the disk, then try again");
  }

  private void refuse(String why, String action) {
    done.accept(FoundSpace.refused(why, action));
  }
}
