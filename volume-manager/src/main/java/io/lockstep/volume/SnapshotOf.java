package io.lockstep.volume;

import io.lockstep.block.Check;

/// What makes a volume a snapshot: the moment of another volume that it keeps. The volume itself is
/// then the *store* (LVM's COW volume), which holds what the origin has overwritten since, and what
/// was written to the snapshot, chunk by chunk (see `volume.snapshot`). Immutable.
///
/// @param linkUuid identifier of LVM's hidden volume (`snapshot0`, `snapshot1`, ...) whose segment
///     ties the two together
/// @param originUuid whose moment it is
/// @param sizeBytes what the origin had then: the size of the snapshot, whole extents
/// @param chunkBytes what is copied at once; a power of two, 4 KiB to 512 KiB
/// @param rollingBack whether the origin is being put back to this moment (LVM's merge); the
///     snapshot is then no disk of its own any more
public record SnapshotOf(
    String linkUuid, String originUuid, long sizeBytes, int chunkBytes, boolean rollingBack) {
  /// Smallest chunk that LVM takes.
  public static final int CHUNK_BYTES_MIN = 4 << 10;

  /// Largest chunk that LVM takes.
  public static final int CHUNK_BYTES_MAX = 512 << 10;

  public SnapshotOf {
    Check.that(sizeBytes > 0, "an origin with extents", sizeBytes, 1);
    Check.that(
        Integer.bitCount(chunkBytes) == 1
            && chunkBytes >= CHUNK_BYTES_MIN
            && chunkBytes <= CHUNK_BYTES_MAX,
        "a chunk size of LVM's",
        chunkBytes,
        CHUNK_BYTES_MAX);
  }

  SnapshotOf rollingBackNow() {
    return new SnapshotOf(linkUuid, originUuid, sizeBytes, chunkBytes, true);
  }
}
