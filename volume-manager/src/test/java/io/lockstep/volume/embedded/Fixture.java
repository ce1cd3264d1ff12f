package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A loop, a pool and waiting calls: an engine's answer as a return value.
final class Fixture {
  static final int TURNS_MAX = 1_000_000;
  static final long CREATION_SECONDS = 1_795_242_090L;
  static final long MIB = 1L << 20;

  final VirtualLoop loop = new VirtualLoop();
  final BufferPool pool = new BufferPool(16 << 20);

  static EngineOptions options(long seed) {
    return new EngineOptions("vgt", "lockstep-abc", "vm", new Random(seed), () -> CREATION_SECONDS);
  }

  BlockDevice memory(long sizeBytes) {
    return new MemoryDevice(loop, (int) sizeBytes, 512, 4096);
  }

  OpenResult open(BlockDevice device) {
    return open(device, options(1));
  }

  OpenResult open(BlockDevice device, EngineOptions options) {
    return await(done -> new EmbeddedEngines(options).open(device, loop, pool, done));
  }

  VolumeEngine opened(BlockDevice device) {
    return opened(device, options(1));
  }

  VolumeEngine opened(BlockDevice device, EngineOptions options) {
    return switch (open(device, options)) {
      case OpenResult.Ready(VolumeEngine engine) -> engine;
      case OpenResult.Refused refused -> throw new AssertionError(refused.refusal().sentence());
    };
  }

  String refusal(BlockDevice device) {
    return switch (open(device)) {
      case OpenResult.Ready(VolumeEngine engine) -> throw new AssertionError(engine.group());
      case OpenResult.Refused refused -> refused.refusal().sentence();
    };
  }

  VolumeResult create(VolumeEngine engine, String name, long sizeBytes) {
    return await(done -> engine.create(name, sizeBytes, done));
  }

  VolumeResult resize(VolumeEngine engine, String name, long sizeBytes, boolean shrinkAllowed) {
    return await(done -> engine.resize(name, sizeBytes, shrinkAllowed, done));
  }

  VolumeResult rename(VolumeEngine engine, String name, String newName) {
    return await(done -> engine.rename(name, newName, done));
  }

  VolumeResult delete(VolumeEngine engine, String name) {
    return await(done -> engine.delete(name, done));
  }

  /// Runs the loop until the answer is there; it must not come inside the call.
  <T> T await(Consumer<Consumer<T>> call) {
    List<T> answers = new ArrayList<>();
    call.accept(answers::add);
    if (!answers.isEmpty()) {
      throw new AssertionError("answered inside the call");
    }
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }

  IoResult write(BlockDevice device, long offset, byte[] bytes) {
    ByteBuffer buffer = buffer(bytes.length).put(0, bytes);
    return await(done -> device.write(offset, buffer, Durability.WRITE_BACK, done::accept));
  }

  byte[] read(BlockDevice device, long offset, int length) {
    ByteBuffer buffer = buffer(length);
    IoResult result = await(done -> device.read(offset, buffer, done::accept));
    if (!result.isOk()) {
      throw new AssertionError(result);
    }
    byte[] bytes = new byte[length];
    buffer.get(0, bytes);
    return bytes;
  }

  private static ByteBuffer buffer(int length) {
    return BufferPool.allocate(Math.ceilDiv(length, 4096) * 4096).limit(length);
  }

  static String why(VolumeResult result) {
    return switch (result) {
      case VolumeResult.Done done -> throw new AssertionError(done);
      case VolumeResult.Refused refused -> refused.refusal().why();
      case VolumeResult.Unknown unknown -> unknown.said().why();
    };
  }

  /// A disk of 64 MiB with a physical volume whose group has this text.
  CrashDisk space(byte[] text) {
    return space(text, 64 << 20);
  }

  CrashDisk space(byte[] text, long sizeBytes) {
    TreeMap<Long, byte[]> sectors = new TreeMap<>();
    sectors.put(1L, label(sizeBytes).encode());
    TextLocation location = new TextLocation(4096, text.length, LvmCrc.of(text), 0);
    sectors.put(8L, new MetadataHeader(4096, 1044480, Optional.of(location)).encode());
    for (int offset = 0; offset < text.length; offset += 512) {
      byte[] sector = Arrays.copyOfRange(text, offset, offset + 512);
      sectors.put((8192L + offset) / 512, sector);
    }
    return new CrashDisk(loop, sizeBytes, sectors);
  }

  /// The label of the physical volume of the golden text.
  static PvLabel label() {
    return label(64 << 20);
  }

  private static PvLabel label(long sizeBytes) {
    return new PvLabel(
        1,
        "0huWab-Zcyg-bcJF-s0eA-kQ4B-AGTT-CzDlPF",
        sizeBytes,
        List.of(new PvLabel.Area(1 << 20, 0)),
        List.of(new PvLabel.Area(4096, 1044480)),
        2,
        PvLabel.FLAG_USED,
        List.of());
  }
}
