package io.lockstep.mirror.state;

import java.util.List;

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
    return copy(base, base.role(), disk, base.wrote(), base.keptAll(), base.failed(), bits);
  }

  static Party primary(Party base, boolean wrote) {
    Party copy =
        copy(base, Role.PRIMARY, DiskState.UP_TO_DATE, wrote, false, false, base.outOfSyncBlocks());
    return inTerm(copy, base.term(), base.nodeId());
  }

  static Party keptAll(Party base) {
    return copy(
        base,
        base.role(),
        base.diskState(),
        base.wrote(),
        true,
        base.failed(),
        base.outOfSyncBlocks());
  }

  /// The disk carries the failed mark.
  static Party failed(Party base) {
    return copy(
        base,
        base.role(),
        base.diskState(),
        base.wrote(),
        base.keptAll(),
        true,
        base.outOfSyncBlocks());
  }

  static Party inTerm(Party base, long term, int primaryNode) {
    return new Party(
        base.nodeId(),
        base.generations(),
        term,
        primaryNode,
        base.role(),
        base.diskState(),
        base.newDisk(),
        base.wrote(),
        base.keptAll(),
        base.failed(),
        base.consentGeneration(),
        base.outOfSyncBlocks());
  }

  /// Gives up its changes at a split from `generation`.
  static Party consenting(Party base, long generation) {
    return new Party(
        base.nodeId(),
        base.generations(),
        base.term(),
        base.primaryNode(),
        base.role(),
        base.diskState(),
        base.newDisk(),
        base.wrote(),
        base.keptAll(),
        base.failed(),
        generation,
        base.outOfSyncBlocks());
  }

  private static Party copy(
      Party base,
      Role role,
      DiskState disk,
      boolean wrote,
      boolean keptAll,
      boolean failed,
      long bits) {
    return new Party(
        base.nodeId(),
        base.generations(),
        base.term(),
        base.primaryNode(),
        role,
        disk,
        base.newDisk(),
        wrote,
        keptAll,
        failed,
        base.consentGeneration(),
        bits);
  }
}
