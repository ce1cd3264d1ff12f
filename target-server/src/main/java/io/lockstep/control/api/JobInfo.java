package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/// Work that goes on after its request was answered, on whichever node serves, until it is done or
/// cancelled; then it is gone.
///
/// @param id its name
/// @param kind `create-volume`, `grow-volume` or `roll-back`
/// @param volume the volume that gets its size, 4 MiB or more at a time, or is put back to a
///     snapshot
/// @param bytesDone what the volume has of it, all of which reads as zeroes at first; or what has
///     been moved
/// @param bytesTotal what it is to get, or what is to be moved
/// @param secondsLeft at the present speed, -1 while unknown
/// @param problem why it does not go on just now, null if it does; it is tried again by itself
/// @param mirror the mirror on which the volume lies; null where one mirror is told of
public record JobInfo(
    String id,
    String kind,
    String volume,
    long bytesDone,
    long bytesTotal,
    long secondsLeft,
    @Nullable String problem,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror) {
  public static final String CREATE_VOLUME = "create-volume";
  public static final String GROW_VOLUME = "grow-volume";
  public static final String ROLL_BACK = "roll-back";

  /// Whether it makes the volume: then nobody may use that before it has ended.
  public boolean creates() {
    return kind.equals(CREATE_VOLUME);
  }

  /// Whether a volume gets extents by it.
  public boolean gives() {
    return !kind.equals(ROLL_BACK);
  }

  /// In whole percent, rounded down.
  public long percent() {
    return bytesTotal == 0 ? 100 : (long) (bytesDone * 100.0 / bytesTotal);
  }

  /// The same job as one of a mirror.
  public JobInfo on(String newMirror) {
    return new JobInfo(id, kind, volume, bytesDone, bytesTotal, secondsLeft, problem, newMirror);
  }
}
