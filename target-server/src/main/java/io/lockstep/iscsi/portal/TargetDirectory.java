package io.lockstep.iscsi.portal;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.scsi.ScsiTarget;
import java.util.List;
import java.util.Optional;

/// Which targets there are, and for whom. Asked on the portal's own loop; answers at once, from
/// memory. The daemon implements it.
public interface TargetDirectory {
  /// The IQNs that this initiator may see, for SendTargets; empty while it is not known which there
  /// are. Discovery is turned away then (login status 0301): an initiator would take a list of none
  /// for the truth.
  Optional<List<String>> targets(String initiatorName);

  /// The target with this IQN, for this initiator.
  Answer find(String initiatorName, String iqn);

  /// What another node of the pair is told that asks who serves (see
  /// [io.lockstep.iscsi.login.RoleKey]); empty for everybody else.
  Optional<String> role(String question);

  /// What is behind an IQN.
  sealed interface Answer {
    /// A target that takes the login.
    ///
    /// @param loop the owner of the target: every session with it lives there
    /// @param relativeTargetPort the number of this node's port of it, 1 to 65535
    /// @param named whether it names this initiator, and is not just open to everybody
    record Serves(ScsiTarget target, RingLoop loop, int relativeTargetPort, boolean named)
        implements Answer {}

    /// There certainly is no such target (login status 0203): an initiator gives up for good.
    record NotFound() implements Answer {}

    /// This initiator may not use it (login status 0202).
    record NotAllowed() implements Answer {}

    /// It does not take logins now, or is not known yet; try again (login status 0301).
    record Busy() implements Answer {}
  }
}
