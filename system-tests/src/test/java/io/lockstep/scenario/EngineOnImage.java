package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.SnapshotAsk;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.EmbeddedEngines;
import io.lockstep.volume.embedded.EngineOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// The embedded engine, open on a disk in memory, which comes from an image and becomes one. Used
/// by one thread.
final class EngineOnImage {
  static final long MIB = 1L << 20;

  private static final int DISK_BYTES = 96 << 20;
  private static final int PIECE_BYTES = 1 << 20;
  private static final int TURNS_MAX = 2_000_000;
  private static final long SECONDS = 1_795_242_090L;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(16 << 20);
  private final BlockDevice disk = new MemoryDevice(loop, DISK_BYTES, 512, 4096);
  private final Random random;
  private VolumeEngine engine;

  private EngineOnImage(Path image, long seed) throws IOException {
    random = new Random(seed);
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
      byte[] bytes = new byte[PIECE_BYTES];
      for (long offset = 0; offset < DISK_BYTES; offset += PIECE_BYTES) {
        file.readFully(bytes);
        write(disk, offset, bytes);
      }
    }
    engine = opened();
  }

  /// Opens the group on an image; on a file that is not there it makes one.
  static EngineOnImage open(Path image, long seed) throws IOException {
    return new EngineOnImage(image, seed);
  }

  private VolumeEngine opened() {
    var options =
        new EngineOptions(
            LvmHost.GROUP, "lockstep-abc", "host", new Random(random.nextLong()), () -> SECONDS);
    OpenResult result = await(done -> new EmbeddedEngines(options).open(disk, loop, pool, done));
    return switch (result) {
      case OpenResult.Ready(VolumeEngine ready) -> ready;
      case OpenResult.Refused refused -> throw new AssertionError(refused.refusal().sentence());
    };
  }

  /// Ends the engine and leaves what the disk holds in a file.
  Path end(Path image) throws IOException {
    this.<IoResult>await(done -> engine.close(done::accept));
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
      byte[] zeroes = new byte[PIECE_BYTES];
      for (long offset = 0; offset < DISK_BYTES; offset += PIECE_BYTES) {
        byte[] bytes = read(disk, offset, PIECE_BYTES);
        if (!Arrays.equals(bytes, zeroes)) {
          file.seek(offset);
          file.write(bytes);
        }
      }
    }
    return image;
  }

  VolumeEngine engine() {
    return engine;
  }

  List<String> names() {
    return engine.volumes().stream().map(Volume::name).toList();
  }

  Volume volume(String name) {
    return engine.volumes().stream().filter(v -> v.name().equals(name)).findFirst().orElseThrow();
  }

  SnapshotStatus.State state(String snapshot) {
    return engine.snapshot(snapshot).orElseThrow().state();
  }

  // --- changes ---

  void create(String name, long sizeBytes) {
    done(done -> engine.create(name, sizeBytes, done));
  }

  void take(String origin, String name, long roomBytes) {
    done(done -> engine.takeSnapshot(new SnapshotAsk(origin, name, roomBytes), done));
  }

  void rollBack(String snapshot) {
    done(done -> engine.rollBack(snapshot, done));
  }

  void delete(String name) {
    done(done -> engine.delete(name, done));
  }

  private void done(Consumer<Consumer<VolumeResult>> change) {
    assertThat(await(change)).isInstanceOf(VolumeResult.Done.class);
  }

  /// Lets everything go on until then.
  void goOnUntil(BooleanSupplier condition) {
    loop.runUntil(condition, TURNS_MAX);
  }

  // --- contents ---

  /// Writes noise over all of a volume.
  void fill(String name) {
    BlockDevice device = device(name);
    for (long offset = 0; offset < device.limits().sizeBytes(); offset += PIECE_BYTES) {
      write(device, offset, noise(PIECE_BYTES));
    }
  }

  /// Writes pieces of noise at random places.
  void scribble(String name, int pieces) {
    BlockDevice device = device(name);
    for (int piece = 0; piece < pieces; piece++) {
      int length = 512 * (1 + random.nextInt(200));
      long end = (device.limits().sizeBytes() - length) / 512;
      write(device, 512 * random.nextLong(end), noise(length));
    }
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /// What a volume holds: its SHA-256.
  String digest(String name) {
    BlockDevice device = device(name);
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (long offset = 0; offset < device.limits().sizeBytes(); offset += PIECE_BYTES) {
        digest.update(read(device, offset, PIECE_BYTES));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private BlockDevice device(String name) {
    return engine.device(name).orElseThrow(() -> new AssertionError(name + " is not served"));
  }

  private void write(BlockDevice device, long offset, byte[] bytes) {
    ByteBuffer buffer = BufferPool.allocate(Math.ceilDiv(bytes.length, 4096) * 4096);
    buffer.put(0, bytes).limit(bytes.length);
    assertThat(
            this.<IoResult>await(
                done -> device.write(offset, buffer, Durability.WRITE_BACK, done::accept)))
        .isEqualTo(IoResult.OK);
  }

  private byte[] read(BlockDevice device, long offset, int length) {
    ByteBuffer buffer = BufferPool.allocate(length);
    assertThat(this.<IoResult>await(done -> device.read(offset, buffer, done::accept)))
        .isEqualTo(IoResult.OK);
    byte[] bytes = new byte[length];
    buffer.get(0, bytes);
    return bytes;
  }

  private <T> T await(Consumer<Consumer<T>> call) {
    List<T> answers = new ArrayList<>();
    call.accept(answers::add);
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }
}
