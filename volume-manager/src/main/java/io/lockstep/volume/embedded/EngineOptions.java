package io.lockstep.volume.embedded;

import io.lockstep.block.Check;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// What the embedded engine cannot know by itself.
///
/// @param groupName name of the group (VG) that is made on a blank space; a group that is there
///     already keeps its name; `[a-zA-Z0-9_][a-zA-Z0-9_.+-]*`, at most 63
/// @param systemId LVM's `system_id` of the pair, **the same on both nodes**: honest LVM commands
///     of a host keep off a group with another system ID, and so does this engine (read-only)
/// @param host `creation_host` of new groups and volumes
/// @param random where UUIDs come from
/// @param unixSeconds `creation_time` of new volumes; for people only
public record EngineOptions(
    String groupName,
    String systemId,
    String host,
    RandomGenerator random,
    LongSupplier unixSeconds) {
  /// Longest name of a group; the names of its volumes need room beside it (see
  /// [io.lockstep.volume.VolumeName]).
  public static final int GROUP_NAME_LENGTH_MAX = 63;

  private static final Pattern GROUP_NAME = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9_.+-]*");
  private static final Pattern SYSTEM_ID = Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9_.:+-]*)?");

  public EngineOptions {
    Check.that(
        GROUP_NAME.matcher(groupName).matches() && groupName.length() <= GROUP_NAME_LENGTH_MAX,
        "a group name that LVM takes");
    Check.that(SYSTEM_ID.matcher(systemId).matches(), "a system ID that LVM takes, or none");
  }
}
