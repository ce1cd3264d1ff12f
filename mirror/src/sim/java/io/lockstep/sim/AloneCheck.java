package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// I4: when something is acknowledged without the other node, the disks tell, after a power cut
/// too, that one of them holds more.
final class AloneCheck {
  private final SimWorld world;
  private final Seen[] seen = {new Seen(), new Seen()};

  AloneCheck(SimWorld world) {
    this.world = world;
  }

  /// Something was just acknowledged that the disk of `lacking` need not have.
  void check(int lacking) {
    int holding = 1 - lacking;
    if (world.host(lacking).isBlank()) {
      return; // A new disk that is being laid out.
    }
    Superblock mine = seen[holding].superblock(world.host(holding).disk().media());
    Superblock other = seen[lacking].superblock(world.host(lacking).disk().media());
    boolean incomplete = other.diskState() == DiskState.INCONSISTENT || other.failed();
    if (incomplete || other.generations().current() == 0) {
      return; // It says itself that it lacks something.
    }
    Check.that(
        mine.generations().current() != other.generations().current(),
        "I4: acknowledged alone under the generation that the other disk has, node",
        holding,
        mine.generations().current());
  }

  /// The superblock of a node as it was read last: it seldom changes from one write to the next.
  private static final class Seen {
    private final ByteBuffer now = ByteBuffer.allocate(2 * DiskLayout.SUPERBLOCK_BYTES);
    private final ByteBuffer last = ByteBuffer.allocate(2 * DiskLayout.SUPERBLOCK_BYTES);
    private @Nullable Superblock superblock;

    Superblock superblock(SimMedia media) {
      media.readStable(DiskLayout.SUPERBLOCK_A_OFFSET, now.slice(0, DiskLayout.SUPERBLOCK_BYTES));
      media.readStable(
          DiskLayout.SUPERBLOCK_B_OFFSET,
          now.slice(DiskLayout.SUPERBLOCK_BYTES, DiskLayout.SUPERBLOCK_BYTES));
      Superblock known = superblock;
      if (known == null || !now.equals(last)) {
        known = StableRecord.superblock(media);
        superblock = known;
        last.put(0, now, 0, now.capacity());
      }
      return known;
    }
  }
}
