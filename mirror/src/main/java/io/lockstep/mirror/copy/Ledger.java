package io.lockstep.mirror.copy;

import io.lockstep.block.Completion;
import io.lockstep.mirror.meta.LedgerEntry;
import io.lockstep.mirror.state.Generations;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// What this node knows of the mirror's history: the term, who was Primary in it, and the
/// generations of the data. It is the node's, not the disk's: it says nothing of how good the copy
/// is. It is kept in the superblock of the local disk; whoever uses it does not see where, so that
/// a node without a disk can have it kept by its peer.
///
/// A change counts when it is durable, and not before. What changes both the ledger and the copy
/// goes through [Metadata#update], so that a crash leaves both or neither. Belongs to the mirror's
/// loop.
public final class Ledger {
  private final Supplier<Metadata> keeper;

  /// @param keeper the records of the disk that is attached now
  Ledger(Supplier<Metadata> keeper) {
    this.keeper = keeper;
  }

  private LedgerEntry entry() {
    return keeper.get().superblock().ledger();
  }

  /// The highest term this node has heard of.
  public long term() {
    return entry().term();
  }

  /// The last Primary known in that term, or [LedgerEntry#PRIMARY_NONE].
  public int primaryNode() {
    return entry().primaryNode();
  }

  /// Which data this node holds, and which it held.
  public Generations generations() {
    return entry().generations();
  }

  /// A generation that this node has never known.
  ///
  /// @param dice random numbers; 0 is drawn again
  public long freshGeneration(LongSupplier dice) {
    long fresh;
    do {
      fresh = dice.getAsLong();
    } while (fresh == 0 || generations().knows(fresh));
    return fresh;
  }

  /// Applies `change` to what is known then, after the changes that were asked for before, and
  /// makes it durable.
  public void update(UnaryOperator<LedgerEntry> change, Completion done) {
    keeper.get().update(now -> now.withLedger(change.apply(now.ledger())), done);
  }
}
