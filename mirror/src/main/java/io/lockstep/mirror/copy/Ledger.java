package io.lockstep.mirror.copy;

import io.lockstep.block.Completion;
import io.lockstep.mirror.meta.LedgerEntry;
import io.lockstep.mirror.state.Generations;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/// What this node knows of the mirror's history: the term, who was Primary in it, and the
/// generations of the data. It is the node's, not the disk's: it says nothing of how good the copy
/// is. Whoever uses it does not see who keeps it ([Keeper]).
///
/// A change counts when it is durable, and not before. What changes both the ledger and the copy is
/// one step on the copy's disk ([Metadata#update]), so that a crash leaves both or neither. Belongs
/// to the mirror's loop.
public final class Ledger {
  private final Keeper keeper;

  public Ledger(Keeper keeper) {
    this.keeper = keeper;
  }

  /// Where the ledger is kept. A node with a disk keeps it in its records there ([LedgerOnDisk]);
  /// for one without, its peer could.
  public interface Keeper {
    /// What is known durably.
    LedgerEntry entry();

    /// Applies `change` to what is known then, after the changes that were asked for before, and
    /// makes it durable. A keeper that cannot is no keeper any more, and has said so where that
    /// matters before `done` hears of it.
    void update(UnaryOperator<LedgerEntry> change, Completion done);
  }

  /// The highest term this node has heard of.
  public long term() {
    return keeper.entry().term();
  }

  /// The last Primary known in that term, or [LedgerEntry#PRIMARY_NONE].
  public int primaryNode() {
    return keeper.entry().primaryNode();
  }

  /// Which data this node holds, and which it held.
  public Generations generations() {
    return keeper.entry().generations();
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
  /// makes it durable. If it fails, whoever depends on the keeper knows that already: nobody who
  /// asks for a change has to pass it on.
  public void update(UnaryOperator<LedgerEntry> change, Completion done) {
    keeper.update(change, done);
  }
}
