package io.lockstep.mirror.state;

/// The count of changes of Primary. Node *k* takes only terms that are *k* modulo 2, so two
/// promotions that did not know of each other never share one.
public final class Term {
  /// No term is higher: beyond it there would be none left for the next change. What names a higher
  /// one is damaged or lies.
  public static final long MAX = 1L << 62;

  /// How far a peer's term may be ahead of one's own: more changes of Primary than a pair lives to
  /// see.
  public static final long AHEAD_MAX = 1L << 32;

  private Term() {}

  /// The next term that node `nodeId` may take, above `term`.
  public static long next(long term, int nodeId) {
    return term + 1 + ((term + 1 + nodeId) & 1);
  }

  /// Whether `term` is the one in which node `nodeId` was laid out as the first of its pair: a node
  /// becomes Primary in a later one.
  static boolean isFirst(long term, int nodeId) {
    return term == next(0, nodeId);
  }

  /// Whether a node can be in `term` at all.
  public static boolean exists(long term) {
    return term >= 0 && term <= MAX;
  }

  /// Whether `theirs` can be the term of a peer, seen from a node that knows of `own`.
  public static boolean isBelievable(long theirs, long own) {
    return exists(theirs) && theirs <= own + AHEAD_MAX;
  }
}
