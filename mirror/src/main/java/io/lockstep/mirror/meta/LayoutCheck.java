package io.lockstep.mirror.meta;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Which tables of a superblock can be. Nothing here trusts a number before it was compared: what
/// comes in may be any that fit their fields. Whatever is wrong is named with its field.
final class LayoutCheck {
  private static final UUID NO_ID = new UUID(0, 0);
  private static final long BLOCK_BYTES = 4096;

  /// No member is larger, so that sums do not overflow.
  private static final long MEMBER_BYTES_MAX = 1L << 60;

  private final List<Member> members;
  private final List<Region> regions;
  private final List<Part> parts;
  private final List<Placement> placements;

  private LayoutCheck(
      List<Member> members, List<Region> regions, List<Part> parts, List<Placement> placements) {
    this.members = members;
    this.regions = regions;
    this.parts = parts;
    this.placements = placements;
  }

  static boolean isPossible(long replicatedBytes) {
    return replicatedBytes >= DiskLayout.REPLICATED_BYTES_MIN
        && replicatedBytes <= DiskLayout.REPLICATED_BYTES_MAX
        && replicatedBytes % DiskLayout.ALIGNMENT_BYTES == 0;
  }

  static boolean isControlPossible(long controlBytes, long replicatedBytes) {
    return controlBytes >= DiskLayout.CONTROL_BYTES_MIN
        && controlBytes <= replicatedBytes - DiskLayout.DATA_BYTES_MIN
        && controlBytes % DiskLayout.ALIGNMENT_BYTES == 0;
  }

  /// An area of a member that is taken.
  private record Taken(String name, int member, long offset, long end) {}

  /// What is wrong with the tables; empty if nothing is.
  static Optional<String> fault(
      List<Member> members, List<Region> regions, List<Part> parts, List<Placement> placements) {
    var check = new LayoutCheck(members, regions, parts, placements);
    return check
        .memberFault()
        .or(check::partFault)
        .or(check::placementFault)
        .or(check::regionFault)
        .or(check::contentFault)
        .or(check::overlapFault);
  }

  private Optional<String> memberFault() {
    if (members.size() != 1) {
      return Optional.of("number of members: " + members.size());
    }
    Member member = members.getFirst();
    if (member.id().equals(NO_ID)) {
      return Optional.of("member 0: its identifier is zero");
    }
    if (member.usedBytes() <= 0 || member.usedBytes() > MEMBER_BYTES_MAX) {
      return Optional.of("member 0: bytes in use " + member.usedBytes());
    }
    if (member.attachCounter() < 0) {
      return Optional.of("member 0: attach counter " + member.attachCounter());
    }
    return Optional.empty();
  }

  private Optional<String> partFault() {
    if (parts.isEmpty()) {
      return Optional.of("number of parts: 0");
    }
    long end = 0;
    for (int index = 0; index < parts.size(); index++) {
      Part part = parts.get(index);
      if (part.state() != Part.State.PRESENT) {
        return Optional.of("part %d: state %d".formatted(index, part.state().code()));
      }
      if (part.start() != end) {
        return Optional.of(
            "part %d: it starts at byte %d and the one before ends at %d"
                .formatted(index, part.start(), end));
      }
      if (part.length() <= 0
          || part.length() % BLOCK_BYTES != 0
          || part.length() > DiskLayout.REPLICATED_BYTES_MAX - end) {
        return Optional.of("part %d: length %d".formatted(index, part.length()));
      }
      end = part.end();
    }
    return isPossible(end)
        ? Optional.empty()
        : Optional.of("the parts together: %d bytes".formatted(end));
  }

  /// One part lies behind the other, on the one member.
  private Optional<String> placementFault() {
    if (placements.size() != parts.size()) {
      return Optional.of("number of placements: " + placements.size());
    }
    long next = placements.getFirst().offset();
    for (int index = 0; index < placements.size(); index++) {
      Placement placement = placements.get(index);
      if (placement.part() != index) {
        return Optional.of("placement %d: part %d".formatted(index, placement.part()));
      }
      long length = parts.get(index).length();
      Optional<String> fault =
          areaFault("placement " + index, placement.member(), placement.offset(), length);
      if (fault.isPresent()) {
        return fault;
      }
      if (placement.offset() != next) {
        return Optional.of(
            "placement %d: byte %d, and the part before ends at %d"
                .formatted(index, placement.offset(), next));
      }
      next = placement.offset() + length;
    }
    return Optional.empty();
  }

