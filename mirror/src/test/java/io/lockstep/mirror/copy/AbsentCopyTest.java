package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node without a disk for the mirror: nothing goes through a copy that is absent.
@Tag("unit")
class AbsentCopyTest {
  private static final long SIZE = 13 << 20;

  private final LocalCopy copy = LocalCopy.absent();

  @Test
  void itIsDisklessAndNothingElse() {
    assertThat(copy.isAttached()).isFalse();
    assertThat(copy.diskState()).isEqualTo(DiskState.DISKLESS);
    assertThat(copy.isFailed()).as("what is not there has not failed").isFalse();
    assertThat(copy.hasStayedWhole()).isFalse();
  }

  @Test
  void whoeverReachesForTheDiskHasABug() {
    List<ThrowingCallable> ways =
        List.of(
            copy::disk,
            copy::metadata,
            copy::superblock,
            copy::bitmap,
            copy::lost,
            copy::replicatedBytes,
            copy::replicatedOffset,
            copy::controlBytes,
            () -> copy.layOut(superblock(), () -> {}),
            () -> copy.fail(IoResult.mediumError("gone")));
    for (ThrowingCallable way : ways) {
      assertThatThrownBy(way)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("this node has a disk for the mirror");
    }
  }

  @Test
  void itBecomesNothingElse() {
    for (DiskState next : DiskState.values()) {
      if (next != DiskState.DISKLESS) {
        assertThatThrownBy(() -> copy.to(next, "a disk fell from the sky"))
            .isInstanceOf(AssertionError.class)
            .hasMessageContaining("disk state");
      }
    }
    assertThat(copy.diskState()).isEqualTo(DiskState.DISKLESS);
  }

  /// An end in order has nothing to wait for.
  @Test
  void nothingIsUnderWayAndThereIsNothingToLetGo() {
    assertThat(copy.isIdle()).isTrue();
    copy.letGo();
    assertThat(copy.isIdle()).isTrue();
  }

  /// What the node knows of the history is its own: it does not need the disk.
  @Test
  void theLedgerIsThereWithoutIt() {
    var ledger = new Ledger(new LedgerInMemory());
    var results = new ArrayList<IoResult>();
    ledger.update(now -> now.withTerm(5, 1), results::add);
    assertThat(results).containsExactly(IoResult.OK);
    assertThat(ledger.term()).isEqualTo(5);
    assertThat(copy.diskState()).isEqualTo(DiskState.DISKLESS);
  }

  private static Superblock superblock() {
    return Superblock.created(
        new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 1),
        new Superblock.Geometry(SIZE, 512, 4096, 16),
        FreshLayout.of(SIZE, 8 << 20, new UUID(5, 6)));
  }
}
