package io.lockstep.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// An image in pages holds the same bytes as an array, and a copy keeps its own.
@Tag("unit")
class SparseImageTest {
  private static final int SIZE = 64 << 10;

  private final SplittableRandom random = new SplittableRandom(1);

  @Test
  void itHoldsWhatAnArrayHolds() {
    var image = new SparseImage(SIZE);
    var model = new byte[SIZE];
    for (int round = 0; round < 500; round++) {
      change(image, model);
      if (round % 50 == 0) {
        SparseImage before = image.copy();
        byte[] modelBefore = model.clone();
        change(image, model);
        assertThat(before.bytes(0, SIZE)).isEqualTo(modelBefore);
        assertDifference(image, model, before, modelBefore);
        change(before, modelBefore);
        assertThat(before.bytes(0, SIZE)).isEqualTo(modelBefore);
      }
      assertThat(image.bytes(0, SIZE)).isEqualTo(model);
    }
  }

  @Test
  void itBecomesAnotherAndBothGoTheirWay() {
    var left = new SparseImage(SIZE);
    var right = new SparseImage(SIZE);
    right.write(5000, new byte[] {1, 2}, 0, 2);
    left.write(100, new byte[] {9}, 0, 1);
    left.become(right);
    assertThat(left.firstDifference(right, 0, SIZE)).isNegative();
    right.write(5000, new byte[] {7}, 0, 1);
    assertThat(left.at(5000)).isEqualTo((byte) 1);
    assertThat(left.firstDifference(right, 0, SIZE)).isEqualTo(5000);
    assertThat(left.firstDifference(right, 0, 5000)).isNegative();
    assertThat(left.firstDifference(right, 5001, 100)).isNegative();
  }

  @Test
  void zeroesOverAWholePageMakeItUntouched() {
    var image = new SparseImage(SIZE);
    image.write(4096, new byte[] {1}, 0, 1);
    assertThat(image.isTouched(1)).isTrue();
    image.writeZeroes(0, 12_288);
    assertThat(image.isTouched(1)).isFalse();
  }

  private void change(SparseImage image, byte[] model) {
    int offset = random.nextInt(SIZE);
    int length = random.nextInt(Math.min(9000, SIZE - offset)) + 1;
    if (random.nextInt(3) == 0) {
      image.writeZeroes(offset, length);
      Arrays.fill(model, offset, offset + length, (byte) 0);
      return;
    }
    var bytes = new byte[length];
    random.nextBytes(bytes);
    image.write(offset, bytes, 0, length);
    ByteBuffer.wrap(model).put(offset, bytes);
  }

  private static void assertDifference(
      SparseImage image, byte[] model, SparseImage other, byte[] otherModel) {
    assertThat(image.firstDifference(other, 0, SIZE)).isEqualTo(Arrays.mismatch(model, otherModel));
  }
}
