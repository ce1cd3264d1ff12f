package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.CopyFacts.Mark;
import io.lockstep.mirror.meta.Superblock.Geometry;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Optional;
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
///   80  node id                     u8      82 disk state (DiskState.code)      u8
///   81  flags: 2 allDirty, 4 keptAll, 8 failed   83 in-sync set (reserved)      u8
///   84  activity-log slots          u32
///   88  replicated bytes            u64     96 pending size (reserved)          u64
///  104  logical block bytes         u32    108 physical block bytes   u32
///  112  bytes a bitmap bit covers   u32    116 reserved               u32
///  120  term                        u64
///  128  primary node (0xFF none)    u8     129 history count          u8
///  130  reserved                    6 bytes
///  136  current generation          u64    144 bitmap generation      u64
///  152  history, newest first       16 x u64
///  280  who was Primary in each     16 x u8 (0 not known, 1 node 0, 2 node 1)
///  296  highest witness revision (reserved) u64
///  304  incarnation (reserved)      16 bytes
///  320  tables: see LayoutCodec
/// 3664  reserved                    48 bytes
/// 3712  bytes of compatible features, 376; kept if they are not known
/// 4088  reserved                    u32
/// 4092  CRC32C of bytes 0..4091     u32
/// ```
public final class SuperblockCodec {
  /// Size of one copy on disk.
  public static final int BYTES = DiskLayout.SUPERBLOCK_BYTES;

  /// The version written here.
  public static final int VERSION = 2;

  /// What builds before the first release wrote.
  private static final int VERSION_OLD = 1;

  private static final byte[] MAGIC = "LOCKSTEP".getBytes(StandardCharsets.US_ASCII);

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
  private static final int AT_FLAGS = 81;
  private static final int AT_DISK_STATE = 82;
  private static final int AT_IN_SYNC_SET = 83;
  private static final int AT_SLOTS = 84;
  private static final int AT_REPLICATED = 88;
  private static final int AT_PENDING = 96;
  private static final int AT_LOGICAL = 104;
  private static final int AT_PHYSICAL = 108;
  private static final int AT_BIT_BYTES = 112;
  private static final int AT_RESERVED_116 = 116;
  private static final int AT_TERM = 120;
  private static final int AT_PRIMARY_NODE = 128;
  private static final int AT_HISTORY_COUNT = 129;
  private static final int AT_RESERVED_130 = 130;
  private static final int AT_CURRENT = 136;
  private static final int AT_BITMAP = 144;
  private static final int AT_HISTORY = 152;
  private static final int AT_PRIMARIES = 280;
  private static final int AT_WITNESS = 296;
  private static final int AT_INCARNATION = 304;
  private static final int AT_RESERVED_3664 = LayoutCodec.END;
  private static final int AT_KEPT = 3712;
  private static final int AT_RESERVED_4088 = AT_KEPT + KeptBytes.WORDS * Long.BYTES;
  private static final int AT_CRC = BYTES - 4;

  private SuperblockCodec() {}

  /// Writes the copy into `out` from its position, which moves by [#BYTES].
  public static void encode(Superblock superblock, ByteBuffer out) {
    Check.that(out.remaining() >= BYTES, "room for a superblock", out.remaining(), BYTES);
    ByteBuffer block = out.slice(out.position(), BYTES);
    block.put(0, new byte[BYTES]);
    block.put(0, MAGIC);
    block.putInt(AT_VERSION, VERSION);
    block.putInt(AT_INCOMPATIBLE, superblock.lostBlocks() ? FEATURE_LOST_BLOCKS : 0);
    block.putLong(AT_SEQUENCE, superblock.sequence());
    encodeIdentity(superblock.identity(), block);
    encodeFacts(superblock.facts(), block);
    encodeGeometry(superblock.geometry(), block);
    encodeLedger(superblock.ledger(), block);
    LayoutCodec.encode(superblock.layout(), block);
    encodeKept(superblock.kept(), block);
    block.putInt(AT_CRC, crc(block));
    out.position(out.position() + BYTES);
  }

  private static void encodeIdentity(NodeIdentity identity, ByteBuffer block) {
    BlockFields.putUuid(block, AT_PAIR_ID, identity.pairId());
    BlockFields.putUuid(block, AT_MIRROR_ID, identity.mirrorId());
    block.put(AT_PAIR_NAME, identity.pairName().getBytes(StandardCharsets.US_ASCII));
    block.put(AT_NODE_ID, (byte) identity.nodeId());
  }

  private static void encodeFacts(CopyFacts facts, ByteBuffer block) {
    int flags = facts.has(Mark.ALL_DIRTY) ? FLAG_ALL_DIRTY : 0;
    flags |= facts.has(Mark.KEPT_ALL) ? FLAG_KEPT_ALL : 0;
    flags |= facts.has(Mark.FAILED) ? FLAG_FAILED : 0;
    block.put(AT_FLAGS, (byte) flags);
    block.put(AT_DISK_STATE, (byte) facts.diskState().code());
  }

