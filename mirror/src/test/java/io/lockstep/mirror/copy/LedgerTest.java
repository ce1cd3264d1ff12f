package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.LedgerEntry;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a node knows of the mirror's history is there again after a restart, and a change of it
/// leaves alone what is said of the copy.
@Tag("unit")
class LedgerTest {
  private static final long SIZE = 13 << 20;

  private final VirtualLoop loop = new VirtualLoop();
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, 16 << 20, 512, 4096), loop);
  private final List<Metadata> attached = new ArrayList<>();

  private LocalCopy copy(boolean layOut) {
    attached.clear();
    var gate = new DiskGate(loop, disk);
    var backing = new Backing(loop, gate, new BufferPool(1 << 20));
    if (layOut) {
      var identity = new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 1);
      var geometry = new Superblock.Geometry(SIZE, 512, 4096, 16);
      DiskLayout layout = FreshLayout.of(SIZE, 8 << 20, new UUID(5, 6));
      Attaching.layOut(
          backing, Attaching.firstSuperblock(identity, geometry, layout, 7), this::ended);
    } else {
      Attaching.attach(backing, "disk", this::ended);
    }
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
    return LocalCopy.on(new AttachedDisk("disk", gate, backing, attached.getFirst()));
  }

  private void ended(Attaching.Outcome outcome) {
    switch (outcome) {
      case Attaching.Attached(Metadata metadata, List<MirrorEvent> _) -> attached.add(metadata);
      case Attaching.NotAttached(Refusal refusal) -> throw new AssertionError(refusal.sentence());
    }
  }

  @Test
  void aChangeCountsWhenItIsDurableAndTheCopyStaysAsItIs() {
    LocalCopy copy = copy(true);
    var ledger = new Ledger(new LedgerOnDisk(copy));
    long term = ledger.term();
    assertThat(ledger.primaryNode()).isEqualTo(1);
    assertThat(ledger.generations().current()).isEqualTo(7);
    var facts = copy.superblock().facts();
    var results = new ArrayList<IoResult>();
    ledger.update(now -> now.withTerm(term + 1, LedgerEntry.PRIMARY_NONE), results::add);
    ledger.update(now -> now.withGenerations(now.generations().rotated(8)), results::add);
    assertThat(ledger.term()).as("not yet durable").isEqualTo(term);
    loop.runUntil(() -> results.size() == 2, 10_000);
    assertThat(results).containsOnly(IoResult.OK);

    LocalCopy later = copy(false);
    var again = new Ledger(new LedgerOnDisk(later));
    assertThat(again.term()).isEqualTo(term + 1);
    assertThat(again.primaryNode()).isEqualTo(LedgerEntry.PRIMARY_NONE);
    assertThat(again.generations()).isEqualTo(ledger.generations());
    assertThat(again.generations().bitmap()).isEqualTo(7);
    assertThat(later.superblock().facts()).isEqualTo(facts);
  }

  /// So nobody who asks for a change has to pass a failure on.
  @Test
  void aRecordThatCannotBeWrittenFailsTheCopyBeforeAnybodyHearsOfIt() {
    LocalCopy copy = copy(true);
    copy.serve(new NobodyWrites(), () -> {});
    var ledger = new Ledger(new LedgerOnDisk(copy));
    long term = ledger.term();
    disk.failing(
        operation ->
            operation.kind() == FaultFilter.Kind.WRITE
                ? IoResult.mediumError("no more")
                : IoResult.OK);
    var failedWhenTold = new ArrayList<Boolean>();
    ledger.update(
        now -> now.withTerm(term + 1, 0),
        result -> failedWhenTold.add(!result.isOk() && copy.isFailed()));
    loop.runUntil(() -> !failedWhenTold.isEmpty(), 10_000);
    assertThat(failedWhenTold).containsExactly(true);
    assertThat(ledger.term()).isEqualTo(term);
  }

  /// The ledger does not see who keeps it.
  @Test
  void anybodyCanKeepIt() {
    var ledger = new Ledger(new LedgerInMemory());
    var results = new ArrayList<IoResult>();
    ledger.update(now -> now.withTerm(3, 1), results::add);
    assertThat(results).containsExactly(IoResult.OK);
    assertThat(ledger.term()).isEqualTo(3);
    assertThat(ledger.primaryNode()).isEqualTo(1);
    assertThat(ledger.generations()).isEqualTo(Generations.NONE);
  }

  private static final class NobodyWrites implements LogUser {
    @Override
    public void extentsHot() {}

    @Override
    public long retiredEpoch() {
      return 0;
    }

    @Override
    public void retireEpochs() {}
  }

  @Test
  void aFreshGenerationIsNoneThatIsKnown() {
    Iterator<Long> dice = List.of(0L, 7L, 0L, 9L).iterator();
    var ledger = new Ledger(new LedgerOnDisk(copy(true)));
    assertThat(ledger.freshGeneration(dice::next)).isEqualTo(9);
  }
}
