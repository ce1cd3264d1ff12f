package io.lockstep.block;

import java.util.LinkedHashSet;

/// The memory that the requests of all hosts on one loop may hold together, whatever protocol they
/// speak. Belongs to that loop.
///
/// There are two shares. What a request needs to go on to its end is *granted*, first come, first
/// served: one request for each connection whose turn it is, so one with many requests does not
/// hold up the others. What a host sends *unasked* (RFC 7143 4.2.5.2) is there before we can say
/// no, so it has a share of its own, and what does not fit is refused.
///
/// Invariants: each share stays below its limit, except that a grant, or unasked data, that is
/// alone in its share is always given, so that nothing waits for ever; who holds a grant waits for
/// no more memory; nobody passes those that wait. All counts are of memory really taken
/// ([BufferPool#memoryBytes]).
public final class MemoryBudget {
  /// Somebody whose requests wait for a grant: a session.
  public interface Waiter {
    /// What its first waiting request needs; 0: nothing at present.
    long missingBytes();

    /// That request has what it needs; it is taken off the waiter's list before this returns.
    void granted(long bytes);
  }

  private final long grantedBytesMax;
  private final long unaskedBytesMax;
  private final LinkedHashSet<Waiter> waiters = new LinkedHashSet<>();
  private long grantedBytes;
  private long unaskedBytes;
  private long peakBytes;
  private boolean granting;

  /// @param grantedBytesMax bytes that are granted at once
  /// @param unaskedBytesMax bytes that are held by unasked data at once
  public MemoryBudget(long grantedBytesMax, long unaskedBytesMax) {
    this.grantedBytesMax = grantedBytesMax;
    this.unaskedBytesMax = unaskedBytesMax;
  }

  /// A grant at once, if there is room and nobody waits.
  public boolean take(long bytes) {
    boolean free = waiters.isEmpty() && fits(bytes);
    if (free) {
      grantedBytes += bytes;
      notePeak();
    }
    return free;
  }

  private boolean fits(long bytes) {
    return grantedBytes == 0 || grantedBytes + bytes <= grantedBytesMax;
  }

  /// Gives back a grant; whoever waited longest goes on.
  public void giveBack(long bytes) {
    grantedBytes -= bytes;
    Check.that(grantedBytes >= 0, "a grant is given back once", grantedBytes, 0);
    grant();
  }

  /// Room for data that nobody asked for.
  public boolean takeUnasked(long bytes) {
    boolean free = unaskedBytes == 0 || unaskedBytes + bytes <= unaskedBytesMax;
    if (free) {
      unaskedBytes += bytes;
      notePeak();
    }
    return free;
  }

  /// Unasked data is gone.
  public void giveBackUnasked(long bytes) {
    unaskedBytes -= bytes;
    Check.that(unaskedBytes >= 0, "unasked data is given back once", unaskedBytes, 0);
  }

  /// Waits at the end of the queue; who waits already keeps its place.
  public void await(Waiter waiter) {
    waiters.add(waiter);
    grant();
  }

  /// Waits no more.
  public void leave(Waiter waiter) {
    if (waiters.remove(waiter)) {
      grant();
    }
  }

  /// A grant may end a request at once, and so come back here: then the loop below goes on.
  private void grant() {
    if (granting) {
      return;
    }
    granting = true;
    while (!waiters.isEmpty()) {
      Waiter first = waiters.getFirst();
      long bytes = first.missingBytes();
      if (bytes > 0 && !fits(bytes)) {
        break;
      }
      waiters.removeFirst();
      if (bytes > 0) {
        grantedBytes += bytes;
        notePeak();
        grant(first, bytes);
      }
    }
    granting = false;
  }

  /// The request may be of another session than the one whose turn it is.
  private static void grant(Waiter waiter, long bytes) {
    try {
      waiter.granted(bytes);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  private void notePeak() {
    peakBytes = Math.max(peakBytes, heldBytes());
  }

  /// Memory that requests hold now.
  public long heldBytes() {
    return grantedBytes + unaskedBytes;
  }

  /// The most that requests have held.
  public long peakBytes() {
    return peakBytes;
  }

  /// How many wait.
  public int waiterCount() {
    return waiters.size();
  }
}
