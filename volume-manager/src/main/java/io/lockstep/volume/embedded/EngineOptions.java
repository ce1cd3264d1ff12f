package io.lockstep.volume.embedded;

import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What the engine cannot know by itself.
///
/// @param groupName name of the group (VG) that is made on a blank space; a group that is there
///     already keeps its name
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
    LongSupplier unixSeconds) {}
