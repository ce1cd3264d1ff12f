package io.lockstep.mirror.link;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;

/// What a mirror tells the daemon around it. Every method runs on the mirror's loop and returns
/// quickly.
public interface MirrorListener {
  /// Something in `Mirror.status()` has changed. Called at most once a turn of the loop.
  void statusChanged();

  /// The role, the disk's state or the connection's has changed, or something has happened that is
  /// no state; called for each of them, at once.
  void happened(MirrorEvent event);

  /// The nodes have met, and this is what they do now.
  void decided(Plan plan);

  /// This node is Primary, durably; `Mirror.device()` serves from now on.
  void becamePrimary();

  /// This node is about to stop being Primary: end what uses `Mirror.device()`, flush it, then run
  /// `released`. New I/O is refused once `released` has run. It may be refused before (another
  /// Primary was met, and this one gave way at once). If the node stays Primary after all,
  /// [#becamePrimary] comes again, perhaps before `released` has run, which then has no effect.
  void leavingPrimary(Runnable released);

  /// The Primary has written `range` of the local copy; a hint to read records again.
  void replicaChanged(BlockRange range);

  /// The other node ends in order, and has said so; its link is lost next.
  void peerEnds();

  /// A bug in the mirror: a wait was over, and nobody said so. Whoever waited goes on now, which is
  /// safe and late. Told once for each kind of wait.
  ///
  /// @param what who has waited for what
  void waitForgotten(String what);
}
