package io.lockstep.mirror.meta;

import io.lockstep.mirror.meta.SuperblockDecoded.Blank;
import io.lockstep.mirror.meta.SuperblockDecoded.Damaged;
import io.lockstep.mirror.meta.SuperblockDecoded.Foreign;
import io.lockstep.mirror.meta.SuperblockDecoded.Ok;
import io.lockstep.mirror.meta.SuperblockDecoded.TooNew;
import io.lockstep.mirror.meta.SuperblockDecoded.TooOld;

/// Which of the two copies counts.
///
/// A superblock is written like this: one copy, flush, the other, flush, both with the same new
/// sequence, and first the one that is no good, if one is. So at each moment at most one copy is
/// being changed, and whichever is intact with the higher sequence is a state that the node may go
/// on from: a torn first copy means that the new state was never acted upon.
public final class SuperblockPair {
  private SuperblockPair() {}

  /// The outcome.
  public sealed interface Choice {
    /// Go on with `superblock`.
    record Chosen(Superblock superblock) implements Choice {}

    /// Both copies are blank: the disk was never laid out.
    record Unformatted() implements Choice {}

    /// The disk cannot be attached.
    ///
    /// @param sentence what was found, and what to do, for people
    record Refused(String sentence) implements Choice {}
  }

  /// Chooses; a copy that could not be read is passed as [Damaged].
  public static Choice choose(SuperblockDecoded copyA, SuperblockDecoded copyB) {
    if (copyA instanceof TooNew(String reason)) {
      return tooNew(reason);
    }
    if (copyB instanceof TooNew(String reason)) {
      return tooNew(reason);
    }
    if (copyA instanceof Ok(Superblock a)) {
      return copyB instanceof Ok(Superblock b) ? newer(a, b) : new Choice.Chosen(a);
    }
    if (copyB instanceof Ok(Superblock b)) {
      return new Choice.Chosen(b);
    }
    if (copyA instanceof Blank && copyB instanceof Blank) {
      return new Choice.Unformatted();
    }
    if (copyA instanceof TooOld(String reason)) {
      return tooOld(reason);
    }
    if (copyB instanceof TooOld(String reason)) {
      return tooOld(reason);
    }
    return new Choice.Refused(
        "No usable superblock: copy A %s, copy B %s. If the data is not needed, lay the disk out"
                .formatted(said(copyA), said(copyB))
            + " anew and let it resync from the other node; if it is, keep the disk untouched.");
  }

  private static Choice newer(Superblock a, Superblock b) {
    if (!a.identity().equals(b.identity()) || !a.geometry().equals(b.geometry())) {
      return new Choice.Refused(
          "The two superblock copies belong to different mirrors, pair %s and pair %s; the disk was"
                  .formatted(a.identity().pairName(), b.identity().pairName())
              + " overwritten in part. Lay it out anew and let it resync from the other node.");
    }
    if (a.sequence() > b.sequence()) {
      return new Choice.Chosen(a);
    }
    if (b.sequence() > a.sequence()) {
      return new Choice.Chosen(b);
    }
    if (!a.equals(b)) {
      return new Choice.Refused(
          "The two superblock copies have the same sequence %d and different content; lay the disk"
                  .formatted(a.sequence())
              + " out anew and let it resync from the other node.");
    }
    return new Choice.Chosen(a);
  }

  private static Choice tooNew(String reason) {
    return new Choice.Refused(
        "A later release wrote this disk (%s), and nothing is wrong with it; install that release"
                .formatted(reason)
            + " or a later one on this node.");
  }

  private static Choice tooOld(String reason) {
    return new Choice.Refused(
        "A build before the first release wrote this disk (%s), and no release reads it. Copy what"
                .formatted(reason)
            + " is needed off the disk with that build, then blank the disk and lay it out anew.");
  }

  private static String said(SuperblockDecoded copy) {
    return switch (copy) {
      case Ok _ -> "is intact";
      case Blank _ -> "is blank";
      case Foreign _ -> "holds something else than a superblock";
      case Damaged(String reason) -> "is damaged (" + reason + ")";
      case TooOld(String reason) -> "is of an earlier build (" + reason + ")";
      case TooNew(String reason) -> "is of a later release (" + reason + ")";
    };
  }
}
