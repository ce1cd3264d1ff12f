package io.lockstep.control.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.lockstep.block.Check;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Bytes to and from a Unix socket, each wait bounded. Used by one thread; [#close] from any.
final class SocketStream implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 8192;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final SocketChannel channel;
  private final Selector selector;
  private final ByteBuffer in = ByteBuffer.allocate(16 << 10).flip();

  private SocketStream(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  /// Connects, without waiting for longer than `timeout`: a daemon that stands still takes
  /// connections until its kernel has no more room for them.
  static SocketStream connect(Path socket, Duration timeout) throws IOException {
    long start = System.nanoTime();
    while (true) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.configureBlocking(false);
        if (channel.connect(UnixDomainSocketAddress.of(socket))) {
          return new SocketStream(channel, Selector.open());
        }
        channel.close();
      } catch (IOException | RuntimeException e) {
        channel.close();
        if (!isFull(e)) {
          throw e;
        }
      }
      if (System.nanoTime() - start > timeout.toNanos()) {
        throw new SocketTimeoutException("no connection within " + timeout.toSeconds() + " s");
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /// EAGAIN: too many wait to be taken.
  private static boolean isFull(Exception cause) {
    return String.valueOf(cause.getMessage()).contains("temporarily unavailable");
  }

  void write(byte[] bytes, Duration timeout) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(bytes);
    while (out.hasRemaining()) {
      if (channel.write(out) == 0) {
        await(SelectionKey.OP_WRITE, timeout);
      }
    }
  }

  /// A line without its end (CR LF or LF), or "" at an empty one.
  String line(Duration timeout) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = next(timeout);
      if (next < 0) {
        throw new IOException("the connection ended in the middle of an answer");
      }
      if (next == '\n') {
        return line.toString(ISO_8859_1).stripTrailing();
      }
      line.write(next);
      if (line.size() > LINE_BYTES_MAX) {
        throw new IOException("a line of the answer is longer than " + LINE_BYTES_MAX);
      }
    }
  }

  byte[] bytes(int count, Duration timeout) throws IOException {
    byte[] bytes = new byte[count];
    int done = 0;
    while (done < count) {
      if (!in.hasRemaining() && !fill(timeout)) {
        throw new IOException("the connection ended in the middle of an answer");
      }
      int length = Math.min(count - done, in.remaining());
      in.get(bytes, done, length);
      done += length;
    }
    return bytes;
  }

  private int next(Duration timeout) throws IOException {
    if (!in.hasRemaining() && !fill(timeout)) {
      return -1;
    }
    return in.get() & 0xff;
  }

  private boolean fill(Duration timeout) throws IOException {
    Check.that(!in.hasRemaining(), "all that came has been read");
    in.clear();
    int count = channel.read(in);
    while (count == 0) {
      await(SelectionKey.OP_READ, timeout);
      count = channel.read(in);
    }
    in.flip();
    return count > 0;
  }

  private void await(int interest, Duration timeout) throws IOException {
    channel.register(selector, interest);
    selector.select(Math.max(1, timeout.toMillis()));
    if (!selector.isOpen()) {
      throw new IOException("the stream was closed");
    }
    if (selector.selectedKeys().isEmpty()) {
      throw new SocketTimeoutException("no answer within " + timeout.toSeconds() + " s");
    }
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
