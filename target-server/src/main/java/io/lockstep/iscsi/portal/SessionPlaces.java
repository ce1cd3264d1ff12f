package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The places for sessions with targets, and who gives way when none is free.
///
/// - An initiator that the export names finds a place: a stranger's, of the address that has most
///   of those; if there are no strangers, of the initiator that has most, if that has more than it.
/// - A stranger that has a session finds one for another: of the address that has most, its own
///   among them, but none of its own.
/// - A stranger that has none is turned away.
///
/// A *stranger* uses an export that is open to everybody. Its name is its own invention, so
/// strangers are counted by address; initiators that are named, by name. Of the sessions of one
/// party the newest gives way: so whoever fills the places loses what he took last.
///
/// Invariants: never more holders than places; nobody gives way twice. Belongs to the portal's
/// loop.
///
/// @param <T> a session
final class SessionPlaces<T> {
  private final int max;

  /// In the order in which they came.
  private final Map<T, Holder> holders = new LinkedHashMap<>();

  /// Those that have been told to go and are still here.
  private final Set<T> leaving = new HashSet<>();

  /// Who has a place, or wants one.
  ///
  /// @param named whether the export names it
  record Holder(String initiatorName, InetAddress address, boolean named) {
    private Object party() {
      return named ? initiatorName : address;
    }
  }

  SessionPlaces(int max) {
    this.max = max;
  }

  boolean isFree() {
    return holders.size() < max;
  }

  void take(T one, Holder holder) {
    Check.that(isFree(), "a place is free", holders.size(), max);
    holders.put(one, holder);
  }

  /// One has gone. Harmless if it had no place.
  ///
  /// @return whether it went for somebody else
  boolean leave(T one) {
    holders.remove(one);
    return leaving.remove(one);
  }

  /// One has been told to go for somebody else.
  void leaving(T one) {
    Check.that(holders.containsKey(one) && leaving.add(one), "gives way once");
  }

  /// Who would give way to a newcomer; empty if nobody would.
  Optional<T> givesWay(Holder newcomer) {
    Map<Object, Integer> counts = new HashMap<>();
    boolean lives = false;
    for (Map.Entry<T, Holder> entry : holders.entrySet()) {
      lives |= entry.getValue().initiatorName().equals(newcomer.initiatorName());
      if (!leaving.contains(entry.getKey())) {
        counts.merge(entry.getValue().party(), 1, Integer::sum);
      }
    }
    int own = counts.getOrDefault(newcomer.party(), 0);
    if (newcomer.named()) {
      return newest(counts, newcomer, false, 1).or(() -> newest(counts, newcomer, true, own + 1));
    }
    return lives ? newest(counts, newcomer, false, Math.max(own, 1)) : Optional.empty();
  }

  /// The newest session of the largest party, if that has so many, and none of the newcomer's.
  private Optional<T> newest(
      Map<Object, Integer> counts, Holder newcomer, boolean named, int countMin) {
    @Nullable T found = null;
    int most = countMin;
    for (Map.Entry<T, Holder> entry : holders.entrySet()) {
      Holder holder = entry.getValue();
      boolean eligible =
          holder.named() == named
              && !holder.initiatorName().equals(newcomer.initiatorName())
              && !leaving.contains(entry.getKey());
      int count = counts.getOrDefault(holder.party(), 0);
      if (eligible && count >= most) {
        found = entry.getKey();
        most = count;
      }
    }
    return Optional.ofNullable(found);
  }
}
