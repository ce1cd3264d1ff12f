package io.lockstep.block;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A [BlockDevice] seen from a test's own thread: byte arrays in and out, and each call waits for
/// its end. Buffers are aligned as the device wants them.
public final class DeviceDriver {
  private final LoopDriver driver;
  private final BlockDevice device;

  public DeviceDriver(LoopDriver driver, BlockDevice device) {
    this.driver = driver;
    this.device = device;
  }

  public BlockDevice device() {
    return device;
  }

  /// Starts an operation on the loop and waits for its result.
  public IoResult perform(Consumer<Completion> operation) {
    return driver.join(start(operation));
  }

  /// Starts an operation on the loop.
  public CompletableFuture<IoResult> start(Consumer<Completion> operation) {
    var result = new CompletableFuture<IoResult>();
    driver
        .loop()
        .execute(
            () -> {
              try {
                operation.accept(result::complete);
              } catch (Throwable failure) {
                result.completeExceptionally(failure);
              }
            });
    return result;
  }

  /// Waits for all of them.
  public List<IoResult> join(List<CompletableFuture<IoResult>> results) {
    var list = new ArrayList<IoResult>();
    results.forEach(result -> list.add(driver.join(result)));
    return list;
  }

  public IoResult write(long offset, byte[] bytes) {
    return write(offset, bytes, Durability.WRITE_BACK);
  }

  public IoResult write(long offset, byte[] bytes, Durability durability) {
    ByteBuffer source = bufferOf(bytes);
    return perform(done -> device.write(offset, source, durability, done));
  }

  /// The bytes of a range; the read must be good.
  public byte[] read(long offset, int length) {
    ByteBuffer target = BufferPool.allocate(length);
    IoResult result = perform(done -> device.read(offset, target, done));
    Check.that(result.isOk(), "a good read");
    return bytesOf(target);
  }

  public IoResult flush() {
    return perform(device::flush);
  }

  public IoResult discard(long offset, long length) {
    return perform(done -> device.discard(offset, length, done));
  }

  public IoResult writeZeroes(long offset, long length, Durability durability) {
    return perform(done -> device.writeZeroes(offset, length, durability, done));
  }

  public IoResult close() {
    return perform(device::close);
  }

  public static ByteBuffer bufferOf(byte[] bytes) {
    ByteBuffer buffer = BufferPool.allocate(bytes.length);
    return buffer.put(0, bytes);
  }

  public static byte[] bytesOf(ByteBuffer buffer) {
    var bytes = new byte[buffer.remaining()];
    buffer.get(buffer.position(), bytes);
    return bytes;
  }
}
