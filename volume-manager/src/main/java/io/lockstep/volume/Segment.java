package io.lockstep.volume;

import io.lockstep.block.Check;
import java.util.List;

/// A run of logical extents of a volume that is laid out in one way. Immutable.
///
/// @param startExtent the first logical extent
/// @param extentCount number of logical extents, over all stripes
/// @param type LVM's segment type: `striped` (also for linear, which is one stripe), or a type that
///     the embedded engine does not map, whose `stripes` are empty
/// @param stripeSizeBytes bytes that lie together on a stripe; 0 for a single stripe
/// @param stripes where each stripe begins; each holds `extentCount / stripes.size()` extents
public record Segment(
    long startExtent, long extentCount, String type, long stripeSizeBytes, List<Stripe> stripes) {
  /// LVM's name of the type of linear and striped segments.
  public static final String STRIPED = "striped";

  /// LVM's name of the type of the segment that ties a snapshot to its origin; it maps nothing.
  public static final String SNAPSHOT = "snapshot";

  public Segment {
    stripes = List.copyOf(stripes);
    Check.that(startExtent >= 0 && extentCount > 0, "extents", startExtent, extentCount);
    Check.that(
        stripes.isEmpty() || extentCount % stripes.size() == 0,
        "whole extents on each stripe",
        extentCount,
        stripes.size());
    Check.that(stripes.size() < 2 || stripeSizeBytes > 0, "stripe size", stripeSizeBytes, 0);
  }

  /// A linear segment.
  public static Segment linear(long startExtent, long extentCount, Stripe stripe) {
    return new Segment(startExtent, extentCount, STRIPED, 0, List.of(stripe));
  }

  /// Physical extents of each stripe.
  public long stripeExtentCount() {
    return stripes.isEmpty() ? 0 : extentCount / stripes.size();
  }

  public boolean isMapped() {
    return !stripes.isEmpty();
  }

  /// Where a stripe begins.
  ///
  /// @param physicalVolume uuid of the PV
  /// @param startExtent the first physical extent (PE)
  public record Stripe(String physicalVolume, long startExtent) {}
}
