package io.lockstep.control.api;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A mirror, and what each of its two nodes has of it.
///
/// @param name the mirror's name, for `--mirror`
/// @param primary the node that serves it; null while none is known, or while two claim it
/// @param group the volume group on it, null while no Primary is known here
/// @param sides both sides, that of node 0 first
public record MirrorSides(
    String name, @Nullable String primary, @Nullable GroupInfo group, List<SideStatus> sides) {

  /// A mirror whose Primary is the one that its sides name.
  public static MirrorSides of(String name, @Nullable GroupInfo group, List<SideStatus> sides) {
    List<String> serving = sides.stream().filter(SideStatus::serves).map(SideStatus::node).toList();
    @Nullable String primary = serving.size() == 1 ? serving.getFirst() : null;
    return new MirrorSides(name, primary, group, sides);
  }

  public Optional<SideStatus> side(String node) {
    return sides.stream().filter(side -> side.node().equals(node)).findFirst();
  }
}
