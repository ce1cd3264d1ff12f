package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.filter.Filter;
import java.nio.ByteBuffer;

/// A planted bug, for the test of the tests: says that it has flushed, and has not. Above a
/// volatile cache a `kill -9` then loses acknowledged writes, and the crash scenarios must find
/// that out.
final class MissingFlush extends Filter {
  private final Loop loop;

  MissingFlush(BlockDevice next, Loop loop) {
    super(next);
    this.loop = loop;
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    next.write(offset, source, Durability.WRITE_BACK, completion);
  }

  @Override
  public void flush(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    next.writeZeroes(offset, length, Durability.WRITE_BACK, completion);
  }
}
