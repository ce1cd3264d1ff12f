package io.lockstep.mirror.state;

import java.util.List;
import java.util.function.Consumer;

/// Parties for tests: one to begin with, and copies that differ in what their name says.
final class Parties {
  private Parties() {}

  /// A Secondary that has been killed, Consistent, without a bit, in term 2 of node 0.
  static Party party(int id, Generations generations) {
    return new Party(
        id,
        generations,
        2,
        0,
        Role.SECONDARY,
        DiskState.CONSISTENT,
        false,
        false,
        false,
        false,
        0,
        0);
  }

  /// A disk that was laid out to join.
  static Party newDisk(int id) {
    return new Party(
        id,
        Generations.NONE,
        0,
        -1,
        Role.SECONDARY,
        DiskState.INCONSISTENT,
        true,
        false,
        false,
        false,
        0,
        10);
  }

  static Generations generations(long current, long bitmap, Long... history) {
    return new Generations(current, bitmap, List.of(history));
  }

  static Party withDisk(Party base, DiskState disk, long bits) {
    return changed(
        base,
        draft -> {
          draft.diskState = disk;
          draft.outOfSyncBlocks = bits;
        });
  }

  static Party primary(Party base, boolean wrote) {
    return changed(
        base,
        draft -> {
          draft.role = Role.PRIMARY;
          draft.diskState = DiskState.UP_TO_DATE;
          draft.primaryNode = base.nodeId();
          draft.wrote = wrote;
        });
  }

  static Party keptAll(Party base) {
    return changed(base, draft -> draft.keptAll = true);
  }

  /// The disk carries the failed mark.
  static Party failed(Party base) {
    return changed(base, draft -> draft.failed = true);
  }

  static Party inTerm(Party base, long term, int primaryNode) {
    return changed(
        base,
        draft -> {
          draft.term = term;
          draft.primaryNode = primaryNode;
        });
  }

  /// Gives up its changes at a split from `generation`.
  static Party consenting(Party base, long generation) {
    return changed(base, draft -> draft.consentGeneration = generation);
  }

  private static Party changed(Party base, Consumer<Draft> change) {
    var draft = new Draft(base);
    change.accept(draft);
    return new Party(
        base.nodeId(),
        base.generations(),
        draft.term,
        draft.primaryNode,
        draft.role,
        draft.diskState,
        base.newDisk(),
        draft.wrote,
        draft.keptAll,
        draft.failed,
        draft.consentGeneration,
        draft.outOfSyncBlocks);
  }

  private static final class Draft {
    private long term;
    private int primaryNode;
    private Role role;
    private DiskState diskState;
    private boolean wrote;
    private boolean keptAll;
    private boolean failed;
    private long consentGeneration;
    private long outOfSyncBlocks;

    private Draft(Party base) {
      term = base.term();
      primaryNode = base.primaryNode();
      role = base.role();
      diskState = base.diskState();
      wrote = base.wrote();
      keptAll = base.keptAll();
      failed = base.failed();
      consentGeneration = base.consentGeneration();
      outOfSyncBlocks = base.outOfSyncBlocks();
    }
  }
}
