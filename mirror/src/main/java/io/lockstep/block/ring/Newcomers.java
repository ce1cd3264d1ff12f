package io.lockstep.block.ring;

import io.lockstep.block.Check;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Connections that nobody has vouched for, at a listening socket: few, and a share for each
/// address. Who comes finds a place; the oldest gives way: that of the same address if its share is
/// used up, else that of the address which has most. So whoever fills the places loses them first,
/// and a host with one connection loses it only if no address has more.
///
/// Invariants: never more than the limit, nor more of an address than its share. Belongs to one
/// loop.
///
/// @param <T> a connection
public final class Newcomers<T> {
  private final int max;
  private final int shareMax;
  private final Map<InetAddress, LinkedHashSet<T>> byAddress = new HashMap<>();
  private int count;

  /// @param max how many there may be
  /// @param shareMax how many of one address
  public Newcomers(int max, int shareMax) {
    Check.that(shareMax > 0 && shareMax <= max, "a share of the places", shareMax, max);
    this.max = max;
    this.shareMax = shareMax;
  }

  /// Takes one in.
  ///
  /// @return the one that has to go for it, which is not here any more
  public Optional<T> enter(InetAddress address, T one) {
    Set<T> own = byAddress.getOrDefault(address, new LinkedHashSet<>());
    Optional<T> gone = Optional.empty();
    if (own.size() >= shareMax) {
      gone = Optional.of(removeOldest(address));
    } else if (count >= max) {
      gone = Optional.of(removeOldest(largest()));
    }
    byAddress.computeIfAbsent(address, _ -> new LinkedHashSet<>()).add(one);
    count++;
    return gone;
  }

  private InetAddress largest() {
    return byAddress.entrySet().stream()
        .max((one, other) -> Integer.compare(one.getValue().size(), other.getValue().size()))
        .orElseThrow()
        .getKey();
  }

  private T removeOldest(InetAddress address) {
    LinkedHashSet<T> own = Check.present(byAddress.get(address), "an address with somebody");
    Iterator<T> each = own.iterator();
    T oldest = each.next();
    leave(address, oldest);
    return oldest;
  }

  /// One has gone, or is no newcomer any more. Harmless if it is not here.
  public void leave(InetAddress address, T one) {
    Set<T> own = byAddress.get(address);
    if (own != null && own.remove(one)) {
      count--;
      if (own.isEmpty()) {
        byAddress.remove(address);
      }
    }
  }

  public int count() {
    return count;
  }
}
