package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/// The hot set: the AL extents (4 MiB each) in which the two disks may differ without the bitmap
/// saying so, because a write is or was lately under way. After a crash everything in it is out of
/// sync.
///
/// An extent becomes hot only by a transaction that is *stable* in the ring on disk; only then may
/// data be written into it (to the local disk or to the peer). The order is the caller's: bitmap
/// pages of the evicted extents, flush, transaction, flush, [#committed], data. Every transaction
/// carries the complete hot set, so the newest intact block of the ring alone is the state.
///
/// Invariants: a hot extent with a write in flight, or with a write of an epoch that is not retired
/// (both disks flushed), is never evicted. What is hot here is always listed in the newest intact
/// block on disk. At most one transaction is open. A transaction number is never used twice, also
/// not after a failed write, so that a block of mixed numbers is always a torn one.
///
/// Pure and without I/O. Not thread-safe; the owner is the mirror's loop. [#isHot], [#acquire] and
/// [#release] allocate nothing.
public final class ActivityLog {
  /// What one entry covers.
  public static final int EXTENT_BYTES = 4 << 20;

  /// The most extents that can be hot: what one ring block lists.
  public static final int SLOTS_MAX = ActivityLogBlock.EXTENTS_MAX;

  /// The fewest: several writes that span two extents each must be able to go on together.
  public static final int SLOTS_MIN = 4;

  private static final int NONE = -1;

  private final int extentCount;
  private final ExtentMap slotOf;
  private final int[] extentAt;
  private final int[] inFlight;
  private final long[] lastEpoch;

  /// Least recently used order of the used slots: a doubly linked list, head is the oldest. Free
  /// slots are chained through `newer`.
  private final int[] older;

  private final int[] newer;
  private int oldest = NONE;
  private int newest = NONE;
  private int firstFree;
  private int hotCount;

  private final LinkedHashSet<Integer> requests = new LinkedHashSet<>();
  private long nextTransaction = 1;
  private @Nullable Transaction open;

  /// @param slotCount how many extents may be hot, [#SLOTS_MIN] to [#SLOTS_MAX]
  /// @param extentCount how many extents the replicated space has
  public ActivityLog(int slotCount, int extentCount) {
    Check.that(isSlotCount(slotCount), "slot count", slotCount, SLOTS_MAX);
    Check.that(extentCount > 0, "extent count", extentCount, 0);
    this.extentCount = extentCount;
    slotOf = new ExtentMap(slotCount);
    extentAt = new int[slotCount];
    inFlight = new int[slotCount];
    lastEpoch = new long[slotCount];
    older = new int[slotCount];
    newer = new int[slotCount];
    Arrays.setAll(newer, slot -> slot + 1 < slotCount ? slot + 1 : NONE);
    Arrays.fill(extentAt, NONE);
  }

  /// Whether a log can have this many slots.
  public static boolean isSlotCount(int count) {
    return count >= SLOTS_MIN && count <= SLOTS_MAX;
  }

  /// The extent that holds byte `offset` of the replicated space.
  public static int extentOf(long offset) {
    return Math.toIntExact(offset / EXTENT_BYTES);
  }

  /// A ring as a disk begins its life: one transaction, number 0, that lists nothing.
  public static void format(ByteBuffer wholeRing) {
    ActivityLogBlock.format(wholeRing);
  }

  /// What the ring says was hot.
  ///
  /// @param wholeRing the 1 MiB of the ring, from its position
  /// @param extentCount how many extents the replicated space has
  public static LogRecovery recover(ByteBuffer wholeRing, int extentCount) {
    return recover(wholeRing, extentCount, new BitSet());
  }

  /// Like [#recover(ByteBuffer, int)] for a ring of which some blocks cannot be read. One that
  /// cannot hold the newest transaction is not missed.
  ///
  /// @param unreadable numbers of the blocks of 4 KiB whose content means nothing
  public static LogRecovery recover(ByteBuffer wholeRing, int extentCount, BitSet unreadable) {
    return ActivityLogBlock.recover(wholeRing, extentCount, unreadable);
  }

