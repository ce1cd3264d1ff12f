package io.lockstep.control.api;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A resync under way.
///
/// @param direction `source` (this node sends) or `target` (this node is filled)
/// @param bytesTotal out of sync when it began: what either node had marked, the same number on
///     both nodes; null while it is not known
/// @param bytesDone no longer out of sync
/// @param bytesSent payload on the wire so far; zeroes travel as a length
/// @param bytesPerSecond over the last seconds
/// @param secondsLeft at that rate, -1 while it is unknown, or too little was measured
public record ResyncInfo(
    String direction,
    @Nullable Long bytesTotal,
    long bytesDone,
    long bytesSent,
    long bytesPerSecond,
    long secondsLeft) {
  /// [#direction] of the side that sends.
  public static final String SOURCE = "source";

  /// [#direction] of the side that is filled.
  public static final String TARGET = "target";

  /// How much of it is done; empty while nobody knows how much there is.
  public OptionalInt percent() {
    if (bytesTotal == null) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(bytesTotal == 0 ? 100 : (int) (100.0 * bytesDone / bytesTotal));
  }

  /// The target's resync with the numbers of the source, which alone has the marks of both nodes.
  ResyncInfo countedBy(ResyncInfo source) {
    return new ResyncInfo(
        direction,
        source.bytesTotal,
        source.bytesDone,
        bytesSent,
        source.bytesPerSecond,
        source.secondsLeft);
  }
}
