package io.lockstep.mirror.meta;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The tables of a superblock, between its bytes 320 and 3664:
///
/// ```
///  320  number of members, regions, parts, placements   4 x u32
///  336  members      16 x { identifier UUID, bytes in use u64, attach counter u64 }
///  848  regions      64 x { type u32, member u32, offset u64, length u64 }
/// 2384  parts        32 x { state u32, reserved u32, start u64, length u64 }, in units of 4 KiB
/// 3152  placements   32 x { part u32, member u32, offset u64 }
/// ```
///
/// Entries that are not used are zero.
final class LayoutCodec {
  /// Where the tables begin and end in the superblock.
  static final int START = 320;

  static final int END = 3664;

  private static final Table MEMBERS = new Table("member", 320, 336, 16, 32);
  private static final Table REGIONS = new Table("region", 324, 848, 64, 24);
  private static final Table PARTS = new Table("part", 328, 2384, 32, 24);
  private static final Table PLACEMENTS = new Table("placement", 332, 3152, 32, 16);

  /// So that no product overflows: more units than any space has.
  private static final long UNITS_MAX = DiskLayout.REPLICATED_BYTES_MAX / Part.UNIT_BYTES;

  private LayoutCodec() {}

  /// One of the tables.
  private record Table(String entry, int countAt, int at, int entriesMax, int entryBytes) {
    int at(int index) {
      return at + index * entryBytes;
    }

    int count(ByteBuffer block) {
      return block.getInt(countAt);
    }

    Optional<String> fault(ByteBuffer block) {
      int count = count(block);
      if (count < 0 || count > entriesMax) {
        return Optional.of("number of %ss: %s".formatted(entry, Integer.toUnsignedString(count)));
      }
      for (int index = count; index < entriesMax; index++) {
        if (!BlockFields.isZero(block, at(index), entryBytes)) {
          return Optional.of("%s %d is not used and not zero".formatted(entry, index));
        }
      }
      return Optional.empty();
    }
  }

  /// What the tables say, or what is wrong with them.
  record Decoded(@Nullable DiskLayout layout, String fault) {
    <T> T orElse(Function<DiskLayout, T> good, Function<String, T> bad) {
      return layout == null ? bad.apply(fault) : good.apply(layout);
    }
  }

  static void encode(DiskLayout layout, ByteBuffer block) {
    block.putInt(MEMBERS.countAt, layout.members().size());
    block.putInt(REGIONS.countAt, layout.regions().size());
    block.putInt(PARTS.countAt, layout.parts().size());
    block.putInt(PLACEMENTS.countAt, layout.placements().size());
    for (int index = 0; index < layout.members().size(); index++) {
      Member member = layout.members().get(index);
      int at = MEMBERS.at(index);
      BlockFields.putUuid(block, at, member.id());
      block.putLong(at + 16, member.usedBytes()).putLong(at + 24, member.attachCounter());
    }
    for (int index = 0; index < layout.regions().size(); index++) {
      Region region = layout.regions().get(index);
      int at = REGIONS.at(index);
      block.putInt(at, region.type()).putInt(at + 4, region.member());
      block.putLong(at + 8, region.offset()).putLong(at + 16, region.length());
    }
    for (int index = 0; index < layout.parts().size(); index++) {
      Part part = layout.parts().get(index);
      int at = PARTS.at(index);
      block.putInt(at, part.state().code());
      block.putLong(at + 8, part.start() / Part.UNIT_BYTES);
      block.putLong(at + 16, part.length() / Part.UNIT_BYTES);
    }
    for (int index = 0; index < layout.placements().size(); index++) {
      Placement placement = layout.placements().get(index);
      int at = PLACEMENTS.at(index);
      block.putInt(at, placement.part()).putInt(at + 4, placement.member());
      block.putLong(at + 8, placement.offset());
    }
  }

  /// @param compatible whether regions of unknown types are to be expected
  static Decoded decode(ByteBuffer block, boolean compatible) {
    Optional<String> fault =
        MEMBERS
            .fault(block)
            .or(() -> REGIONS.fault(block))
            .or(() -> PARTS.fault(block))
            .or(() -> PLACEMENTS.fault(block))
            .or(() -> partFault(block));
    if (fault.isPresent()) {
      return new Decoded(null, fault.get());
    }
    List<Member> members = members(block);
    List<Region> regions = regions(block);
    List<Part> parts = parts(block);
    List<Placement> placements = placements(block);
    fault =
        LayoutCheck.fault(members, regions, parts, placements)
            .or(() -> compatible ? Optional.empty() : unknownRegion(regions));
    return fault.isPresent()
        ? new Decoded(null, fault.get())
        : new Decoded(new DiskLayout(members, regions, parts, placements), "");
  }

  private static Optional<String> partFault(ByteBuffer block) {
    for (int index = 0; index < PARTS.count(block); index++) {
      int at = PARTS.at(index);
      int state = block.getInt(at);
      long start = block.getLong(at + 8);
      long length = block.getLong(at + 16);
      if (Part.State.fromCode(state).isEmpty()) {
        return Optional.of("part %d: state %s".formatted(index, Integer.toUnsignedString(state)));
      }
      if (block.getInt(at + 4) != 0) {
        return Optional.of("part %d: reserved bytes are not zero".formatted(index));
      }
      if (start < 0 || start > UNITS_MAX || length < 0 || length > UNITS_MAX) {
        return Optional.of(
            "part %d: start %s and length %s in units of 4 KiB"
                .formatted(index, Long.toUnsignedString(start), Long.toUnsignedString(length)));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> unknownRegion(List<Region> regions) {
    for (int index = 0; index < regions.size(); index++) {
      if (!regions.get(index).isKnown()) {
        return Optional.of("region %d: type %d".formatted(index, regions.get(index).type()));
      }
    }
    return Optional.empty();
  }

  private static List<Member> members(ByteBuffer block) {
    var members = new ArrayList<Member>();
    for (int index = 0; index < MEMBERS.count(block); index++) {
      int at = MEMBERS.at(index);
      members.add(
          new Member(BlockFields.uuid(block, at), block.getLong(at + 16), block.getLong(at + 24)));
    }
    return members;
  }

  private static List<Region> regions(ByteBuffer block) {
    var regions = new ArrayList<Region>();
    for (int index = 0; index < REGIONS.count(block); index++) {
      int at = REGIONS.at(index);
      regions.add(
          new Region(
              block.getInt(at),
              block.getInt(at + 4),
              block.getLong(at + 8),
              block.getLong(at + 16)));
    }
    return regions;
  }

  private static List<Part> parts(ByteBuffer block) {
    var parts = new ArrayList<Part>();
    for (int index = 0; index < PARTS.count(block); index++) {
      int at = PARTS.at(index);
      parts.add(
          new Part(
              Part.State.fromCode(block.getInt(at)).orElseThrow(),
              block.getLong(at + 8) * Part.UNIT_BYTES,
              block.getLong(at + 16) * Part.UNIT_BYTES));
    }
    return parts;
  }

  private static List<Placement> placements(ByteBuffer block) {
    var placements = new ArrayList<Placement>();
    for (int index = 0; index < PLACEMENTS.count(block); index++) {
      int at = PLACEMENTS.at(index);
      placements.add(new Placement(block.getInt(at), block.getInt(at + 4), block.getLong(at + 8)));
    }
    return placements;
  }
}
