package io.lockstep.volume.embedded;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The sector that makes a disk a physical volume; LVM writes it in sector 1 and looks for it in
/// sectors 0 to 3. Little-endian, 512 bytes:
///
/// ```
///   0  "LABELONE"        8  sector number u64     16  checksum u32 (of bytes 20 to 511)
///  20  offset of pv_header u32 (32)               24  "LVM2 001"
///  32  pv_uuid, 32 characters                     64  device size in bytes u64
///  72  data areas {offset u64, size u64}..., {0, 0}
///      metadata areas {offset u64, size u64}..., {0, 0}
///      extension: version u32, flags u32, boot loader areas {offset u64, size u64}..., {0, 0}
/// ```
///
/// @param sector the number of the sector that holds the label
/// @param uuid the PV's identifier, with hyphens
/// @param deviceSizeBytes size of the disk when the PV was made
/// @param dataAreas where extents lie; size 0 means up to the end
/// @param metadataAreas where metadata lies
/// @param extensionVersion 0 if there is no extension; LVM 2.03 writes 2
/// @param extensionFlags bit 0, [#FLAG_USED]: the PV belongs to a group (version 2)
/// @param bootAreas boot loader areas of the extension
record PvLabel(
    int sector,
    String uuid,
    long deviceSizeBytes,
    List<Area> dataAreas,
    List<Area> metadataAreas,
    int extensionVersion,
    int extensionFlags,
    List<Area> bootAreas) {
  static final int SECTOR_BYTES = 512;
  static final int SECTORS_SEARCHED = 4;
  static final int FLAG_USED = 1;
  static final int EXTENSION_VERSION = 2;

  private static final byte[] MAGIC = "LABELONE".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TYPE = "LVM2 001".getBytes(StandardCharsets.US_ASCII);
  private static final int SECTOR_OFFSET = 8;
  private static final int CHECKSUM_OFFSET = 16;
  private static final int HEADER_OFFSET_OFFSET = 20;
  private static final int TYPE_OFFSET = 24;
  private static final int UUID_OFFSET = 32;
  private static final int DEVICE_SIZE_OFFSET = 64;
  private static final int AREAS_OFFSET = 72;

  PvLabel {
    dataAreas = List.copyOf(dataAreas);
    metadataAreas = List.copyOf(metadataAreas);
    bootAreas = List.copyOf(bootAreas);
  }

  /// A run of bytes of the disk.
  record Area(long offset, long size) {
    private static final int BYTES = 16;
  }

  boolean isUsed() {
    return extensionVersion >= EXTENSION_VERSION && (extensionFlags & FLAG_USED) != 0;
  }

  PvLabel withUsedFlag() {
    return new PvLabel(
        sector,
        uuid,
        deviceSizeBytes,
        dataAreas,
        metadataAreas,
        extensionVersion,
        extensionFlags | FLAG_USED,
        bootAreas);
  }

  byte[] encode() {
    int areaCount = dataAreas.size() + metadataAreas.size() + bootAreas.size() + 3;
    Check.that(AREAS_OFFSET + areaCount * Area.BYTES + 8 <= SECTOR_BYTES, "areas fit the sector");
    ByteBuffer bytes = ByteBuffer.allocate(SECTOR_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, MAGIC).putLong(SECTOR_OFFSET, sector);
    bytes.putInt(HEADER_OFFSET_OFFSET, UUID_OFFSET).put(TYPE_OFFSET, TYPE);
    bytes.put(UUID_OFFSET, LvmUuid.plain(uuid).getBytes(StandardCharsets.US_ASCII));
    bytes.putLong(DEVICE_SIZE_OFFSET, deviceSizeBytes).position(AREAS_OFFSET);
    putAreas(bytes, dataAreas);
    putAreas(bytes, metadataAreas);
    if (extensionVersion > 0) {
      bytes.putInt(extensionVersion).putInt(extensionFlags);
      putAreas(bytes, bootAreas);
    }
    bytes.putInt(CHECKSUM_OFFSET, checksum(bytes.array()));
    return bytes.array();
  }

  private static void putAreas(ByteBuffer bytes, List<Area> areas) {
    for (Area area : areas) {
      bytes.putLong(area.offset).putLong(area.size);
    }
    bytes.putLong(0).putLong(0);
  }

  /// Whether the sector begins like a label; then it must decode.
  static boolean isLabel(byte[] bytes) {
    return Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  static PvLabel decode(int sector, byte[] bytes) throws DamagedException {
    Check.that(bytes.length == SECTOR_BYTES, "one sector", bytes.length, SECTOR_BYTES);
    String where = "LVM label in sector " + sector;
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (!isLabel(bytes)) {
      throw new DamagedException(where, "it does not begin with LABELONE");
    }
    if (in.getInt(CHECKSUM_OFFSET) != checksum(bytes)) {
      throw DamagedException.checksum(where, in.getInt(CHECKSUM_OFFSET), checksum(bytes));
    }
    if (in.getLong(SECTOR_OFFSET) != sector) {
      throw new DamagedException(where, "it says that it is sector " + in.getLong(SECTOR_OFFSET));
    }
    if (!Arrays.equals(bytes, TYPE_OFFSET, TYPE_OFFSET + 8, TYPE, 0, 8)) {
      throw new DamagedException(where, "its type is not \"LVM2 001\"");
    }
    if (in.getInt(HEADER_OFFSET_OFFSET) != UUID_OFFSET) {
      throw new DamagedException(
          where, "its header lies at byte " + Integer.toUnsignedString(in.getInt(20)));
    }
    return decodeHeader(sector, in, where);
  }

  private static PvLabel decodeHeader(int sector, ByteBuffer in, String where)
      throws DamagedException {
    byte[] uuid = new byte[LvmUuid.LENGTH];
    in.get(UUID_OFFSET, uuid);
    String identifier = LvmUuid.withHyphens(new String(uuid, StandardCharsets.ISO_8859_1));
    if (!LvmUuid.isValid(identifier)) {
      throw new DamagedException(where, "the UUID of the physical volume has a wrong character");
    }
    in.position(AREAS_OFFSET);
    List<Area> dataAreas = areas(in, where);
    List<Area> metadataAreas = areas(in, where);
    int version = 0;
    int flags = 0;
    List<Area> bootAreas = List.of();
    if (in.remaining() >= 8 + Area.BYTES && in.getInt(in.position()) > 0) {
      version = in.getInt();
      flags = in.getInt();
      bootAreas = areas(in, where);
    }
    long size = in.getLong(DEVICE_SIZE_OFFSET);
    return new PvLabel(
        sector, identifier, size, dataAreas, metadataAreas, version, flags, bootAreas);
  }

  private static List<Area> areas(ByteBuffer in, String where) throws DamagedException {
    List<Area> areas = new ArrayList<>();
    while (in.remaining() >= Area.BYTES) {
      Area area = new Area(in.getLong(), in.getLong());
      if (area.offset == 0) {
        return areas;
      }
      if (area.offset < 0 || area.size < 0 || area.offset > Long.MAX_VALUE - area.size) {
        throw new DamagedException(where, "an area lies at " + area);
      }
      areas.add(area);
    }
    throw new DamagedException(where, "the list of areas has no end");
  }

  private static int checksum(byte[] bytes) {
    return LvmCrc.of(bytes, HEADER_OFFSET_OFFSET, SECTOR_BYTES - HEADER_OFFSET_OFFSET);
  }
}
