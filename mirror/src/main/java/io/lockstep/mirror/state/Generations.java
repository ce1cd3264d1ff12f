package io.lockstep.mirror.state;

import io.lockstep.block.Check;
import java.util.ArrayList;
import java.util.List;

/// The history of one disk's data as generation identifiers (DRBD's UUIDs), random and never 0.
/// Immutable.
///
/// Two disks with the same `current` hold the same data except for what their bitmaps say. The
/// `bitmap` generation is the one the absent peer was left with: while it is set, the bitmap holds
/// every difference from it.
///
/// @param current the generation of the data now; 0 = the disk never held any
/// @param bitmap the generation the bitmap counts from; 0 = none, both disks were last identical
/// @param history retired generations, newest first, at most [#HISTORY_MAX], none of them 0
public record Generations(long current, long bitmap, List<Long> history) {
  /// How many retired generations are remembered.
  public static final int HISTORY_MAX = 16;

  /// A disk that never held data.
  public static final Generations NONE = new Generations(0, 0, List.of());

  public Generations {
    history = List.copyOf(history);
    Check.that(history.size() <= HISTORY_MAX, "history length", history.size(), HISTORY_MAX);
    for (long generation : history) {
      Check.that(generation != 0, "a generation in the history is not 0");
    }
  }

  /// Whether this disk has or remembers that generation: it is not drawn again.
  public boolean knows(long generation) {
    return generation == current || generation == bitmap || history.contains(generation);
  }

  /// The first write without the peer: a new current generation; the old one becomes the bitmap
  /// generation, or moves into the history if the bitmap already counts from an older one.
  public Generations rotated(long newCurrent) {
    Check.that(newCurrent != 0, "a generation is not 0");
    return bitmap == 0
        ? new Generations(newCurrent, current, history)
        : new Generations(newCurrent, bitmap, pushed(current));
  }

  /// The resync has ended: the bitmap generation moves into the history.
  public Generations retired() {
    return bitmap == 0 ? this : new Generations(current, 0, pushed(bitmap));
  }

  /// The resync's target takes over the source's identity.
  public Generations adopted(Generations peer) {
    return new Generations(peer.current, 0, peer.history);
  }

  private List<Long> pushed(long generation) {
    var longer = new ArrayList<Long>(HISTORY_MAX);
    longer.add(generation);
    for (long older : history) {
      if (longer.size() < HISTORY_MAX && older != generation) {
        longer.add(older);
      }
    }
    return longer;
  }
}
