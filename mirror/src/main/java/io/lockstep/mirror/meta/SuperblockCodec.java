package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.Superblock.Geometry;
import io.lockstep.mirror.meta.Superblock.Identity;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/// A [Superblock] as 4 KiB, big endian. Reserved bytes are written as zero and checked on read; a
/// changed byte is a new version number or a feature bit.
///
/// ```
///    0  magic "LOCKSTEP"            8 bytes
///    8  version                     u32     16 read-only features     u32
///   12  compatible features         u32     20 incompatible features  u32
///   24  sequence                    u64
///   32  pair id                     UUID    48 mirror id              UUID
///   64  pair name                   16 bytes ASCII, zero filled
///   80  node id                     u8      82 flags: 2 allDirty, 4 keptAll, 8 failed
///   81  primary node (0xFF none)    u8      83 disk state (DiskState.code)      u8
///   84  activity-log slots          u32
///   88  term                        u64
///   96  replicated bytes            u64
///  104  logical block bytes         u32    108 physical block bytes   u32
///  112  bytes a bitmap bit covers   u32    116 history count          u32
///  120  current generation          u64    128 bitmap generation      u64
///  136  history, newest first       8 x u64
///  200  region count                u32    204 reserved               u32
///  208  regions                     16 x { type u32, reserved u32, offset u64, length u64 }
///  592  reserved                    3500 bytes
/// 4092  CRC32C of bytes 0..4091     u32
/// ```
public final class SuperblockCodec {
  /// Size of one copy on disk.
  public static final int BYTES = DiskLayout.SUPERBLOCK_BYTES;

  /// The version written here.
  public static final int VERSION = 1;

  /// The most regions the table holds.
  public static final int REGIONS_MAX = 16;

  private static final byte[] MAGIC = "LOCKSTEP".getBytes(StandardCharsets.US_ASCII);
  private static final int FEATURES_READ_ONLY_KNOWN = 0;

  /// The table of lost blocks is not empty: who ignores it serves zeroes as data.
  private static final int FEATURE_LOST_BLOCKS = 1;

  private static final int FEATURES_INCOMPATIBLE_KNOWN = FEATURE_LOST_BLOCKS;

  private static final int FLAG_ALL_DIRTY = 2;
  private static final int FLAG_KEPT_ALL = 4;
  private static final int FLAG_FAILED = 8;
  private static final int FLAGS_KNOWN = FLAG_ALL_DIRTY | FLAG_KEPT_ALL | FLAG_FAILED;
  private static final int NODE_NONE = 0xFF;

  private static final int AT_VERSION = 8;
  private static final int AT_COMPATIBLE = 12;
  private static final int AT_READ_ONLY = 16;
  private static final int AT_INCOMPATIBLE = 20;
  private static final int AT_SEQUENCE = 24;
  private static final int AT_PAIR_ID = 32;
  private static final int AT_MIRROR_ID = 48;
  private static final int AT_PAIR_NAME = 64;
  private static final int AT_NODE_ID = 80;
  private static final int AT_PRIMARY_NODE = 81;
  private static final int AT_FLAGS = 82;
  private static final int AT_DISK_STATE = 83;
  private static final int AT_SLOTS = 84;
  private static final int AT_TERM = 88;
  private static final int AT_REPLICATED = 96;
  private static final int AT_LOGICAL = 104;
  private static final int AT_PHYSICAL = 108;
  private static final int AT_BIT_BYTES = 112;
  private static final int AT_HISTORY_COUNT = 116;
  private static final int AT_CURRENT = 120;
  private static final int AT_BITMAP = 128;
  private static final int AT_HISTORY = 136;
  private static final int AT_REGION_COUNT = 200;
  private static final int AT_REGIONS = 208;
  private static final int REGION_BYTES = 24;
  private static final int AT_RESERVED = AT_REGIONS + REGIONS_MAX * REGION_BYTES;
  private static final int AT_CRC = BYTES - 4;

