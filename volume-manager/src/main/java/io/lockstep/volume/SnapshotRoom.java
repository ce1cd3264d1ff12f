package io.lockstep.volume;

/// How large the store of a snapshot is made, and in which chunks it keeps. Pure.
public final class SnapshotRoom {
  /// Smallest chunk that is chosen: a first write costs one copy of it.
  public static final int CHUNK_BYTES_CHOSEN_MIN = 64 << 10;

  /// A larger chunk is chosen where a store would have more: all snapshots of a group keep four
  /// times as many together.
  public static final long CHUNKS_MAX = 1L << 20;

  private static final int ENTRY_BYTES = 16;

  private SnapshotRoom() {}

  /// The chunk for a room of that size: 64 KiB up to 64 GiB, then larger, 512 KiB at the most.
  public static int chunkBytes(long roomBytes) {
    int chunkBytes = CHUNK_BYTES_CHOSEN_MIN;
    while (chunkBytes < SnapshotOf.CHUNK_BYTES_MAX && roomBytes / chunkBytes > CHUNKS_MAX) {
      chunkBytes *= 2;
    }
    return chunkBytes;
  }

  /// Size of a store that keeps `roomBytes` of the origin, its tables included; never more than
  /// what all of the origin needs.
  public static long storeBytes(long roomBytes, int chunkBytes, long originBytes) {
    long chunks = Math.ceilDiv(Math.min(roomBytes, originBytes), (long) chunkBytes);
    long perArea = chunkBytes / ENTRY_BYTES;
    long tables = 1 + chunks / perArea + 1;
    return (tables + chunks) * chunkBytes;
  }
}
