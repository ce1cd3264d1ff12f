package io.lockstep.mirror.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.NodeIdentity;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk that was just laid out: what is believed of what was there before, and what is left of a
/// layout that broke off.
@Tag("unit")
class FreshDiskTest {
  private static final long SPACE = 296L << 20;
  private static final NodeIdentity OWNER =
      new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 0);

  private final VirtualLoop loop = new VirtualLoop();
  private final FaultFilter disk =
      new FaultFilter(new MemoryDevice(loop, 300 << 20, 512, 4096), loop);
  private final List<Metadata> attached = new ArrayList<>();
  private final List<Long> written = new ArrayList<>();

  /// Pages of an older layout said that nothing is out of sync, with a checksum and all.
  @Test
  void theBitmapOfAnOlderLayoutIsNotBelieved() {
    layOut(7);
    assertThat(attach().bitmap().setCount()).isZero();
    long page = FreshLayout.BITMAP_OFFSET;
    long end = page + 3 * Bitmap.PAGE_BYTES;
    watchWrites();
    layOut(0);
    assertThat(written).as("pages of a disk that joins").noneMatch(at -> at >= page && at < end);

    Metadata joined = attach();
    assertThat(joined.bitmap().setBytes()).isEqualTo(SPACE);
    await(joined::cleanLog);
    assertThat(written).as("and when it stops").noneMatch(at -> at >= page && at < end);

    await(joined::persistBitmap);
    await(done -> joined.update(now -> now.copy().allDirty(false).build(), done));
    Metadata filling = attach();
    assertThat(filling.superblock().allDirty()).isFalse();
    assertThat(filling.bitmap().setBytes()).isEqualTo(SPACE);
  }

  /// The next attempt was refused: the disk was not blank.
  @Test
  void aLayoutThatFailsLeavesTheDiskBlank() {
    disk.failing(
        operation ->
            operation.kind() == FaultFilter.Kind.WRITE
                    && operation.range().offset() >= FreshLayout.BITMAP_OFFSET
                ? IoResult.noSpace("no space is left")
                : IoResult.OK);
    var refusals = new ArrayList<String>();
    var parts =
        new Mirror.Parts(
            loop,
            disk,
            new BufferPool(1 << 20),
            NO_PEER,
            () -> 7,
            PeerInquiry.NONE,
            Witness.NONE,
            CLOCK);
    Mirror.layOut(parts, OWNER, Mirror.Format.usual(true, new UUID(5, 6)), refusals::add);
    loop.runUntil(() -> !refusals.isEmpty(), 10_000);
    assertThat(refusals)
        .containsExactly(
            "The disk was not laid out: no space is left; check the disk and the room under it,"
                + " then lay it out again.");

    ByteBuffer head = ByteBuffer.allocateDirect(3 << 20);
    await(done -> disk.read(0, head, done));
    assertThat(head.mismatch(ByteBuffer.allocate(3 << 20))).isEqualTo(-1);
  }

  private static final BootClock CLOCK = () -> 0;

  private static final PeerTransport NO_PEER =
      new PeerTransport() {
        @Override
        public void enable(Listener listener) {}

        @Override
        public void disable(String reason) {}
      };

  private void watchWrites() {
    disk.failing(
        operation -> {
          if (operation.kind() == FaultFilter.Kind.WRITE) {
            written.add(operation.range().offset());
          }
          return IoResult.OK;
        });
  }

  private void layOut(long generation) {
    attached.clear();
    var geometry = new Superblock.Geometry(SPACE, 512, 4096, 16);
    DiskLayout layout = FreshLayout.of(SPACE, 8 << 20, new UUID(5, 6));
    Superblock first = Attaching.firstSuperblock(OWNER, geometry, layout, generation);
    Attaching.layOut(backing(), first, this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
  }

  private Metadata attach() {
    attached.clear();
    Attaching.attach(backing(), "disk", this::ended);
    loop.runUntil(() -> !attached.isEmpty(), 10_000);
    return attached.getFirst();
  }

  private void await(Consumer<Completion> step) {
    var results = new ArrayList<IoResult>();
    step.accept(results::add);
    loop.runUntil(() -> !results.isEmpty(), 10_000);
    assertThat(results).containsExactly(IoResult.OK);
  }

  private void ended(Attaching.Outcome outcome) {
    switch (outcome) {
      case Attaching.Attached(Metadata metadata, var _) -> attached.add(metadata);
      case Attaching.NotAttached(Refusal why) -> throw new AssertionError(why.sentence());
    }
  }

  private Backing backing() {
    return new Backing(loop, disk, new BufferPool(1 << 20));
  }
}
