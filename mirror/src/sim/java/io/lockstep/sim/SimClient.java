package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.ActivityLog;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;

/// The initiator of the simulation: writes stamped units, erases, reads and flushes on whichever
/// node serves, as a multipath host does, and holds every answer against [Promises]. Overlapping
/// writes and reads of what is being written happen on purpose.
///
/// Every operation is answered exactly once; one whose node has died is given up.
final class SimClient {
  private static final int BLOCKS_MAX = 12;
  private static final int LARGE_BLOCKS_MAX = 5;
  private static final int LONG_BLOCKS_MAX = 256;
  private static final int PLACES = 12;
  private static final int SPREAD_BLOCKS = 24;

  private final SimWorld world;
  private final SplittableRandom random;
  private final Promises promises;
  private final long sizeBytes;
  private final int blockBytes;
  private final BufferPool buffers = new BufferPool(4 << 20);
  private final LinkedHashSet<Operation> open = new LinkedHashSet<>();
  private long nextStamp = 1;
  private long acknowledgedWrites;

  SimClient(SimWorld world, SplittableRandom random, Promises promises, long sizeBytes) {
    this.world = world;
    this.random = random;
    this.promises = promises;
    this.sizeBytes = sizeBytes;
    this.blockBytes = promises.unitBytes();
  }

  int openOperations() {
    return open.size();
  }

  /// Whether something is open on that node.
  boolean waitsFor(int node) {
    return open.stream().anyMatch(operation -> operation.node == node);
  }

  /// Writes acknowledged so far.
  long acknowledgedWrites() {
    return acknowledgedWrites;
  }

  /// A node has died: no answer of it comes any more; what was open on it may have happened.
  void died(int node) {
    for (Operation operation : List.copyOf(open)) {
      if (operation.node == node) {
        operation.giveUp();
      }
    }
  }

  /// One random operation on a node that serves.
  void operate(int node, BlockDevice device) {
    int dice = random.nextInt(100);
    if (dice < 58) {
      new Writing(node).start(device);
    } else if (dice < 68) {
      new Erasing(node).start(device);
    } else if (dice < 86) {
      new Reading(node).start(device);
    } else {
      new Flushing(node).start(device);
    }
  }

  /// One on a node that does not serve: never zeroes, which tell nobody who wrote them.
  void operateAstray(int node, BlockDevice device) {
    switch (random.nextInt(3)) {
      case 0 -> new Reading(node).start(device);
      case 1 -> new Flushing(node).start(device);
      default -> new Writing(node).start(device);
    }
  }

  /// Overwrites all that is touched by `offset` and `length`, as a host that heals a bad block.
  void overwrite(int node, BlockDevice device, long offset, int length) {
    new Writing(node, offset, length).start(device);
  }

  void flush(int node, BlockDevice device) {
    new Flushing(node).start(device);
  }

  // Few places, so that blocks are hit again and again; in all extents, so that the log turns.
  private long offset(long length) {
    long place = random.nextLong(PLACES) * (sizeBytes / PLACES) / blockBytes * blockBytes;
    long offset = place + random.nextLong(SPREAD_BLOCKS) * blockBytes;
    return Math.min(offset, sizeBytes - length) / blockBytes * blockBytes;
  }

  /// The stamp in every eight bytes.
  private static void fill(ByteBuffer buffer, long stamp, int length) {
    buffer.putLong(0, stamp);
    for (int done = Long.BYTES; done < length; done *= 2) {
      buffer.put(done, buffer, 0, Math.min(done, length - done));
    }
  }

  /// Seldom of many blocks, since each of them is watched from then on.
  private int longLength() {
    return random.nextInt(20) == 0 ? 5 << 20 : (1 + random.nextInt(LONG_BLOCKS_MAX)) * blockBytes;
  }

  /// A place from which `length` bytes reach over a border of extents, where erasures are cut.
  private long acrossExtents(int length) {
    long border =
        (1 + random.nextLong(sizeBytes / ActivityLog.EXTENT_BYTES)) * ActivityLog.EXTENT_BYTES;
    long before = random.nextLong(length / blockBytes + 1) * blockBytes;
    return Math.clamp(border - before, 0, (sizeBytes - length) / blockBytes * blockBytes);
  }

  private int length() {
    return (1 + random.nextInt(blockBytes > 512 ? LARGE_BLOCKS_MAX : BLOCKS_MAX)) * blockBytes;
  }