  private SuperblockCodec() {}

  /// Writes the copy into `out` from its position, which moves by [#BYTES].
  public static void encode(Superblock superblock, ByteBuffer out) {
    Check.that(out.remaining() >= BYTES, "room for a superblock", out.remaining(), BYTES);
    ByteBuffer block = out.slice(out.position(), BYTES);
    block.put(0, new byte[BYTES]);
    block.put(0, MAGIC);
    block.putInt(AT_VERSION, VERSION);
    block.putInt(AT_COMPATIBLE, 0);
    block.putInt(AT_READ_ONLY, FEATURES_READ_ONLY_KNOWN);
    block.putInt(AT_INCOMPATIBLE, superblock.lostBlocks() ? FEATURE_LOST_BLOCKS : 0);
    block.putLong(AT_SEQUENCE, superblock.sequence());
    encodeIdentity(superblock.identity(), block);
    encodeState(superblock, block);
    encodeGenerations(superblock.generations(), block);
    encodeGeometry(superblock, block);
    block.putInt(AT_CRC, crc(block));
    out.position(out.position() + BYTES);
  }

  private static void encodeIdentity(Identity identity, ByteBuffer block) {
    putUuid(block, AT_PAIR_ID, identity.pairId());
    putUuid(block, AT_MIRROR_ID, identity.mirrorId());
    block.put(AT_PAIR_NAME, identity.pairName().getBytes(StandardCharsets.US_ASCII));
    block.put(AT_NODE_ID, (byte) identity.nodeId());
  }

  private static void encodeState(Superblock superblock, ByteBuffer block) {
    int primary = superblock.primaryNode();
    block.put(AT_PRIMARY_NODE, (byte) (primary == Superblock.PRIMARY_NONE ? NODE_NONE : primary));
    int flags = superblock.allDirty() ? FLAG_ALL_DIRTY : 0;
    flags |= superblock.keptAll() ? FLAG_KEPT_ALL : 0;
    flags |= superblock.failed() ? FLAG_FAILED : 0;
    block.put(AT_FLAGS, (byte) flags);
    block.put(AT_DISK_STATE, (byte) superblock.diskState().code());
    block.putLong(AT_TERM, superblock.term());
  }

  private static void encodeGenerations(Generations generations, ByteBuffer block) {
    block.putLong(AT_CURRENT, generations.current());
    block.putLong(AT_BITMAP, generations.bitmap());
    block.putInt(AT_HISTORY_COUNT, generations.history().size());
    for (int index = 0; index < generations.history().size(); index++) {
      block.putLong(AT_HISTORY + index * Long.BYTES, generations.history().get(index));
    }
  }

  private static void encodeGeometry(Superblock superblock, ByteBuffer block) {
    Geometry geometry = superblock.geometry();
    block.putInt(AT_SLOTS, geometry.activityLogSlots());
    block.putLong(AT_REPLICATED, geometry.replicatedBytes());
    block.putInt(AT_LOGICAL, geometry.logicalBlockBytes());
    block.putInt(AT_PHYSICAL, geometry.physicalBlockBytes());
    block.putInt(AT_BIT_BYTES, Bitmap.BLOCK_BYTES);
    List<Region> regions = superblock.regions();
    block.putInt(AT_REGION_COUNT, regions.size());
    for (int index = 0; index < regions.size(); index++) {
      int at = AT_REGIONS + index * REGION_BYTES;
      block.putInt(at, regions.get(index).type());
      block.putLong(at + 8, regions.get(index).offset());
      block.putLong(at + 16, regions.get(index).length());
    }
  }

