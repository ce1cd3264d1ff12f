package io.lockstep.daemon;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.node.OfferedTargets;
import java.util.List;
import java.util.Optional;

/// The offered targets as the portal asks for them. Lives where they live.
///
/// @param loop their owner, to which each session moves
record PortalTargets(OfferedTargets targets, RingLoop loop) implements TargetDirectory {
  @Override
  public Optional<List<String>> targets(String initiatorName) {
    return targets.visibleTo(initiatorName);
  }

  @Override
  public Optional<String> role(String question) {
    return targets.role(question);
  }

  @Override
  public Answer find(String initiatorName, String iqn) {
    return switch (targets.find(initiatorName, iqn)) {
      case OfferedTargets.Found.Serves(var target, int relativePort, boolean named) ->
          new Answer.Serves(target, loop, relativePort, named);
      case OfferedTargets.Found.Nothing _ -> new Answer.NotFound();
      case OfferedTargets.Found.NotAllowed _ -> new Answer.NotAllowed();
      case OfferedTargets.Found.Busy _ -> new Answer.Busy();
    };
  }
}
