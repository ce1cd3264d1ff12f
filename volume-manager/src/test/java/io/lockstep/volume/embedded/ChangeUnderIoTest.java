package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.filter.Filter;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Volumes are grown, shrunk, made and deleted while others and they themselves are written and
/// read: what was acknowledged is read back, and nobody sees another's bytes.
@Tag("unit")
class ChangeUnderIoTest {
  private static final long MIB = Fixture.MIB;
  private static final int BLOCK_BYTES = 4096;
  private static final int WRITERS = 16;
  private static final int ROUNDS = 60;

  private final Fixture fixture = new Fixture();
  private final Random random = new Random(99);
  private final VolumeEngine engine = fixture.opened(new Late(fixture.memory(64 * MIB)));
  private final Map<String, Map<Long, Long>> acknowledged = new HashMap<>();
  private boolean stopped;
  private long nextStamp = 1;
  private int writersRunning;
  private int writeCount;

  @Test
  void whatWasAcknowledgedIsReadBack() {
    for (String name : List.of("steady", "changing")) {
      assertDone(fixture.create(engine, name, 8 * MIB));
      for (int writer = 0; writer < WRITERS; writer++) {
        writersRunning++;
        write(name, engine.device(name).orElseThrow(), writer);
      }
    }
    for (int round = 0; round < ROUNDS; round++) {
      long sizeMib = 4L * (1 + random.nextInt(6));
      List<VolumeResult> results = new ArrayList<>();
      engine.resize("changing", sizeMib * MIB, true, results::add);
      engine.create("other", 20 * MIB, results::add);
      fixture.loop.runUntil(() -> results.size() == 2, Fixture.TURNS_MAX);
      assertDone(results.get(1));
      long size = engine.device("changing").orElseThrow().limits().sizeBytes();
      blocksOf("changing").keySet().removeIf(offset -> offset >= size);
      checkZero(engine.device("other").orElseThrow());
      assertDone(fixture.delete(engine, "other"));
    }
    stopped = true;
    fixture.loop.runUntil(() -> writersRunning == 0, Fixture.TURNS_MAX);
    assertThat(writeCount).isGreaterThan(1000);
    acknowledged.forEach(this::check);
  }

  private Map<Long, Long> blocksOf(String name) {
    return acknowledged.computeIfAbsent(name, volume -> new HashMap<>());
  }

  /// Late writes of others would show by now.
  private void checkZero(BlockDevice device) {
    int enough = writeCount + 100;
    fixture.loop.runUntil(() -> writeCount > enough, Fixture.TURNS_MAX);
    for (long offset = 0; offset < device.limits().sizeBytes(); offset += MIB) {
      boolean zero = Arrays.equals(fixture.read(device, offset, (int) MIB), new byte[(int) MIB]);
      assertThat(zero).as("a new volume is all zeroes at %d", offset).isTrue();
    }
  }

  private void check(String name, Map<Long, Long> blocks) {
    BlockDevice device = engine.device(name).orElseThrow();
    assertThat(blocks).isNotEmpty();
    blocks.forEach(
        (offset, stamp) -> {
          byte[] bytes = fixture.read(device, offset, BLOCK_BYTES);
          ByteBuffer block = ByteBuffer.wrap(bytes);
          assertThat(block.getLong(0)).as("%s at %d", name, offset).isEqualTo(stamp);
          assertThat(block.getLong(BLOCK_BYTES - 8)).isEqualTo(stamp);
        });
  }

  /// Writes one block, remembers it when it is acknowledged, goes on with the next. Each writer of
  /// a volume has blocks of its own, for the device below does not keep an order.
  private void write(String name, BlockDevice device, int writer) {
    if (stopped) {
      writersRunning--;
      return;
    }
    long blocks = device.limits().sizeBytes() / BLOCK_BYTES / WRITERS;
    long offset = (random.nextLong(blocks) * WRITERS + writer) * BLOCK_BYTES;
    long stamp = nextStamp++;
    ByteBuffer buffer = BufferPool.allocate(BLOCK_BYTES);
    buffer.putLong(0, stamp).putLong(BLOCK_BYTES - 8, stamp);
    device.write(
        offset,
        buffer,
        Durability.WRITE_BACK,
        result -> {
          writeCount++;
          if (result.isOk()) {
            blocksOf(name).merge(offset, stamp, Math::max);
          } else {
            assertThat(result.reason()).isEqualTo(IoResult.Reason.NOT_READY);
            assertThat(name).isEqualTo("changing");
          }
          write(name, device, writer);
        });
  }

  private static void assertDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }

  /// Does each write up to a millisecond late.
  private final class Late extends Filter {
    Late(BlockDevice below) {
      super(below);
    }

    @Override
    public void write(
        long offset, ByteBuffer source, Durability durability, Completion completion) {
      fixture.loop.schedule(
          () -> next.write(offset, source, durability, completion), random.nextInt(1_000_000));
    }
  }
}