  private Optional<String> regionFault() {
    for (int index = 0; index < regions.size(); index++) {
      Region region = regions.get(index);
      if (region.type() <= 0) {
        return Optional.of("region %d: type %d".formatted(index, region.type()));
      }
      Optional<String> fault =
          areaFault(nameOf(index), region.member(), region.offset(), region.length());
      if (fault.isPresent()) {
        return fault;
      }
    }
    return Optional.empty();
  }

  private String nameOf(int region) {
    return "region %d (%s)".formatted(region, Region.nameOf(regions.get(region).type()));
  }

  private Optional<String> areaFault(String name, int member, long offset, long length) {
    if (member < 0 || member >= members.size()) {
      return Optional.of("%s: member %d".formatted(name, member));
    }
    if (offset < DiskLayout.REGIONS_OFFSET_MIN || offset % BLOCK_BYTES != 0) {
      return Optional.of("%s: offset %d".formatted(name, offset));
    }
    if (length <= 0 || length % BLOCK_BYTES != 0) {
      return Optional.of("%s: length %d".formatted(name, length));
    }
    long used = members.get(member).usedBytes();
    if (offset > used || length > used - offset) {
      return Optional.of(
          "%s: offset %d, length %d, and %d bytes of the member are in use"
              .formatted(name, offset, length, used));
    }
    return Optional.empty();
  }

  /// What must be there, and how large.
  private Optional<String> contentFault() {
    for (int type :
        new int[] {Region.TYPE_ACTIVITY_LOG, Region.TYPE_CONTROL, Region.TYPE_LOST_BLOCKS}) {
      long count = regions.stream().filter(region -> region.type() == type).count();
      if (count != 1) {
        return Optional.of("regions of the %s: %d".formatted(Region.nameOf(type), count));
      }
    }
    long space = parts.getLast().end();
    long pages = 0;
    for (int index = 0; index < regions.size(); index++) {
      Region region = regions.get(index);
      boolean good =
          switch (region.type()) {
            case Region.TYPE_ACTIVITY_LOG -> region.length() == DiskLayout.ACTIVITY_LOG_BYTES;
            case Region.TYPE_LOST_BLOCKS -> region.length() % (2L * LostBlocksTable.BYTES) == 0;
            case Region.TYPE_CONTROL ->
                region.offset() == placements.getFirst().offset()
                    && isControlPossible(region.length(), space);
            default -> true;
          };
      if (!good) {
        return Optional.of(
            "%s: offset %d, length %d".formatted(nameOf(index), region.offset(), region.length()));
      }
      pages += region.type() == Region.TYPE_BITMAP ? region.length() / Bitmap.PAGE_BYTES : 0;
    }
    return pages >= Bitmap.pageCountFor(space)
        ? Optional.empty()
        : Optional.of("regions of the bitmap: %d pages".formatted(pages));
  }

  private Optional<String> overlapFault() {
    var taken = new ArrayList<Taken>();
    for (int index = 0; index < placements.size(); index++) {
      Placement at = placements.get(index);
      long end = at.offset() + parts.get(index).length();
      taken.add(new Taken("placement " + index, at.member(), at.offset(), end));
    }
    for (int index = 0; index < regions.size(); index++) {
      Region region = regions.get(index);
      if (region.type() != Region.TYPE_CONTROL) { // It is the beginning of the first part.
        taken.add(new Taken(nameOf(index), region.member(), region.offset(), region.end()));
      }
    }
    taken.sort(Comparator.comparingInt(Taken::member).thenComparingLong(Taken::offset));
    for (int index = 1; index < taken.size(); index++) {
      Taken before = taken.get(index - 1);
      Taken next = taken.get(index);
      if (before.member() == next.member() && next.offset() < before.end()) {
        return Optional.of("%s: it overlaps %s".formatted(next.name(), before.name()));
      }
    }
    return Optional.empty();
  }
}
