package io.lockstep.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.volume.Segment.Stripe;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The map against the simplest possible one: a table with the place of every byte.
@Tag("unit")
class VolumeMapTest {
  private static final long EXTENT_BYTES = 64;
  private static final PhysicalVolume PV = new PhysicalVolume("pv", 1000, 1000, true);
  private static final Segment STRIPED =
      new Segment(3, 6, "striped", 16, List.of(at(20), at(40), at(30)));
  private static final List<Segment> SEGMENTS =
      List.of(Segment.linear(0, 2, at(7)), Segment.linear(2, 1, at(1)), STRIPED);

  @Test
  void everyByteIsWhereLvmPutsIt() {
    VolumeMap map = map(SEGMENTS);
    long[] table = table(SEGMENTS);
    assertThat(map.sizeBytes()).isEqualTo(table.length);
    for (int offset = 0; offset < table.length; offset++) {
      assertThat(map.deviceOffset(offset)).isEqualTo(table[offset]);
      assertThat(map.volumeOffset(table[offset])).hasValue(offset);
      long run = map.contiguousBytes(offset);
      assertThat(run).isPositive();
      for (int step = 1; step < run; step++) {
        assertThat(table[offset + step]).isEqualTo(table[offset] + step);
      }
    }
    assertThat(map.deviceOffset(3 * EXTENT_BYTES + 16)).isEqualTo(1000 + 40 * EXTENT_BYTES);
  }

  @Test
  void whatIsNotOfTheVolumeIsNoByteOfIt() {
    VolumeMap map = map(SEGMENTS);
    Set<Long> own = Arrays.stream(table(SEGMENTS)).boxed().collect(Collectors.toSet());
    for (long at = 0; at < 1000 + 60 * EXTENT_BYTES; at++) {
      assertThat(map.volumeOffset(at).isPresent()).isEqualTo(own.contains(at));
    }
  }

  @Test
  void runsCoverExactlyTheRange() {
    VolumeMap map = map(SEGMENTS);
    long[] table = table(SEGMENTS);
    Random random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      int offset = random.nextInt(table.length);
      int length = 1 + random.nextInt(table.length - offset);
      TreeMap<Long, Boolean> covered = new TreeMap<>();
      int[] runs = {0};
      map.forEachRun(
          offset,
          length,
          (deviceOffset, bytes) -> {
            runs[0]++;
            for (long at = deviceOffset; at < deviceOffset + bytes; at++) {
              assertThat(covered.put(at, true)).as("once").isNull();
            }
          });
      assertThat(covered).hasSize(length);
      for (int at = offset; at < offset + length; at++) {
        assertThat(covered).containsKey(table[at]);
      }
      assertThat(runs[0]).as("one for each stripe").isLessThanOrEqualTo(5);
    }
  }

  @Test
  void onlyAContinuationIsAnExtension() {
    VolumeMap small = map(List.of(Segment.linear(0, 2, at(7))));
    assertThat(small.isPrefixOf(map(SEGMENTS))).isTrue();
    assertThat(small.isPrefixOf(small)).isTrue();
    assertThat(small.isPrefixOf(map(List.of(Segment.linear(0, 3, at(7)))))).isTrue();
    assertThat(small.isPrefixOf(map(List.of(Segment.linear(0, 3, at(8)))))).isFalse();
    assertThat(map(SEGMENTS).isPrefixOf(small)).isFalse();
  }

  @Test
  void whatLiesElsewhereHasNoMap() {
    Volume volume = volume(List.of(Segment.linear(0, 1, new Stripe("other", 0))));
    assertThat(VolumeMap.of(volume, PV, EXTENT_BYTES)).isEmpty();
    Volume thin = volume(List.of(new Segment(0, 1, "thin", 0, List.of())));
    assertThat(VolumeMap.of(thin, PV, EXTENT_BYTES)).isEmpty();
  }

  @Test
  void alignmentIsThatOfTheWorstBorder() {
    assertThat(map(List.of(Segment.linear(0, 2, at(3)))).isAlignedTo(8)).isTrue();
    assertThat(map(List.of(Segment.linear(0, 2, at(3)))).isAlignedTo(16)).isFalse();
  }

  @Test
  void outsideIsABug() {
    VolumeMap map = map(SEGMENTS);
    assertThatThrownBy(() -> map.deviceOffset(map.sizeBytes())).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> map.forEachRun(0, map.sizeBytes() + 1, (offset, length) -> {}))
        .isInstanceOf(AssertionError.class);
  }

  private static Stripe at(long extent) {
    return new Stripe("pv", extent);
  }

  private static Volume volume(List<Segment> segments) {
    long extents = segments.stream().mapToLong(Segment::extentCount).sum();
    return new Volume("v", "u", extents * EXTENT_BYTES, Volume.Access.READ_WRITE, segments);
  }

  private static VolumeMap map(List<Segment> segments) {
    return VolumeMap.of(volume(segments), PV, EXTENT_BYTES).orElseThrow();
  }

  /// Byte by byte: rows of pieces, one from each stripe.
  private static long[] table(List<Segment> segments) {
    long[] table = new long[(int) volume(segments).sizeBytes()];
    int next = 0;
    for (Segment segment : segments) {
      long piece =
          segment.stripes().size() == 1
              ? segment.extentCount() * EXTENT_BYTES
              : segment.stripeSizeBytes();
      long rows = segment.extentCount() * EXTENT_BYTES / piece / segment.stripes().size();
      for (long row = 0; row < rows; row++) {
        for (Stripe stripe : segment.stripes()) {
          for (long inside = 0; inside < piece; inside++) {
            table[next++] = 1000 + stripe.startExtent() * EXTENT_BYTES + row * piece + inside;
          }
        }
      }
    }
    return table;
  }
}
