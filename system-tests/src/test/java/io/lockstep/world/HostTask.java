package io.lockstep.world;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// A command of the host under way, with a transport as small as can be.
final class HostTask extends ScsiTask {
  private final BufferPool pool;
  private final Consumer<HostTask> ended;
  private byte[] data = new byte[0];

  HostTask(BufferPool pool, Consumer<HostTask> ended) {
    this.pool = pool;
    this.ended = ended;
  }

  /// Hands it over.
  ///
  /// @param out what a write writes
  void start(ScsiTarget target, byte[] out) {
    target.prepare(this);
    if (isEnded()) {
      return;
    }
    int length = dataOutBytes();
    if (length > 0) {
      ByteBuffer buffer = pool.borrow(length);
      buffer.put(0, out, 0, Math.min(length, out.length));
      dataOut(buffer);
    }
    target.execute(this);
  }

  /// What came in.
  byte[] data() {
    return data;
  }

  @Override
  protected void completed() {
    ByteBuffer in = takeDataIn();
    if (in != null) {
      data = new byte[in.remaining()];
      in.get(in.position(), data);
      pool.giveBack(in);
    }
    ByteBuffer out = dataOut();
    if (out != null) {
      dataOut(null);
      pool.giveBack(out);
    }
    ended.accept(this);
  }

  @Override
  public void faulted(RuntimeException cause) {
    throw new AssertionError("N0: what the host sent cannot be read", cause);
  }
}
