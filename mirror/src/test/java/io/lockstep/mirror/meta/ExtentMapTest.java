package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The open-addressing map against a plain one, with many collisions and removals.
@Tag("unit")
class ExtentMapTest {
  @Test
  void behavesLikeAPlainMap() {
    for (int seed = 0; seed < 100; seed++) {
      var random = new SplittableRandom(seed);
      int entriesMax = random.nextInt(1, 200);
      int extents = random.nextInt(2, 1 << random.nextInt(2, 30));
      var actual = new ExtentMap(entriesMax);
      var model = new TreeMap<Integer, Integer>();
      for (int step = 0; step < 3000; step++) {
        int extent = random.nextInt(extents);
        if (model.containsKey(extent)) {
          model.remove(extent);
          actual.remove(extent);
        } else if (model.size() < entriesMax) {
          model.put(extent, step);
          actual.put(extent, step);
        }
        int asked = random.nextInt(extents);
        assertThat(actual.get(asked)).isEqualTo(model.getOrDefault(asked, ExtentMap.MISSING));
      }
      model.forEach((extent, slot) -> assertThat(actual.get(extent)).isEqualTo(slot));
    }
  }
}
