package io.lockstep.node;

import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.TargetPort;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The targets of a mirror as they were at one moment, for whoever wants to log in. Immutable.
///
/// @param targets by their IQNs
public record TargetPicture(int nodeId, Map<String, Shown> targets) {
  public static final TargetPicture NONE = new TargetPicture(0, Map.of());

  public TargetPicture {
    targets = Map.copyOf(targets);
  }

  /// How well this node knows which targets there are.
  public enum Knowledge {
    /// Not at all: nothing has been read yet.
    NONE,
    /// As it was at some time: there may be others by now.
    SOME,
    /// There are no others.
    ALL
  }

  /// A target as a login sees it.
  ///
  /// @param initiators who may use it; empty: everybody
  /// @param takesLogins whether it is known how large each of its logical units is
  public record Shown(ScsiTarget device, List<String> initiators, boolean takesLogins) {
    private boolean allows(String initiatorName) {
      return initiators.isEmpty() || initiators.contains(initiatorName);
    }
  }

  /// What is behind an IQN.
  public sealed interface Found {
    /// A target that takes the login.
    ///
    /// @param relativePort the number of this node's port of it
    /// @param named whether it names this initiator, and is not just open to everybody
    record Serves(ScsiTarget target, int relativePort, boolean named) implements Found {}

    /// There certainly is no such target.
    record Nothing() implements Found {}

    /// This initiator may not use it.
    record NotAllowed() implements Found {}

    /// It does not take logins now, or is not known yet.
    record Busy() implements Found {}
  }

  /// The IQNs that an initiator may see; empty while it is not known which there are.
  public Optional<List<String>> visibleTo(String initiatorName, Knowledge knowledge) {
    if (knowledge == Knowledge.NONE) {
      return Optional.empty();
    }
    return Optional.of(
        targets.entrySet().stream()
            .filter(entry -> entry.getValue().allows(initiatorName))
            .map(Map.Entry::getKey)
            .sorted()
            .toList());
  }

  /// The target with this IQN, for this initiator.
  public Found find(String initiatorName, String iqn, Knowledge knowledge) {
    @Nullable Shown target = targets.get(iqn);
    if (target == null) {
      return knowledge == Knowledge.ALL ? new Found.Nothing() : new Found.Busy();
    }
    if (!target.allows(initiatorName)) {
      return new Found.NotAllowed();
    }
    return target.takesLogins
        ? new Found.Serves(
            target.device,
            TargetPort.ofNode(iqn, nodeId).relativePort(),
            target.initiators.contains(initiatorName))
        : new Found.Busy();
  }
}
