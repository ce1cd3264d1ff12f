package io.lockstep.scenario;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.disk.DiskOptions;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.block.filter.Filter;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.lab.Tool;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.EmbeddedEngines;
import io.lockstep.volume.embedded.EngineOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// Does to the disks of a large pair, before a daemon has them, what would take days: it makes
/// volumes without writing the zeroes that sparse files have already, and makes the second disk a
/// copy of the first, so that the two begin in sync.
final class LargePair {
  private LargePair() {}

  /// Makes a volume of nearly all there is, `most`, and one behind it, `last`, on a disk that was
  /// laid out and never attached.
  static void makeVolumes(Path disk, long lastBytes) throws IOException {
    Superblock superblock = superblock(disk);
    DiskLayout layout = superblock.layout();
    try (RingLoop loop = RingLoop.start("volumes", LoopKind.best(), Fatal.HALT)) {
      if (!(LocalDisk.open(loop, disk, DiskOptions.DEFAULT)
          instanceof LocalDisk.Opened.Ready(LocalDisk opened))) {
        throw new AssertionError("cannot open " + disk);
      }
      var data =
          new BlockRange(
              layout.replicatedOffset() + layout.controlBytes(),
              layout.replicatedBytes() - layout.controlBytes());
      String pair = superblock.identity().pairName();
      var options =
          new EngineOptions("lockstep_" + pair, "lockstep-" + pair, "test", new Random(5), () -> 0);
      OpenResult found =
          await(
              loop,
              done -> {
                var space = new SliceDevice(new Sparse(opened, loop), loop, data);
                new EmbeddedEngines(options).open(space, loop, new BufferPool(8 << 20), done);
              });
      VolumeEngine engine =
          switch (found) {
            case OpenResult.Ready(VolumeEngine ready) -> ready;
            case OpenResult.Refused refused -> throw new AssertionError(refused.toString());
          };
      long free = engine.group().freeBytes();
      create(loop, engine, "most", free - lastBytes);
      create(loop, engine, "last", lastBytes);
      LargePair.<IoResult>await(loop, done -> engine.close(done::accept));
      LargePair.<IoResult>await(loop, done -> opened.close(done::accept));
    }
  }

  private static void create(RingLoop loop, VolumeEngine engine, String name, long bytes) {
    VolumeResult made = await(loop, done -> engine.create(name, bytes, done));
    if (!(made instanceof VolumeResult.Done)) {
      throw new AssertionError(name + ": " + made);
    }
  }

  /// What was never written is zero.
  private static final class Sparse extends Filter {
    private final Loop loop;

    Sparse(BlockDevice next, Loop loop) {
      super(next);
      this.loop = loop;
    }

    @Override
    public void writeZeroes(long offset, long length, Durability durability, Completion done) {
      loop.execute(() -> done.completed(IoResult.OK));
    }
  }

  /// Makes `second` what the other node's disk is when both are in sync.
  static void copy(Path first, Path second) throws IOException {
    Tool.run("cp", "--sparse=always", first, second);
    Superblock one = superblock(first);
    NodeIdentity owner = one.identity();
    var other = new NodeIdentity(owner.pairId(), owner.mirrorId(), owner.pairName(), 1);
    ByteBuffer block = ByteBuffer.allocate(SuperblockCodec.BYTES);
    SuperblockCodec.encode(
        Superblock.created(other, one.geometry(), one.layout())
            .copy()
            .term(one.term())
            .primaryNode(one.primaryNode())
            .generations(one.generations())
            .diskState(DiskState.UP_TO_DATE)
            .allDirty(false)
            .build(),
        block);
    try (FileChannel file = FileChannel.open(second, WRITE)) {
      file.write(block.clear(), DiskLayout.SUPERBLOCK_A_OFFSET);
      file.write(block.clear(), DiskLayout.SUPERBLOCK_B_OFFSET);
      file.force(true);
    }
  }

  private static Superblock superblock(Path disk) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SuperblockCodec.BYTES);
    try (FileChannel file = FileChannel.open(disk, READ)) {
      file.read(block, DiskLayout.SUPERBLOCK_A_OFFSET);
    }
    return switch (SuperblockCodec.decode(block.clear())) {
      case SuperblockDecoded.Ok(Superblock superblock) -> superblock;
      case SuperblockDecoded other -> throw new AssertionError(other.toString());
    };
  }

  private static <T> T await(RingLoop loop, Consumer<Consumer<T>> task) {
    var result = new CompletableFuture<T>();
    loop.execute(() -> task.accept(result::complete));
    return result.join();
  }
}
