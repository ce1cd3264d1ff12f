package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockRange;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.function.Function;

/// Makes chosen operations fail: by script ([#failing]) or by dice with a seed ([#random]). A
/// failed operation does not reach the device below. Belongs to the loop.
public final class FaultFilter implements BlockDevice {
  private final BlockDevice next;
  private final Loop loop;
  private Function<Operation, IoResult> script = _ -> IoResult.OK;

  /// What kind of operation is asked about.
  public enum Kind {
    READ,
    WRITE,
    FLUSH,
    DISCARD,
    WRITE_ZEROES
  }

  /// An operation about to begin.
  ///
  /// @param range what it touches; the whole device for a flush
  public record Operation(Kind kind, BlockRange range) {}

  public FaultFilter(BlockDevice next, Loop loop) {
    this.next = next;
    this.loop = loop;
  }

  /// From now on asks `newScript` about each operation; OK lets it pass.
  public void failing(Function<Operation, IoResult> newScript) {
    script = newScript;
  }

  /// A script that fails one operation of `oneOf`, as `result`, as the seed decides.
  public static Function<Operation, IoResult> random(long seed, int oneOf, IoResult result) {
    var random = new java.util.SplittableRandom(seed);
    return _ -> random.nextInt(oneOf) == 0 ? result : IoResult.OK;
  }

  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    if (passes(Kind.READ, offset, target.remaining(), completion)) {
      next.read(offset, target, completion);
    }
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    if (passes(Kind.WRITE, offset, source.remaining(), completion)) {
      next.write(offset, source, durability, completion);
    }
  }

  @Override
  public void flush(Completion completion) {
    if (passes(Kind.FLUSH, 0, limits().sizeBytes(), completion)) {
      next.flush(completion);
    }
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    if (passes(Kind.DISCARD, offset, length, completion)) {
      next.discard(offset, length, durability, completion);
    }
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    if (passes(Kind.WRITE_ZEROES, offset, length, completion)) {
      next.writeZeroes(offset, length, durability, completion);
    }
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }

  private boolean passes(Kind kind, long offset, long length, Completion completion) {
    IoResult verdict = script.apply(new Operation(kind, new BlockRange(offset, length)));
    if (!verdict.isOk()) {
      loop.execute(() -> completion.completed(verdict));
    }
    return verdict.isOk();
  }
}