  /// Like [#recover(ByteBuffer, int)] for a caller that checks the extents itself.
  public static LogRecovery recover(ByteBuffer wholeRing) {
    return recover(wholeRing, Integer.MAX_VALUE);
  }

  /// Continues the numbers of the ring on disk.
  public void startAfter(long lastTransaction) {
    Check.that(lastTransaction >= 0, "transaction number", lastTransaction, 0);
    Check.that(open == null && hotCount == 0, "before the first transaction");
    nextTransaction = lastTransaction + 1;
  }

  /// Whether data may be written into `extent` now.
  public boolean isHot(int extent) {
    return slotOf.get(extent) != ExtentMap.MISSING;
  }

  /// A write into the hot `extent` begins: it stays hot until the matching [#release].
  public void acquire(int extent) {
    int slot = slotOf.get(extent);
    Check.that(slot != ExtentMap.MISSING, "the extent is hot", extent, slot);
    inFlight[slot]++;
    if (slot != newest) {
      unlink(slot);
      append(slot);
    }
  }

  /// A write that acquired `extent` has ended; its data is stable on both disks once `epoch` is
  /// retired. Until then the extent is not evicted.
  public void release(int extent, long epoch) {
    int slot = slotOf.get(extent);
    Check.that(slot != ExtentMap.MISSING, "the extent is hot", extent, slot);
    Check.that(inFlight[slot] > 0, "released as often as acquired", inFlight[slot], 0);
    inFlight[slot]--;
    lastEpoch[slot] = Math.max(lastEpoch[slot], epoch);
  }

  /// Wants `extent` in the next transaction. Idempotent; nothing to do for a hot extent.
  public void request(int extent) {
    Check.that(extent >= 0 && extent < extentCount, "extent", extent, extentCount);
    if (!isHot(extent) && !(open != null && open.adds(extent))) {
      requests.add(extent);
    }
  }

  /// Whether some extent waits for a transaction that was not prepared yet.
  public boolean hasRequests() {
    return !requests.isEmpty();
  }

  /// Whether a transaction is between prepare and its end.
  public boolean isTransactionOpen() {
    return open != null;
  }

  /// Opens the transaction that makes as many requested extents hot as there is room for, evicting
  /// the least recently used ones that may go. The evicted are not hot from now on.
  ///
  /// @param retiredEpoch the highest epoch that both disks have flushed
  /// @return null when no requested extent can be added now
  public @Nullable Transaction prepare(long retiredEpoch) {
    Check.that(open == null, "one transaction at a time");
    int free = extentAt.length - hotCount;
    int wanted = Math.min(requests.size(), extentAt.length);
    int[] evicted = evict(wanted - free, retiredEpoch);
    int room = Math.min(wanted, free + evicted.length);
    if (room == 0) {
      return null;
    }
    int[] added = requests.stream().mapToInt(Integer::intValue).limit(room).toArray();
    for (int extent : added) {
      requests.remove(extent);
    }
    return begin(added, evicted);
  }

  /// Opens a transaction that drops every extent without a write in flight, whatever its epoch: for
  /// a clean shutdown, and after recovery to make the ring agree with an empty log. The caller has
  /// flushed both disks, or has the extents in stable bitmap pages.
  public Transaction prepareEmpty() {
    return prepareEmpty(Long.MAX_VALUE);
  }

  /// Opens a transaction that drops every extent that may go; adds nothing.
  public Transaction prepareEmpty(long retiredEpoch) {
    Check.that(open == null, "one transaction at a time");
    return begin(new int[0], evict(extentAt.length, retiredEpoch));
  }

  private Transaction begin(int[] added, int[] evicted) {
    int[] complete = Arrays.copyOf(hotExtents(), hotCount + added.length);
    System.arraycopy(added, 0, complete, hotCount, added.length);
    open = new Transaction(nextTransaction++, added, evicted, complete);
    return open;
  }

