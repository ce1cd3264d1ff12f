package io.lockstep.scsi.lu;

import io.lockstep.scsi.AccessState;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.UnitAttention;

/// How a logical unit can be reached: whether this node's port serves the medium, and what is known
/// of the other one's (SPC-4 5.15, ALUA). Each change is told to all nexuses.
final class PortAccess {
  private final TargetPort port;
  private final Attentions attentions;
  private boolean serving;
  private boolean otherNodeActive;
  private boolean unavailable;
  private boolean transitioning;

  PortAccess(TargetPort port, Attentions attentions) {
    this.port = port;
    this.attentions = attentions;
  }

  TargetPort port() {
    return port;
  }

  boolean isServing() {
    return serving;
  }

  void serving(boolean now) {
    serving = now;
    attentions.all(UnitAttention.ACCESS_STATE_CHANGED);
  }

  void otherNodeActive(boolean now) {
    boolean changed = now != otherNodeActive;
    otherNodeActive = now;
    tellUnlessServing(changed);
  }

  void unavailable(boolean now) {
    boolean changed = now != unavailable;
    unavailable = now;
    tellUnlessServing(changed);
  }

  void transitioning(boolean now) {
    boolean changed = now != transitioning;
    transitioning = now;
    tellUnlessServing(changed);
  }

  private void tellUnlessServing(boolean changed) {
    if (changed && !serving) {
      attentions.all(UnitAttention.ACCESS_STATE_CHANGED);
    }
  }

  /// The state of a target port group, as far as this node knows.
  AccessState of(int group) {
    if (group == port.group()) {
      return serving ? AccessState.ACTIVE_OPTIMIZED : own();
    }
    boolean active = !serving && otherNodeActive;
    return active ? AccessState.ACTIVE_OPTIMIZED : AccessState.STANDBY;
  }

  private AccessState own() {
    if (unavailable) {
      return AccessState.UNAVAILABLE;
    }
    return transitioning ? AccessState.TRANSITIONING : AccessState.STANDBY;
  }

  /// What a command on the medium is told while this port does not serve.
  ScsiResult.CheckCondition refusal() {
    return switch (own()) {
      case UNAVAILABLE -> ScsiResult.unavailable();
      case TRANSITIONING -> ScsiResult.transitioning();
      case STANDBY, ACTIVE_OPTIMIZED -> ScsiResult.standby();
    };
  }
}
