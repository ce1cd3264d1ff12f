package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Term;

/// What a node knows of the mirror's history. Immutable.
///
/// @param term the highest term this node has heard of
/// @param primaryNode the last Primary known in that term: 0, 1, or [#PRIMARY_NONE]
/// @param generations which data the node holds, and which it held
public record LedgerEntry(long term, int primaryNode, Generations generations) {
  /// No Primary is known.
  public static final int PRIMARY_NONE = -1;

  /// Nothing has happened yet.
  public static final LedgerEntry BLANK = new LedgerEntry(0, PRIMARY_NONE, Generations.NONE);

  public LedgerEntry {
    Check.that(Term.exists(term), "term in range", term, Term.MAX);
    Check.that(primaryNode >= PRIMARY_NONE && primaryNode <= 1, "primary node", primaryNode, 1);
  }

  public LedgerEntry withTerm(long newTerm, int newPrimaryNode) {
    return new LedgerEntry(newTerm, newPrimaryNode, generations);
  }

  public LedgerEntry withGenerations(Generations value) {
    return new LedgerEntry(term, primaryNode, value);
  }
}