  private static void encodeGeometry(Geometry geometry, ByteBuffer block) {
    block.putInt(AT_SLOTS, geometry.activityLogSlots());
    block.putLong(AT_REPLICATED, geometry.replicatedBytes());
    block.putInt(AT_LOGICAL, geometry.logicalBlockBytes());
    block.putInt(AT_PHYSICAL, geometry.physicalBlockBytes());
    block.putInt(AT_BIT_BYTES, Bitmap.BLOCK_BYTES);
  }

  private static void encodeLedger(LedgerEntry ledger, ByteBuffer block) {
    block.putLong(AT_TERM, ledger.term());
    int primary = ledger.primaryNode();
    block.put(AT_PRIMARY_NODE, (byte) (primary == LedgerEntry.PRIMARY_NONE ? NODE_NONE : primary));
    Generations generations = ledger.generations();
    block.putLong(AT_CURRENT, generations.current());
    block.putLong(AT_BITMAP, generations.bitmap());
    block.put(AT_HISTORY_COUNT, (byte) generations.history().size());
    for (int index = 0; index < generations.history().size(); index++) {
      block.putLong(AT_HISTORY + index * Long.BYTES, generations.history().get(index));
    }
  }

  private static void encodeKept(KeptBytes kept, ByteBuffer block) {
    block.putInt(AT_COMPATIBLE, kept.features());
    for (int index = 0; index < KeptBytes.WORDS; index++) {
      block.putLong(AT_KEPT + index * Long.BYTES, kept.words().get(index));
    }
  }