  /// Reads the copy at the position of `in`, which stays; never throws on what it finds there.
  public static SuperblockDecoded decode(ByteBuffer in) {
    Check.that(in.remaining() >= BYTES, "a whole superblock", in.remaining(), BYTES);
    ByteBuffer block = in.slice(in.position(), BYTES);
    if (isZero(block, 0, BYTES)) {
      return new SuperblockDecoded.Blank();
    }
    for (int index = 0; index < MAGIC.length; index++) {
      if (block.get(index) != MAGIC[index]) {
        return new SuperblockDecoded.Foreign();
      }
    }
    if (block.getInt(AT_CRC) != crc(block)) {
      return new SuperblockDecoded.Damaged("its checksum is wrong");
    }
    Optional<String> tooNew = tooNew(block);
    if (tooNew.isPresent()) {
      return new SuperblockDecoded.TooNew(tooNew.get());
    }
    Optional<String> fault = fault(block);
    if (fault.isPresent()) {
      return new SuperblockDecoded.Damaged(fault.get());
    }
    return decodeChecked(block);
  }

  private static Optional<String> tooNew(ByteBuffer block) {
    int version = block.getInt(AT_VERSION);
    if (version != VERSION) {
      return Optional.of("format version " + Integer.toUnsignedString(version));
    }
    int unknown =
        (block.getInt(AT_INCOMPATIBLE) & ~FEATURES_INCOMPATIBLE_KNOWN)
            // There is no read-only attach yet, so a feature that forbids writing forbids all.
            | (block.getInt(AT_READ_ONLY) & ~FEATURES_READ_ONLY_KNOWN);
    return unknown == 0
        ? Optional.empty()
        : Optional.of("format feature 0x" + Integer.toHexString(unknown));
  }

  /// Everything a constructor would die of; an intact checksum does not excuse looking.
  private static Optional<String> fault(ByteBuffer block) {
    int primary = Byte.toUnsignedInt(block.get(AT_PRIMARY_NODE));
    int state = Byte.toUnsignedInt(block.get(AT_DISK_STATE));
    if (block.getLong(AT_SEQUENCE) < 0 || !Term.exists(block.getLong(AT_TERM))) {
      return Optional.of("a sequence or term out of range");
    }
    if (Byte.toUnsignedInt(block.get(AT_NODE_ID)) > 1 || (primary > 1 && primary != NODE_NONE)) {
      return Optional.of("a node id that is not 0 or 1");
    }
    if (DiskState.fromCode(state).filter(Superblock::isStorable).isEmpty()) {
      return Optional.of("disk state " + state);
    }
    if ((block.get(AT_FLAGS) & ~FLAGS_KNOWN) != 0) {
      return Optional.of("an unknown flag");
    }
    if (!Identity.isPairName(pairName(block))) {
      return Optional.of("the pair's name");
    }
    return geometryFault(block).or(() -> historyFault(block)).or(() -> regionFault(block));
  }

  private static Optional<String> geometryFault(ByteBuffer block) {
    long replicated = block.getLong(AT_REPLICATED);
    if (!DiskLayout.isPossible(replicated)) {
      return Optional.of("replicated size " + replicated);
    }
    int logical = block.getInt(AT_LOGICAL);
    int physical = block.getInt(AT_PHYSICAL);
    if (!Geometry.isBlockSize(logical) || !Geometry.isBlockSize(physical) || logical > physical) {
      return Optional.of("block sizes " + logical + " and " + physical);
    }
    if (block.getInt(AT_BIT_BYTES) != Bitmap.BLOCK_BYTES) {
      return Optional.of("bitmap granularity " + block.getInt(AT_BIT_BYTES));
    }
    if (!ActivityLog.isSlotCount(block.getInt(AT_SLOTS))) {
      return Optional.of("activity-log slots " + block.getInt(AT_SLOTS));
    }
    return Optional.empty();
  }

  private static Optional<String> historyFault(ByteBuffer block) {
    int count = block.getInt(AT_HISTORY_COUNT);
    if (count < 0 || count > Generations.HISTORY_MAX) {
      return Optional.of("history of " + count + " generations");
    }
    for (int index = 0; index < Generations.HISTORY_MAX; index++) {
      boolean used = block.getLong(AT_HISTORY + index * Long.BYTES) != 0;
      if (used != (index < count)) {
        return Optional.of("history entry " + index);
      }
    }
    return Optional.empty();
  }

