package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ExceptionTableTest {
  @Test
  void findsWhatAModelFinds() {
    var random = new SplittableRandom(1);
    for (int round = 0; round < 50; round++) {
      var table = new ExceptionTable();
      Map<Long, Long> model = new HashMap<>();
      List<Long> order = new ArrayList<>();
      long spread = 1L << (3 + random.nextInt(30));
      for (int step = 0; step < 2000; step++) {
        long chunk = random.nextLong(Math.min(spread, ExceptionTable.CHUNK_MAX + 1));
        if (random.nextInt(5) == 0 && !order.isEmpty()) {
          table.removeLast();
          model.remove(order.removeLast());
        } else if (!model.containsKey(chunk)) {
          table.add(chunk, step);
          model.put(chunk, (long) step);
          order.add(chunk);
        }
        long probe = random.nextLong(spread);
        assertThat(table.find(probe)).isEqualTo(model.getOrDefault(probe, ExceptionTable.NONE));
      }
      assertThat(table.count()).isEqualTo(order.size());
      for (int slot = 0; slot < order.size(); slot++) {
        assertThat(table.originChunk(slot)).isEqualTo(order.get(slot));
        assertThat(table.find(order.get(slot))).isEqualTo(table.storeChunk(slot));
      }
      assertThat(table.sortedOriginChunks())
          .containsExactly(order.stream().sorted().mapToLong(Long::longValue).toArray());
    }
  }

  @Test
  void takesTheLargestChunkAndNoneTwice() {
    var table = new ExceptionTable();
    table.add(ExceptionTable.CHUNK_MAX, ExceptionTable.CHUNK_MAX);
    assertThat(table.find(ExceptionTable.CHUNK_MAX)).isEqualTo(ExceptionTable.CHUNK_MAX);
    assertThatThrownBy(() -> table.add(ExceptionTable.CHUNK_MAX, 1))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> table.add(ExceptionTable.CHUNK_MAX + 1, 1))
        .isInstanceOf(AssertionError.class);
  }
}
