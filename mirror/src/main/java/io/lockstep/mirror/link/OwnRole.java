package io.lockstep.mirror.link;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import org.jspecify.annotations.Nullable;

/// This node's role, and what stands against a change of it. Who may change it is `Roles`'s, with
/// `Promotion` and `SteppingDown`. Belongs to the mirror's loop.
public final class OwnRole {
  private final LocalCopy copy;
  private final Notices notices;
  private final Waits waits;
  private final String nodeName;

  private Role role = Role.SECONDARY;
  private boolean busy;
  private boolean disconnecting;
  private boolean accepting;
  private boolean ending;
  private boolean closed;

  /// On which link a handover is being agreed to; a later link ends that.
  private @Nullable PeerSession followedOn;

  /// @param copy what it would serve
  public OwnRole(LocalCopy copy, Outside outside) {
    this.copy = copy;
    this.notices = outside.notices();
    this.waits = outside.waits();
    this.nodeName = outside.config().nodeName();
  }

  /// What this node is.
  public Role role() {
    return role;
  }

  /// Whether it serves, or is about to stop.
  public boolean isPrimary() {
    return role == Role.PRIMARY;
  }

  /// @param why in a few words, for people
  public void to(Role next, String why) {
    Role before = role;
    Check.that(before.mayBecome(next, copy.diskState()), "role", before.code(), next.code());
    role = next;
    if (next != before) {
      notices.happened(new MirrorEvent.RoleChanged(before, next, why));
      waits.look();
    }
  }

  /// Why nothing is begun or answered well any more; null while this node serves.
  public @Nullable IoResult refusal() {
    if (copy.isFailed()) {
      return copy.failure();
    }
    return isPrimary() ? null : IoResult.notReady(nodeName + " is no longer Primary");
  }

  /// Whether a change of role is under way.
  public boolean isBusy() {
    return busy;
  }

  /// A change of role begins or has ended.
  public void busy(boolean value) {
    busy = value;
    waits.look();
  }

  /// Whether a disconnect waits for its confirmation.
  public boolean isDisconnecting() {
    return disconnecting;
  }

  /// A disconnect begins to wait for its confirmation, or waits no more.
  public void disconnecting(boolean value) {
    disconnecting = value;
    waits.look();
  }

  /// Whether the device takes new I/O.
  public boolean isAccepting() {
    return accepting && !closed;
  }

  /// Whether the device takes new I/O from now on.
  public void accepting(boolean value) {
    accepting = value;
  }

  /// Whether the other node is becoming Primary with this node's consent.
  public boolean isFollowing() {
    return followedOn != null && followedOn.isAlive();
  }

  /// Whether it was asked for that on this link.
  @SuppressWarnings("ReferenceEquality") // A session is itself, not its equal.
  public boolean isFollowing(PeerSession session) {
    return isFollowing() && followedOn == session;
  }

  /// The other node becomes Primary with this node's consent, asked for on `session`.
  public void follow(PeerSession session) {
    followedOn = session;
  }

  /// That handover is over, or is not agreed to any more.
  public void followsNoMore() {
    followedOn = null;
    waits.look();
  }

  /// Whether the node shuts down: no change of role is begun any more.
  public boolean isEnding() {
    return ending;
  }

  /// The node shuts down.
  public void end() {
    ending = true;
    waits.look();
  }

  /// Whether the node has ended: it serves no more, whatever role it could not leave.
  public boolean isClosed() {
    return closed;
  }

  /// The node has ended.
  public void close() {
    closed = true;
  }
}
