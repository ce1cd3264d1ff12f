package io.lockstep.volume;

/// A disk of the group (PV). Immutable.
///
/// @param uuid LVM's identifier
/// @param extentStartBytes where the first physical extent begins on the device (`pe_start`)
/// @param extentCount number of physical extents (`pe_count`)
/// @param allocatable whether new extents may be taken from it (`ALLOCATABLE`)
public record PhysicalVolume(
    String uuid, long extentStartBytes, long extentCount, boolean allocatable) {}
