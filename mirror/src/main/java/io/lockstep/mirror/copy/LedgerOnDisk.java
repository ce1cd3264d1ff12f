package io.lockstep.mirror.copy;

import io.lockstep.block.Completion;
import io.lockstep.mirror.meta.LedgerEntry;
import java.util.function.UnaryOperator;

/// The ledger in the records of the local disk, in its superblock. A record that cannot be written
/// fails the copy, and whoever depends on that hears of it from there. Belongs to the mirror's
/// loop.
public final class LedgerOnDisk implements Ledger.Keeper {
  private final LocalCopy copy;

  /// @param copy whose disk keeps it, laid out anew meanwhile perhaps
  public LedgerOnDisk(LocalCopy copy) {
    this.copy = copy;
  }

  @Override
  public LedgerEntry entry() {
    return copy.superblock().ledger();
  }

  @Override
  public void update(UnaryOperator<LedgerEntry> change, Completion done) {
    copy.metadata().update(now -> now.withLedger(change.apply(now.ledger())), done);
  }
}
