package io.lockstep.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LedgerInMemory;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Role;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rooms of a node without a disk for the mirror. They can be made, and the node can say what
/// it is. To serve from the other node's disk is not built yet.
@Tag("unit")
class DisklessTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final Ledger ledger = new Ledger(new LedgerInMemory());
  private final Mirror mirror = diskless();

  private Mirror diskless() {
    var identity = new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 1);
    var config = new MirrorConfig("b", "main", "none", "test", MirrorConfig.Limits.DEFAULT);
    var environment =
        new Environment(
            loop,
            new BufferPool(1 << 20),
            new NoWay(),
            () -> 77,
            PeerInquiry.NONE,
            Witness.NONE,
            loop::nowNanos);
    LocalCopy copy = LocalCopy.absent();
    var rooms = new Rooms(environment, config, identity, ledger, copy);
    return new Mirror(rooms, config, identity, ledger, copy);
  }

  @Test
  void theStatusSaysDiskless() {
    ledger.update(now -> now.withTerm(6, 0), _ -> {});
    MirrorStatus status = mirror.status();
    assertThat(status.diskState()).isEqualTo(DiskState.DISKLESS);
    assertThat(mirror.diskState()).isEqualTo(DiskState.DISKLESS);
    assertThat(status.identity().nodeId()).isEqualTo(1);
    assertThat(status.role()).isEqualTo(Role.SECONDARY);
    assertThat(status.connectionState()).isEqualTo(ConnectionState.STAND_ALONE);
    assertThat(status.term()).as("what it knows of the history is its own").isEqualTo(6);
    assertThat(status.replicatedBytes()).as("nobody has told it").isZero();
    assertThat(status.outOfSyncBytes()).isZero();
  }

  @Test
  void nothingIsReadOrWrittenThroughIt() {
    ByteBuffer block = ByteBuffer.allocateDirect(4096);
    assertThatThrownBy(
            () -> mirror.device().write(0, block, Durability.FUA, DisklessTest::unexpected))
        .hasMessageContaining("this node has a disk for the mirror");
    assertThatThrownBy(() -> mirror.device().read(0, block, DisklessTest::unexpected))
        .hasMessageContaining("this node has a disk for the mirror");
    assertThatThrownBy(() -> mirror.replica().read(0, block, DisklessTest::unexpected))
        .hasMessageContaining("this node has a disk for the mirror");
  }

  private static void unexpected(IoResult result) {
    throw new AssertionError("it was answered: " + result);
  }

  private static final class NoWay implements PeerTransport {
    @Override
    public void enable(Listener listener) {}

    @Override
    public void disable(String reason) {}
  }
}
