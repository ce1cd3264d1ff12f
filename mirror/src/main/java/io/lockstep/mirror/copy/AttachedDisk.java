package io.lockstep.mirror.copy;

/// A disk that a copy lies on, with what is known of it.
///
/// @param name what messages call it: its path
/// @param gate the one way to it
/// @param backing the same disk, in the blocks of the mirror
/// @param metadata its records
public record AttachedDisk(String name, DiskGate gate, Backing backing, Metadata metadata) {
  AttachedDisk laidOutAnew(Metadata fresh) {
    return new AttachedDisk(name, gate, backing, fresh);
  }
}
