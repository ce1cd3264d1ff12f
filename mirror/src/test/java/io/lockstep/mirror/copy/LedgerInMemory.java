package io.lockstep.mirror.copy;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.LedgerEntry;
import java.util.function.UnaryOperator;

/// Keeps a ledger as long as the test runs.
public final class LedgerInMemory implements Ledger.Keeper {
  private LedgerEntry entry = LedgerEntry.BLANK;

  @Override
  public LedgerEntry entry() {
    return entry;
  }

  @Override
  public void update(UnaryOperator<LedgerEntry> change, Completion done) {
    entry = change.apply(entry);
    done.completed(IoResult.OK);
  }
}
