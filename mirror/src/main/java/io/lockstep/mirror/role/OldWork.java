package io.lockstep.mirror.role;

import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.write.PeerWrites;
import io.lockstep.mirror.write.WritePath;

/// What an earlier role has left under way on the disk: a write for a Primary of before, or this
/// node's own from when it was Primary. Until it has ended no new role and no new link may write
/// there, since the old write could land on top of theirs. Belongs to the mirror's loop.
public final class OldWork {
  private final OwnRole role;
  private final WritePath writes;
  private final PeerWrites peerWrites;

  public OldWork(OwnRole role, WritePath writes, PeerWrites peerWrites) {
    this.role = role;
    this.writes = writes;
    this.peerWrites = peerWrites;
  }

  /// Whether all of it has ended.
  public boolean isDone() {
    return peerWrites.isDrained() && (role.isPrimary() || writes.isIdle());
  }
}
