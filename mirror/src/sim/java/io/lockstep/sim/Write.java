package io.lockstep.sim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One write of the client, and on which node's disk it is for sure. The unit of [Promises].
///
/// - `kept`: nodes whose disk has it, and would show it if that node were promoted alone
/// - `up`: of these, the nodes whose process has run ever since, so that it knows what it has
/// - `stable`: of these, the nodes on which it outlives a power cut: a flush or FUA was answered
///
/// All three are bit sets, bit n for node n.
final class Write {
  static final long NEVER = Long.MAX_VALUE;

  final long stamp;
  final long offset;
  final long length;

  /// When it, or the read that showed it, began: what it stands above.
  final long began;

  /// When it began itself.
  final long wrote;

  /// When it was answered as good, or first read.
  long acknowledged = NEVER;

  /// When it was answered as failed, or whoever served it died: it takes effect before the next
  /// acknowledged write of the same place, or never.
  long givenUp = NEVER;

  /// The last check that asked for it.
  long check;

  int kept;
  int up;
  int stable;

  /// When somebody has known it: of an observation, the end of the read.
  private long known = NEVER;

  private @Nullable List<Write> observations;

  Write(long stamp, long began, long offset, long length) {
    this.stamp = stamp;
    this.began = began;
    this.wrote = began;
    this.offset = offset;
    this.length = length;
  }

  /// An observation.
  private Write(Write origin, long now) {
    this.stamp = origin.stamp;
    this.began = now;
    this.wrote = origin.wrote;
    this.offset = origin.offset;
    this.length = origin.length;
  }

  /// The value that was there at the beginning, on both, for good.
  static Write settled(long stamp, long now, long offset, long length) {
    var write = new Write(stamp, now, offset, length);
    write.acknowledged = now;
    write.kept = 3;
    write.up = 3;
    write.stable = 3;
    return write;
  }

  /// The same value, as a read has just shown it: what is older than this read counts no more
  /// where it was in sync.
  ///
  /// @param readBegan when the read began: writes that ended since are beside it
  /// @param now when it ended
  Write observed(long readBegan, long now, int holders) {
    var seen = new Write(this, readBegan);
    seen.known = now;
    seen.acknowledged = Math.min(acknowledged, now);
    seen.kept = holders;
    seen.up = holders;
    seen.stable = stable & holders;
    if (observations == null) {
      observations = new ArrayList<>(2);
    }
    observations.add(seen);
    return seen;
  }

  /// From when on nobody may be shown what this stands above.
  long known() {
    return isObservation() ? known : acknowledged;
  }

  boolean isObservation() {
    return began != wrote;
  }

  void stable(int nodes) {
    stable |= kept & nodes;
    if (observations != null) {
      observations.forEach(seen -> seen.stable |= seen.kept & nodes);
    }
  }

  /// Whether a reader that may be shown this must not be shown `other`, which is kept at the same
  /// place.
  boolean standsAbove(Write other) {
    if (wrote == other.wrote || !isAcknowledged()) {
      return false;
    }
    if (isObservation()) {
      return began > (other.isObservation() ? other.began : other.ended());
    }
    return wrote > other.ended();
  }

  boolean isAcknowledged() {
    return acknowledged != NEVER;
  }

  boolean isOpen() {
    return acknowledged == NEVER && givenUp == NEVER;
  }

  /// From when on its fate is known: a write that began later than this stands above it.
  long ended() {
    return Math.min(acknowledged, givenUp);
  }

  static boolean has(int nodes, int node) {
    return (nodes & (1 << node)) != 0;
  }

  @Override
  public String toString() {
    return " [stamp %d began %d %s kept %d up %d stable %d]"
        .formatted(
            stamp,
            began,
            isAcknowledged()
                ? "acknowledged " + acknowledged
                : isOpen() ? "open" : "given up " + givenUp,
            kept,
            up,
            stable);
  }
}