  /// Reads the copy at the position of `in`, which stays; never throws on what it finds there.
  public static SuperblockDecoded decode(ByteBuffer in) {
    Check.that(in.remaining() >= BYTES, "a whole superblock", in.remaining(), BYTES);
    ByteBuffer block = in.slice(in.position(), BYTES);
    if (BlockFields.isZero(block, 0, BYTES)) {
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
    int version = block.getInt(AT_VERSION);
    if (version == VERSION_OLD) {
      return new SuperblockDecoded.TooOld("format version " + version);
    }
    Optional<String> tooNew = tooNew(block);
    if (tooNew.isPresent()) {
      return new SuperblockDecoded.TooNew(tooNew.get());
    }
    Optional<String> fault = fault(block);
    if (fault.isPresent()) {
      return new SuperblockDecoded.Damaged(fault.get());
    }
    return LayoutCodec.decode(block, block.getInt(AT_COMPATIBLE) != 0)
        .orElse(layout -> decodeChecked(block, layout), SuperblockDecoded.Damaged::new);
  }

  private static Optional<String> tooNew(ByteBuffer block) {
    int version = block.getInt(AT_VERSION);
    if (version != VERSION) {
      return Optional.of("format version " + Integer.toUnsignedString(version));
    }
    int incompatible = block.getInt(AT_INCOMPATIBLE) & ~FEATURES_INCOMPATIBLE_KNOWN;
    if (incompatible != 0) {
      return Optional.of("incompatible feature 0x" + Integer.toHexString(incompatible));
    }
    // There is no read-only attach yet, so a feature that forbids writing forbids all.
    int readOnly = block.getInt(AT_READ_ONLY);
    return readOnly == 0
        ? Optional.empty()
        : Optional.of("read-only feature 0x" + Integer.toHexString(readOnly));
  }

  /// Everything a constructor would die of; an intact checksum does not excuse looking.
  private static Optional<String> fault(ByteBuffer block) {
    int state = Byte.toUnsignedInt(block.get(AT_DISK_STATE));
    if (block.getLong(AT_SEQUENCE) < 0) {
      return Optional.of("sequence " + block.getLong(AT_SEQUENCE));
    }
    if (Byte.toUnsignedInt(block.get(AT_NODE_ID)) > 1) {
      return Optional.of("node id " + Byte.toUnsignedInt(block.get(AT_NODE_ID)));
    }
    if (DiskState.fromCode(state).filter(CopyFacts::isStorable).isEmpty()) {
      return Optional.of("disk state " + state);
    }
    if ((block.get(AT_FLAGS) & ~FLAGS_KNOWN) != 0) {
      return Optional.of("flags 0x" + Integer.toHexString(Byte.toUnsignedInt(block.get(AT_FLAGS))));
    }
    if (!NodeIdentity.isPairName(pairName(block))) {
      return Optional.of("the pair's name");
    }
    return geometryFault(block).or(() -> ledgerFault(block)).or(() -> reservedFault(block));
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

  private static Optional<String> ledgerFault(ByteBuffer block) {
    int primary = Byte.toUnsignedInt(block.get(AT_PRIMARY_NODE));
    if (!Term.exists(block.getLong(AT_TERM))) {
      return Optional.of("term " + block.getLong(AT_TERM));
    }
    if (primary > 1 && primary != NODE_NONE) {
      return Optional.of("primary node " + primary);
    }
    int count = Byte.toUnsignedInt(block.get(AT_HISTORY_COUNT));
    if (count > Generations.HISTORY_MAX) {
      return Optional.of("history of " + count + " generations");
    }
    for (int index = 0; index < Generations.HISTORY_MAX; index++) {
      boolean used = block.getLong(AT_HISTORY + index * Long.BYTES) != 0;
      int whose = Byte.toUnsignedInt(block.get(AT_PRIMARIES + index));
      if (used != (index < count) || whose > 2 || (whose != 0 && !used)) {
        return Optional.of("history entry " + index);
      }
    }
    return Optional.empty();
  }

  /// Fields of features that are not set, and bytes that mean nothing yet, are zero.
  private static Optional<String> reservedFault(ByteBuffer block) {
    if (block.get(AT_IN_SYNC_SET) != 0
        || block.getLong(AT_WITNESS) != 0
        || !BlockFields.isZero(block, AT_INCARNATION, LayoutCodec.START - AT_INCARNATION)) {
      return Optional.of("the witness's fields are not zero, and its feature is not set");
    }
    if (block.getLong(AT_PENDING) != 0) {
      return Optional.of("a pending size, and its feature is not set");
    }
    if (block.getInt(AT_COMPATIBLE) == 0
        && !BlockFields.isZero(block, AT_KEPT, AT_RESERVED_4088 - AT_KEPT)) {
      return Optional.of("bytes of compatible features, and none is set");
    }
    boolean zero =
        block.getInt(AT_RESERVED_116) == 0
            && BlockFields.isZero(block, AT_RESERVED_130, AT_CURRENT - AT_RESERVED_130)
            && BlockFields.isZero(block, AT_RESERVED_3664, AT_KEPT - AT_RESERVED_3664)
            && block.getInt(AT_RESERVED_4088) == 0;
    return zero ? Optional.empty() : Optional.of("reserved bytes are not zero");
  }

  private static SuperblockDecoded decodeChecked(ByteBuffer block, DiskLayout layout) {
    long replicated = block.getLong(AT_REPLICATED);
    if (layout.replicatedBytes() != replicated) {
      return new SuperblockDecoded.Damaged(
          "replicated size %d, and the parts together: %d bytes"
              .formatted(replicated, layout.replicatedBytes()));
    }
    var identity =
        new NodeIdentity(
            BlockFields.uuid(block, AT_PAIR_ID),
            BlockFields.uuid(block, AT_MIRROR_ID),
            pairName(block),
            block.get(AT_NODE_ID));
    var geometry =
        new Geometry(
            replicated,
            block.getInt(AT_LOGICAL),
            block.getInt(AT_PHYSICAL),
            block.getInt(AT_SLOTS));
    return new SuperblockDecoded.Ok(
        new Superblock(
            block.getLong(AT_SEQUENCE),
            identity,
            geometry,
            layout,
            facts(block),
            ledger(block),
            kept(block)));
  }

  private static CopyFacts facts(ByteBuffer block) {
    int flags = block.get(AT_FLAGS);
    var marks = EnumSet.noneOf(Mark.class);
    if ((flags & FLAG_ALL_DIRTY) != 0) {
      marks.add(Mark.ALL_DIRTY);
    }
    if ((flags & FLAG_KEPT_ALL) != 0) {
      marks.add(Mark.KEPT_ALL);
    }
    if ((flags & FLAG_FAILED) != 0) {
      marks.add(Mark.FAILED);
    }
    if ((block.getInt(AT_INCOMPATIBLE) & FEATURE_LOST_BLOCKS) != 0) {
      marks.add(Mark.LOST_BLOCKS);
    }
    int state = Byte.toUnsignedInt(block.get(AT_DISK_STATE));
    return new CopyFacts(DiskState.fromCode(state).orElseThrow(), marks);
  }

  private static LedgerEntry ledger(ByteBuffer block) {
    var history = new ArrayList<Long>();
    for (int index = 0; index < block.get(AT_HISTORY_COUNT); index++) {
      history.add(block.getLong(AT_HISTORY + index * Long.BYTES));
    }
    int primary = Byte.toUnsignedInt(block.get(AT_PRIMARY_NODE));
    return new LedgerEntry(
        block.getLong(AT_TERM),
        primary == NODE_NONE ? LedgerEntry.PRIMARY_NONE : primary,
        new Generations(block.getLong(AT_CURRENT), block.getLong(AT_BITMAP), history));
  }

  private static KeptBytes kept(ByteBuffer block) {
    int features = block.getInt(AT_COMPATIBLE);
    if (features == 0) {
      return KeptBytes.NONE;
    }
    var words = new ArrayList<Long>(KeptBytes.WORDS);
    for (int index = 0; index < KeptBytes.WORDS; index++) {
      words.add(block.getLong(AT_KEPT + index * Long.BYTES));
    }
    return new KeptBytes(features, words);
  }

  /// The name up to the zero fill; a stray byte after it makes the name an impossible one.
  private static String pairName(ByteBuffer block) {
    var bytes = new byte[NodeIdentity.PAIR_NAME_MAX];
    block.get(AT_PAIR_NAME, bytes);
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static int crc(ByteBuffer block) {
    var crc = new CRC32C();
    crc.update(block.slice(0, AT_CRC));
    return (int) crc.getValue();
  }
}
