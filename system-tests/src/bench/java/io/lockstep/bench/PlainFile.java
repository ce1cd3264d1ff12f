package io.lockstep.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The measure beside which everything is held: a file on the same file system, opened past the
/// page cache as the daemon opens its disk, a thread for each I/O at a time.
final class PlainFile implements Subject {
  private static final int FILL_BYTES = 1 << 20;

  /// The JDK's own option, whose mere name is a warning for the compiler.
  private static final String DIRECT = "com.sun.nio.file.ExtendedOpenOption";

  private final FileChannel channel;
  private final long blocks;
  private final boolean direct;

  PlainFile(Path path, long sizeBytes) throws IOException {
    blocks = sizeBytes / Load.BLOCK_BYTES;
    FileChannel opened;
    boolean past = true;
    try {
      opened = open(path, direct());
    } catch (IOException | UnsupportedOperationException refused) {
      opened = open(path, StandardOpenOption.READ);
      past = false;
    }
    channel = opened;
    direct = past;
  }

  private static FileChannel open(Path path, OpenOption more) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, more);
  }

  private static OpenOption direct() {
    try {
      for (Object option : Class.forName(DIRECT).getEnumConstants()) {
        if (option instanceof OpenOption open && option.toString().equals("DIRECT")) {
          return open;
        }
      }
      throw new UnsupportedOperationException("no DIRECT in " + DIRECT);
    } catch (ClassNotFoundException e) {
      throw new UnsupportedOperationException("no " + DIRECT, e);
    }
  }

  /// Whether the file system takes I/O past its cache.
  boolean isDirect() {
    return direct;
  }

  @Override
  public void fill() throws IOException {
    ByteBuffer piece = aligned(FILL_BYTES);
    long end = blocks * Load.BLOCK_BYTES;
    for (long at = 0; at < end; at += piece.capacity()) {
      piece.clear().limit((int) Math.min(piece.capacity(), end - at));
      channel.write(piece, at);
    }
  }

  @Override
  public Latencies run(Load load, long nanos) throws IOException {
    long began = System.nanoTime();
    List<Future<Latencies>> parts = new ArrayList<>();
    Latencies all = new Latencies();
    try (var threads = Executors.newFixedThreadPool(load.depth())) {
      for (int i = 0; i < load.depth(); i++) {
        parts.add(threads.submit(() -> one(load.writes(), began + nanos)));
      }
      for (Future<Latencies> part : parts) {
        all.addAll(part.get());
      }
    } catch (ExecutionException failed) {
      throw new IOException("the plain file: " + failed.getCause(), failed);
    } catch (InterruptedException interrupted) {
      throw new IOException("interrupted", interrupted);
    }
    all.elapsed(System.nanoTime() - began);
    return all;
  }

  private Latencies one(boolean writes, long until) throws IOException {
    ByteBuffer block = aligned(Load.BLOCK_BYTES);
    SplittableRandom dice = new SplittableRandom();
    Latencies latencies = new Latencies();
    for (long now = System.nanoTime(); now - until < 0; ) {
      long at = dice.nextLong(blocks) * Load.BLOCK_BYTES;
      block.clear();
      int moved = writes ? channel.write(block, at) : channel.read(block, at);
      if (moved != Load.BLOCK_BYTES) {
        throw new IOException("moved " + moved + " bytes at " + at);
      }
      long then = System.nanoTime();
      latencies.add(then - now);
      now = then;
    }
    return latencies;
  }

  private static ByteBuffer aligned(int bytes) {
    ByteBuffer block =
        ByteBuffer.allocateDirect(bytes + Load.BLOCK_BYTES)
            .alignedSlice(Load.BLOCK_BYTES)
            .slice(0, bytes);
    SplittableRandom dice = new SplittableRandom(1);
    for (int i = 0; i < bytes; i += Long.BYTES) {
      block.putLong(i, dice.nextLong());
    }
    return block;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
