package io.lockstep.nbd.session;

import io.lockstep.block.Check;
import io.lockstep.block.MemoryBudget;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The memory of a session's requests. One at a time waits for some: while it does, nothing more is
/// taken from the client.
///
/// Invariant: a request goes on only with all the memory that its data take, granted by the
/// [MemoryBudget] and within the session's own limit, which one request alone may exceed.
final class RequestMemory implements MemoryBudget.Waiter {
  private final MemoryBudget budget;
  private final long bytesMax;
  private final Consumer<NbdRequest> granted;
  private @Nullable NbdRequest waiting;
  private long waitingBytes;
  private long grantedBytes;

  /// @param granted takes a request that waited and has its memory now
  RequestMemory(MemoryBudget budget, long bytesMax, Consumer<NbdRequest> granted) {
    this.budget = budget;
    this.bytesMax = bytesMax;
    this.granted = granted;
  }

  /// @return whether it has its memory; else it waits
  boolean take(NbdRequest request, long bytes) {
    Check.that(waiting == null, "one waits for memory");
    if (isWithinLimit(bytes) && budget.take(bytes)) {
      give(request, bytes);
      return true;
    }
    waiting = request;
    waitingBytes = bytes;
    return false;
  }

  /// To be called when the one that waits is ready to be granted its memory.
  void await() {
    if (waiting != null && isWithinLimit(waitingBytes)) {
      budget.await(this);
    }
  }

  boolean isAwaited() {
    return waiting != null;
  }

  /// Nobody waits any more.
  ///
  /// @return the one that did
  @Nullable NbdRequest giveUp() {
    NbdRequest request = waiting;
    waiting = null;
    budget.leave(this);
    return request;
  }

  /// A request needs its memory no more.
  void release(NbdRequest request) {
    long bytes = request.grantedBytes;
    request.grantedBytes = 0;
    grantedBytes -= bytes;
    budget.giveBack(bytes);
    await();
  }

  private boolean isWithinLimit(long bytes) {
    return grantedBytes == 0 || grantedBytes + bytes <= bytesMax;
  }

  private void give(NbdRequest request, long bytes) {
    request.grantedBytes = bytes;
    grantedBytes += bytes;
  }

  @Override
  public long missingBytes() {
    return waiting != null && isWithinLimit(waitingBytes) ? waitingBytes : 0;
  }

  @Override
  public void granted(long bytes) {
    NbdRequest request = Check.present(waiting, "one waits for memory");
    waiting = null;
    give(request, bytes);
    granted.accept(request);
  }
}
