package io.lockstep.mirror.meta;

import io.lockstep.block.Refusal;
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
  private static final String ANEW = "lay it out anew and let it resync from the other node";

  private SuperblockPair() {}

  /// The outcome.
  public sealed interface Choice {
    /// Go on with `superblock`.
    record Chosen(Superblock superblock) implements Choice {}

    /// Both copies are blank: the disk was never laid out.
    record Unformatted() implements Choice {}

    /// The disk cannot be attached.
    record Refused(Refusal refusal) implements Choice {}
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
    return refused(
        "it has no usable superblock: copy A %s, copy B %s".formatted(said(copyA), said(copyB)),
        "if the data is not needed, lay the disk out anew and let it resync from the other node;"
            + " if it is, keep the disk untouched");
  }

  private static Choice newer(Superblock a, Superblock b) {
    if (!a.identity().equals(b.identity()) || !a.geometry().equals(b.geometry())) {
      return refused(
          "its two superblock copies belong to different mirrors, pair %s and pair %s: it was"
                  .formatted(a.identity().pairName(), b.identity().pairName())
              + " overwritten in part",
          ANEW);
    }
    if (a.sequence() > b.sequence()) {
      return new Choice.Chosen(a);
    }
    if (b.sequence() > a.sequence()) {
      return new Choice.Chosen(b);
    }
    if (!a.equals(b)) {
      return refused(
          "its two superblock copies have the same sequence %d and different content"
              .formatted(a.sequence()),
          ANEW);
    }
    return new Choice.Chosen(a);
  }

  private static Choice tooNew(String reason) {
    return refused(
        "a later release wrote it (%s), and nothing is wrong with it".formatted(reason),
        "install that release or a later one on this node");
  }

  private static Choice tooOld(String reason) {
    return refused(
        "a build before the first release wrote it (%s), and no release reads it".formatted(reason),
        "copy what is needed off the disk with that build, then blank it and lay it out anew");
  }

  private static Choice refused(String why, String action) {
    return new Choice.Refused(new Refusal("The disk was not attached", why, action));
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