  /// Version 1 has one layout for each size, so the table must say exactly that.
  private static Optional<String> regionFault(ByteBuffer block) {
    List<Region> expected = new DiskLayout(block.getLong(AT_REPLICATED)).regions();
    boolean good = block.getInt(AT_REGION_COUNT) == expected.size();
    for (int index = 0; good && index < expected.size(); index++) {
      int at = AT_REGIONS + index * REGION_BYTES;
      Region region = expected.get(index);
      good =
          block.getInt(at) == region.type()
              && block.getInt(at + 4) == 0
              && block.getLong(at + 8) == region.offset()
              && block.getLong(at + 16) == region.length();
    }
    if (!good) {
      return Optional.of("the region table");
    }
    int tableEnd = AT_REGIONS + expected.size() * REGION_BYTES;
    boolean reservedZero =
        block.getInt(AT_REGION_COUNT + 4) == 0
            && isZero(block, tableEnd, AT_RESERVED - tableEnd)
            && isZero(block, AT_RESERVED, AT_CRC - AT_RESERVED);
    return reservedZero ? Optional.empty() : Optional.of("reserved bytes are not zero");
  }

  private static SuperblockDecoded decodeChecked(ByteBuffer block) {
    var identity =
        new Identity(
            uuid(block, AT_PAIR_ID),
            uuid(block, AT_MIRROR_ID),
            pairName(block),
            block.get(AT_NODE_ID));
    var geometry =
        new Geometry(
            block.getLong(AT_REPLICATED),
            block.getInt(AT_LOGICAL),
            block.getInt(AT_PHYSICAL),
            block.getInt(AT_SLOTS));
    var history = new ArrayList<Long>();
    for (int index = 0; index < block.getInt(AT_HISTORY_COUNT); index++) {
      history.add(block.getLong(AT_HISTORY + index * Long.BYTES));
    }
    int flags = block.get(AT_FLAGS);
    int primary = Byte.toUnsignedInt(block.get(AT_PRIMARY_NODE));
    return new SuperblockDecoded.Ok(
        new Superblock(
            block.getLong(AT_SEQUENCE),
            identity,
            geometry,
            block.getLong(AT_TERM),
            primary == NODE_NONE ? Superblock.PRIMARY_NONE : primary,
            diskState(block),
            (flags & FLAG_ALL_DIRTY) != 0,
            (flags & FLAG_KEPT_ALL) != 0,
            (flags & FLAG_FAILED) != 0,
            (block.getInt(AT_INCOMPATIBLE) & FEATURE_LOST_BLOCKS) != 0,
            new Generations(block.getLong(AT_CURRENT), block.getLong(AT_BITMAP), history)));
  }

  private static DiskState diskState(ByteBuffer block) {
    return DiskState.fromCode(Byte.toUnsignedInt(block.get(AT_DISK_STATE))).orElseThrow();
  }

  /// The name up to the zero fill; a stray byte after it makes the name an impossible one.
  private static String pairName(ByteBuffer block) {
    var bytes = new byte[Identity.PAIR_NAME_MAX];
    block.get(AT_PAIR_NAME, bytes);
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static void putUuid(ByteBuffer block, int at, UUID uuid) {
    block.putLong(at, uuid.getMostSignificantBits());
    block.putLong(at + Long.BYTES, uuid.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer block, int at) {
    return new UUID(block.getLong(at), block.getLong(at + Long.BYTES));
  }

  private static boolean isZero(ByteBuffer block, int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (block.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int crc(ByteBuffer block) {
    var crc = new CRC32C();
    crc.update(block.slice(0, AT_CRC));
    return (int) crc.getValue();
  }
}