  /// Takes up to `count` extents out of the hot set, oldest first.
  private int[] evict(int count, long retiredEpoch) {
    var victims = new int[Math.clamp(count, 0, extentAt.length)];
    int found = 0;
    int slot = oldest;
    while (slot != NONE && found < victims.length) {
      int following = newer[slot];
      if (inFlight[slot] == 0 && lastEpoch[slot] <= retiredEpoch) {
        victims[found++] = extentAt[slot];
        vacate(slot);
      }
      slot = following;
    }
    return Arrays.copyOf(victims, found);
  }

  /// `transaction` is stable on disk: its extents are hot.
  public void committed(Transaction transaction) {
    Check.that(open == transaction, "the open transaction");
    open = null;
    for (int extent : transaction.added()) {
      occupy(extent);
      requests.remove(extent);
    }
  }

  /// `transaction` could not be written; what the disk holds in its place is unknown. Neither the
  /// added nor the evicted extents are hot; the added ones are requested again.
  public void aborted(Transaction transaction) {
    Check.that(open == transaction, "the open transaction");
    open = null;
    for (int extent : transaction.added()) {
      requests.add(extent);
    }
  }

  /// How many extents are hot.
  public int hotCount() {
    return hotCount;
  }

  public int slotCount() {
    return extentAt.length;
  }

  /// The hot extents, least recently used first.
  public int[] hotExtents() {
    var hot = new int[hotCount];
    int index = 0;
    for (int slot = oldest; slot != NONE; slot = newer[slot]) {
      hot[index++] = extentAt[slot];
    }
    return hot;
  }

  private void occupy(int extent) {
    Check.that(!isHot(extent) && firstFree != NONE, "a free slot", extent, firstFree);
    int slot = firstFree;
    firstFree = newer[slot];
    extentAt[slot] = extent;
    inFlight[slot] = 0;
    lastEpoch[slot] = Long.MIN_VALUE;
    slotOf.put(extent, slot);
    hotCount++;
    append(slot);
  }

  private void vacate(int slot) {
    slotOf.remove(extentAt[slot]);
    extentAt[slot] = NONE;
    hotCount--;
    unlink(slot);
    newer[slot] = firstFree;
    firstFree = slot;
  }

  private void unlink(int slot) {
    if (older[slot] == NONE) {
      oldest = newer[slot];
    } else {
      newer[older[slot]] = newer[slot];
    }
    if (newer[slot] == NONE) {
      newest = older[slot];
    } else {
      older[newer[slot]] = older[slot];
    }
  }

  private void append(int slot) {
    older[slot] = newest;
    newer[slot] = NONE;
    if (newest == NONE) {
      oldest = slot;
    } else {
      newer[newest] = slot;
    }
    newest = slot;
  }

  /// One change of the hot set, to be written at `ringOffset` of the ring. Immutable.
  public static final class Transaction {
    private final long number;
    private final int[] added;
    private final int[] evicted;
    private final int[] complete;

    private Transaction(long number, int[] added, int[] evicted, int[] complete) {
      this.number = number;
      this.added = added;
      this.evicted = evicted;
      this.complete = complete;
    }

    public long number() {
      return number;
    }

    /// Where the block goes, in bytes from the start of the ring.
    public int ringOffset() {
      return ActivityLogBlock.ringOffset(number);
    }

    /// The extents that are hot once this is stable.
    public int[] added() {
      return added.clone();
    }

    /// The extents that were hot before; their bitmap pages go to disk first.
    public int[] evicted() {
      return evicted.clone();
    }

    /// Writes the 4 KiB block at the position of `out`, which moves by 4 KiB.
    public void encode(ByteBuffer out) {
      ActivityLogBlock.encode(number, complete, out);
    }

    private boolean adds(int extent) {
      for (int one : added) {
        if (one == extent) {
          return true;
        }
      }
      return false;
    }
  }
}
