package io.lockstep.peers;

import java.util.List;

/// How the control connection stands at one moment. Immutable.
///
/// @param addresses one for each of `peer.addresses`, in their order
public record ControlView(List<Watched> addresses) {
  /// One address of the network between the nodes.
  ///
  /// @param address as it is written in the configuration
  /// @param up whether the other node is heard over it
  /// @param sinceNanos since when that is so, on the loop's clock
  /// @param why it is not; empty if it is
  /// @param refused whether somebody answers there and one of the two does not want the other
  public record Watched(String address, boolean up, long sinceNanos, String why, boolean refused) {}

  public ControlView {
    addresses = List.copyOf(addresses);
  }

  public boolean isUp() {
    return addresses.stream().anyMatch(Watched::up);
  }

  /// Those over which the other node has not been heard for longer than a start may take.
  public List<Watched> lost(long nowNanos) {
    return addresses.stream()
        .filter(one -> !one.up && nowNanos - one.sinceNanos > PeerLimits.LOST_NANOS)
        .toList();
  }
}
