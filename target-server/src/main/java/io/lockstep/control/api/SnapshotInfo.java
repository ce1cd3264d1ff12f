package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;

/// What a volume that is a snapshot has beside all that volumes have.
///
/// @param origin the volume whose moment it keeps
/// @param state [#WHOLE], [#LOST], [#ROLLING_BACK], or [#UNKNOWN] where no Primary tells of it
/// @param why why it is lost, as a clause; null if it is not
/// @param roomBytes what it has for the chunks that it keeps, its tables included
/// @param usedBytes how much of that is taken; null where no Primary tells of it
/// @param leftBytes what a rollback has yet to move; null while there is none
public record SnapshotInfo(
    String origin,
    String state,
    @Nullable String why,
    long roomBytes,
    @Nullable Long usedBytes,
    @Nullable Long leftBytes) {
  /// It shows its moment.
  public static final String WHOLE = "whole";

  /// It does not show its moment any more, and never will.
  public static final String LOST = "lost";

  /// Its origin is being put back to it.
  public static final String ROLLING_BACK = "rolling-back";

  /// Known from a copy of the metadata only.
  public static final String UNKNOWN = "unknown";

  @JsonIgnore
  public boolean isWhole() {
    return state.equals(WHOLE);
  }

  @JsonIgnore
  public boolean isLost() {
    return state.equals(LOST);
  }

  @JsonIgnore
  public boolean isRollingBack() {
    return state.equals(ROLLING_BACK);
  }

  /// How much of its room is taken, in whole percent, rounded up; null where that is not known.
  @JsonIgnore
  public @Nullable Integer usedPercent() {
    return usedBytes == null || roomBytes == 0
        ? null
        : (int) Math.min(100, Math.ceilDiv(usedBytes * 100, roomBytes));
  }
}
