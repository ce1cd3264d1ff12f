package io.lockstep.volume.snapshot;

import io.lockstep.block.Completion;
import io.lockstep.block.Loop;
import io.lockstep.volume.WriteGate;
import java.util.List;

/// The gate of a volume that has snapshots: a change passes when each of them keeps what it
/// overwrites. Belongs to one loop.
public final class Origin implements WriteGate {
  private final ChangeGate gate;

  /// @param snapshots all of the volume that it is not being rolled back to
  public Origin(Loop loop, List<Snapshot> snapshots) {
    this.gate = new ChangeGate(loop, snapshots.stream().map(Preserving::new).toList());
  }

  private record Preserving(Snapshot snapshot) implements ChunkKeeper {
    @Override
    public int chunkBytes() {
      return snapshot.chunkBytes();
    }

    @Override
    public boolean mustKeep(long chunk) {
      return snapshot.mustPreserve(chunk);
    }

    @Override
    public void keep(long chunk, Completion done) {
      snapshot.preserve(chunk, done);
    }
  }

  @Override
  public boolean admit(long offset, long length, Completion admitted) {
    return gate.admit(offset, length, admitted);
  }
}
