package io.lockstep.mirror.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.mirror.wire.FrameReader.Result;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Mutated frames, with and without a checksum made good again: the reader answers with frames or
/// with Broken, never with an exception, and never borrows beyond the limit. `-Dlockstep.seed=N`
/// takes other dice, `-Dlockstep.long=true` a hundred times as many.
@Tag("fuzz")
class FrameFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_121);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 12_000_000 : 120_000;

  @Test
  void mutatedFramesNeverThrow() {
    List<byte[]> samples =
        FrameSamples.all().stream().map(frame -> FrameSamples.encoded(1, frame)).toList();
    var random = new SplittableRandom(SEED);
    int good = 0;
    int broken = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        int at = random.nextInt(Math.min(bytes.length, 160));
        bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << change);
      }
      if (random.nextInt(4) > 0) {
        FrameReaderTest.sealed(bytes);
      }
      if (read(bytes, random, round) instanceof Result.Good) {
        good++;
      } else {
        broken++;
      }
    }
    assertThat(good).as("some mutations make other good frames").isGreaterThan(ROUNDS / 100);
    assertThat(broken).isGreaterThan(ROUNDS / 4);
  }

  private static Result read(byte[] bytes, SplittableRandom random, int round) {
    var pool = new BufferPool(4 << 20);
    var reader = new FrameReader(pool);
    Result result = new Result.Good();
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, random.nextInt(1, 200));
      result = reader.feed(ByteBuffer.wrap(bytes, at, length), (_, frame) -> reader.release(frame));
      assertThat(pool.borrowedBytes())
          .as("round %d", round)
          .isLessThanOrEqualTo(FrameLimits.PAYLOAD_BYTES_MAX);
      at += length;
    }
    reader.close();
    assertThat(pool.borrowedBytes()).as("round %d", round).isZero();
    return result;
  }
}