  /// One operation between its call and its answer.
  private abstract class Operation {
    final int node;
    private boolean answered;
    private boolean givenUp;

    Operation(int node) {
      this.node = node;
      open.add(this);
      world.host(node).used(true);
    }

    final void answered(IoResult result) {
      Check.that(!answered, "an operation is answered once");
      Check.that(!givenUp, "a dead node answers nothing");
      answered = true;
      open.remove(this);
      world.met().answered(name(), result.reason());
      if (result.isOk()) {
        Check.that(
            world.host(node).isPrimary(), "I9: answered as if it were Primary, node", node, 0);
        good();
      } else {
        failed();
      }
    }

    final void giveUp() {
      givenUp = true;
      open.remove(this);
      failed();
    }

    abstract String name();

    abstract void good();

    void failed() {}
  }

  private final class Writing extends Operation {
    private final long offset;
    private final int length;
    private final boolean fua = random.nextInt(8) == 0;
    private final ByteBuffer buffer;
    private final Write write;

    Writing(int node) {
      this(node, -1, 0);
    }

    Writing(int node, long fixedOffset, int fixedLength) {
      super(node);
      this.length = fixedOffset < 0 ? length() : fixedLength;
      this.offset = fixedOffset < 0 ? SimClient.this.offset(length) : fixedOffset;
      this.buffer = buffers.borrow(length);
      long stamp = nextStamp++;
      fill(buffer, stamp, length);
      this.write = promises.begin(stamp, offset, length);
    }

    void start(BlockDevice device) {
      Durability durability = fua ? Durability.FUA : Durability.WRITE_BACK;
      device.write(
          offset,
          buffer,
          durability,
          result -> {
            answered(result);
            buffers.giveBack(buffer);
          });
    }

    @Override
    String name() {
      return fua ? "write with FUA" : "write";
    }

    @Override
    void good() {
      acknowledgedWrites++;
      world.acknowledged(new Acknowledged(write, offset, length, node, fua));
    }

    @Override
    void failed() {
      promises.gaveUp(write);
    }
  }

  /// What was acknowledged, and by which node.
  record Acknowledged(Write write, long offset, long length, int node, boolean fua) {}

  private final class Erasing extends Operation {
    private final long offset;
    private final int length;
    private final boolean discard = random.nextBoolean();
    private final boolean fua = random.nextInt(4) == 0 && !discard;
    private final Write write;

    Erasing(int node) {
      super(node);
      boolean isLong = random.nextInt(100) == 0;
      this.length = isLong ? longLength() : length();
      this.offset = isLong ? acrossExtents(length) : SimClient.this.offset(length);
      this.write = promises.begin(0, offset, length);
    }

    void start(BlockDevice device) {
      if (discard) {
        device.discard(offset, length, this::answered);
      } else {
        Durability durability = fua ? Durability.FUA : Durability.WRITE_BACK;
        device.writeZeroes(offset, length, durability, this::answered);
      }
    }

    @Override
    String name() {
      return discard ? "discard" : fua ? "zeroes with FUA" : "zeroes";
    }

    @Override
    void good() {
      acknowledgedWrites++;
      world.acknowledged(new Acknowledged(write, offset, length, node, fua));
    }

    @Override
    void failed() {
      promises.gaveUp(write);
    }
  }

  /// A read that was answered: when it began and ended, in ticks of the client's clock.
  record Read(long offset, long began, long ended) {}

  private final class Reading extends Operation {
    private final int length = length();
    private final long offset = SimClient.this.offset(length);
    private final ByteBuffer buffer = buffers.borrow(length);
    private final long began = promises.tick();

    Reading(int node) {
      super(node);
    }

    void start(BlockDevice device) {
      device.read(
          offset,
          buffer,
          result -> {
            answered(result);
            buffers.giveBack(buffer);
          });
    }

    @Override
    String name() {
      return "read";
    }

    @Override
    void good() {
      var read = new Read(offset, began, promises.tick());
      promises.checkRead(read, buffer, node, world.holders(node));
    }
  }

  private final class Flushing extends Operation {
    private final List<Write> covered = promises.unflushed();

    Flushing(int node) {
      super(node);
    }

    void start(BlockDevice device) {
      device.flush(this::answered);
    }

    @Override
    String name() {
      return "flush";
    }

    @Override
    void good() {
      world.flushed(covered, node);
    }
  }
}
