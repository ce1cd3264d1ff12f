package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One side of a mirror: what one of its nodes has of it. The fields of its parts stand beside the
/// others in JSON.
///
/// @param node the node's name
/// @param role `Primary`, `Secondary` or `Unknown`
/// @param copy its data
/// @param link its connection to the other side
/// @param difference from the other side
/// @param history of its data
public record SideStatus(
    String node,
    String role,
    @JsonUnwrapped Copy copy,
    @JsonUnwrapped Link link,
    @JsonUnwrapped Difference difference,
    @JsonUnwrapped History history) {
  /// [#role] of the side that serves.
  public static final String PRIMARY = "Primary";

  /// [#role] and [Link#connectionState] of a side that cannot be asked.
  public static final String UNKNOWN = "Unknown";

  /// [Copy#diskState] of a side that cannot be asked.
  public static final String DISK_UNKNOWN = "DUnknown";

  /// The data of this side.
  ///
  /// @param diskState DRBD's word: `UpToDate`, `Inconsistent`, `Outdated`, `DUnknown`, ...
  /// @param disks the disks it lies on, as far as they are known
  /// @param unreadable blocks that no node can read, null if there are none
  /// @param readFromPeerBlocks blocks that its own disk could not read, so that the other side's
  ///     content was given and written back, since the daemon started
  public record Copy(
      String diskState,
      List<DiskInfo> disks,
      @Nullable UnreadableInfo unreadable,
      long readFromPeerBlocks) {}

  /// The connection to the other side.
  ///
  /// @param connectionState DRBD's word: `Connected`, `Connecting`, `SyncSource`, `StandAlone`, ...
  /// @param reason why the connection stands still, or empty
  /// @param aloneSinceMillis since when it has no link to the other side, by its own clock; null
  ///     while it has one, or if it is not known
  public record Link(String connectionState, String reason, @Nullable Long aloneSinceMillis) {}

  /// What differs between the sides, as this one counts.
  ///
  /// @param outOfSyncBytes how much is marked as different; null of a side that cannot be asked
  /// @param resync the resync under way, null if there is none
  /// @param lastResyncBytesSent payload that the present or last resync put on the wire
  public record Difference(
      @Nullable Long outOfSyncBytes, @Nullable ResyncInfo resync, long lastResyncBytesSent) {}

  /// What happened to the data.
  ///
  /// @param term the highest term known to this side
  /// @param generation the current generation identifier, 16 hexadecimal digits
  public record History(long term, String generation) {}

  public boolean serves() {
    return role.equals(PRIMARY);
  }

  public String diskState() {
    return copy.diskState;
  }

  public String connectionState() {
    return link.connectionState;
  }

  public @Nullable Long outOfSyncBytes() {
    return difference.outOfSyncBytes;
  }

  public @Nullable ResyncInfo resync() {
    return difference.resync;
  }

  public @Nullable UnreadableInfo unreadable() {
    return copy.unreadable;
  }

  /// Both sides of a mirror, with one count of a resync between them: that of its source.
  public static List<SideStatus> counted(List<SideStatus> sides) {
    return sides.stream().map(side -> side.countedWith(sides)).toList();
  }

  private SideStatus countedWith(List<SideStatus> sides) {
    @Nullable ResyncInfo own = resync();
    if (own == null || !own.direction().equals(ResyncInfo.TARGET)) {
      return this;
    }
    return sides.stream()
        .flatMap(side -> Stream.ofNullable(side.resync()))
        .filter(resync -> resync.direction().equals(ResyncInfo.SOURCE))
        .findFirst()
        .map(source -> with(own.countedBy(source)))
        .orElse(this);
  }

  private SideStatus with(ResyncInfo resync) {
    Difference counted =
        new Difference(difference.outOfSyncBytes, resync, difference.lastResyncBytesSent);
    return new SideStatus(node, role, copy, link, counted, history);
  }

  /// What stays true of a side whose daemon does not run.
  public SideStatus unheard() {
    return new SideStatus(
        node,
        UNKNOWN,
        new Copy(DISK_UNKNOWN, copy.disks, copy.unreadable, copy.readFromPeerBlocks),
        new Link(UNKNOWN, link.reason, null),
        new Difference(null, null, difference.lastResyncBytesSent),
        history);
  }
}
