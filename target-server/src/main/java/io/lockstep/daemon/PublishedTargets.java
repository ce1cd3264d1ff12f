package io.lockstep.daemon;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.node.TargetPicture;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The targets of one mirror for the portal, which lives on another loop: a picture that the
/// mirror's loop replaces in the same turn in which something changes, so before anybody hears of
/// the change. That there are no others is believed for [#SURE_NANOS_MAX] only: a mirror whose loop
/// stands still may miss that it is out of date. Written on the mirror's loop, read on any.
final class PublishedTargets implements TargetDirectory {
  /// Less than a Primary waits for a silent Secondary before it goes on alone; the mirror's loop
  /// says it anew every second.
  static final long SURE_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  private static final long REFRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final RingLoop loop;
  private final LongSupplier nowNanos;
  private volatile TargetPicture targets = TargetPicture.NONE;
  private volatile Known known = new Known(TargetPicture.Knowledge.NONE, 0);
  private volatile @Nullable Told told;

  /// How well the targets are known, as was said then.
  private record Known(TargetPicture.Knowledge knowledge, long atNanos) {}

  /// What is told whoever asks so for the role.
  private record Told(String question, String answer) {}

  /// @param loop the targets' owner, to which each session moves
  PublishedTargets(RingLoop loop) {
    this(loop, loop::nowNanos);
  }

  /// @param nowNanos the loop's time
  PublishedTargets(RingLoop loop, LongSupplier nowNanos) {
    this.loop = loop;
    this.nowNanos = nowNanos;
  }

  void targets(TargetPicture newTargets) {
    targets = newTargets;
  }

  void known(TargetPicture.Knowledge knowledge) {
    long now = nowNanos.getAsLong();
    Known before = known;
    if (before.knowledge != knowledge || now - before.atNanos > REFRESH_NANOS) {
      known = new Known(knowledge, now);
    }
  }

  void role(String question, String answer) {
    told = new Told(question, answer);
  }

  /// Looked at before the targets: these are published first.
  private TargetPicture.Knowledge knowledge() {
    Known now = known;
    boolean stale = nowNanos.getAsLong() - now.atNanos > SURE_NANOS_MAX;
    return now.knowledge == TargetPicture.Knowledge.ALL && stale
        ? TargetPicture.Knowledge.SOME
        : now.knowledge;
  }

  @Override
  public Optional<List<String>> targets(String initiatorName) {
    TargetPicture.Knowledge knowledge = knowledge();
    return targets.visibleTo(initiatorName, knowledge);
  }

  @Override
  public Optional<String> role(String question) {
    return Optional.ofNullable(told).filter(one -> one.question.equals(question)).map(Told::answer);
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    TargetPicture.Knowledge knowledge = knowledge();
    return switch (targets.find(initiatorName, iqn, knowledge)) {
      case TargetPicture.Found.Serves(var target, int relativePort, boolean named) ->
          new Answer.Serves(target, loop, relativePort, named);
      case TargetPicture.Found.Nothing _ -> new Answer.NotFound();
      case TargetPicture.Found.NotAllowed _ -> new Answer.NotAllowed();
      case TargetPicture.Found.Busy _ -> new Answer.Busy();
    };
  }
}
