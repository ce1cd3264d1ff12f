package io.lockstep.block.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.CrashDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.record.RecordStore.Mode;
import io.lockstep.block.record.RecordStore.Opened;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A power cut after each single write and flush of a long history, with every subset of whole
/// unflushed writes and many torn ones; and a bit flipped in each block that was committed.
@Tag("crash")
final class RecordStoreCrashTest {
  /// Small, so that the history crosses several new logs.
  private static final int REGION_BYTES = 128 << 10;

  private static final int KEYS = 5;
  private static final int CHANGES = 40;
  private static final int TORN = 12;

  /// A history against a disk that dies after some operations.
  private static final class History {
    final VirtualLoop loop = new VirtualLoop();
    final BufferPool pool = new BufferPool(0);
    final CrashDevice device;

    /// For each key what may be found: after the last acknowledged change, and after those that
    /// were on their way.
    final List<List<Optional<Integer>>> allowed = new ArrayList<>();

    History(byte[] content) {
      device = new CrashDevice(loop, content);
      for (int key = 0; key < KEYS; key++) {
        allowed.add(new ArrayList<>(List.of(Optional.empty())));
      }
    }

    Opened open(Mode mode) {
      var outcome = new ArrayList<Opened>();
      var region = new RecordRegion(device, 0, REGION_BYTES);
      RecordStore.open(region, loop, pool, mode, outcome::add);
      while (outcome.isEmpty() && loop.turn()) {}
      return outcome.getFirst();
    }

    /// Opens for writing on a disk that may die meanwhile; what opened must be right.
    void opened(History crashed, String when) {
      var region = new RecordRegion(device, 0, REGION_BYTES);
      RecordStore.open(
          region,
          loop,
          pool,
          Mode.READ_WRITE,
          outcome -> checkFound(when, crashed, ((Opened.Ready) outcome).store()));
      while (loop.turn()) {}
    }

    RecordStore ready(Mode mode) {
      return switch (open(mode)) {
        case Opened.Ready(RecordStore store) -> store;
        case Opened.Refused(Refusal refusal) -> throw new AssertionError(refusal.sentence());
      };
    }

    /// Changes one key after another, a few at a time, until done or dead.
    void run(int firstChange) {
      RecordStore store = ready(Mode.READ_WRITE);
      for (int change = firstChange; change < firstChange + CHANGES; change++) {
        int key = change % KEYS;
        boolean delete = change % 11 == 7;
        Optional<Integer> value = delete ? Optional.empty() : Optional.of(change);
        List<Optional<Integer>> now = allowed.get(key);
        now.add(value);
        if (delete) {
          store.delete(keyOf(key), _ -> settle(now, value));
        } else {
          store.put(keyOf(key), valueOf(change), _ -> settle(now, value));
        }
        if (change % 3 == 0) {
          while (loop.turn()) {}
        }
      }
      while (loop.turn()) {}
    }

    private static void settle(List<Optional<Integer>> values, Optional<Integer> done) {
      int index = values.indexOf(done);
      values.subList(0, index).clear();
    }
  }

  private static RecordKey keyOf(int key) {
    return new RecordKey("lu", "volume" + key);
  }

  private static byte[] valueOf(int change) {
    var bytes = new byte[100 + change * 997 % 3000];
    Arrays.fill(bytes, (byte) change);
    return bytes;
  }

  private static void checkFound(String when, History history, RecordStore found) {
    for (int key = 0; key < KEYS; key++) {
      Optional<byte[]> value = found.get(keyOf(key));
      boolean known =
          history.allowed.get(key).stream()
              .map(allowed -> allowed.map(RecordStoreCrashTest::valueOf))
              .anyMatch(
                  allowed ->
                      allowed.isPresent() == value.isPresent()
                          && Arrays.equals(allowed.orElse(new byte[0]), value.orElse(new byte[0])));
      assertThat(known).as("%s: key %d, allowed %s", when, key, history.allowed.get(key)).isTrue();
    }
  }

  private static int operationsOf(byte[] content) {
    var whole = new History(content);
    whole.run(1);
    assertThat(whole.allowed).allMatch(values -> values.size() == 1);
    return whole.device.operationCount();
  }

  /// Opens what the crash left, as the replica's reader and as the owner, and goes on with it.
  private static void recover(String when, History crashed, byte[] content) {
    var replica = new History(content);
    checkFound(when + ", read only", crashed, replica.ready(Mode.READ_ONLY));
    assertThat(replica.device.operationCount()).isZero();
    var next = new History(content);
    RecordStore store = next.ready(Mode.READ_WRITE);
    checkFound(when, crashed, store);
    store.put(keyOf(0), valueOf(77), result -> assertThat(result.isOk()).isTrue());
    while (next.loop.turn()) {}
    var last = new History(next.device.afterCrash(0)).ready(Mode.READ_WRITE);
    assertThat(last.get(keyOf(0)).orElseThrow()).as(when).isEqualTo(valueOf(77));
    for (int key = 1; key < KEYS; key++) {
      assertThat(last.get(keyOf(key)).isPresent()).isEqualTo(store.get(keyOf(key)).isPresent());
    }
  }

  @Test
  void everyCrashLeavesTheOldValueOrTheNew() {
    var blank = new byte[REGION_BYTES];
    int operations = operationsOf(blank);
    assertThat(operations).isGreaterThan(3 * CHANGES / 4);
    for (int count = 0; count <= operations; count++) {
      var history = new History(blank);
      history.device.dieAfter(count);
      history.run(1);
      int subsets = 1 << history.device.unflushedCount();
      assertThat(subsets).isLessThanOrEqualTo(16);
      for (int mask = 0; mask < subsets; mask++) {
        String when =
            "after %d operations, writes %s".formatted(count, Integer.toBinaryString(mask));
        recover(when, history, history.device.afterCrash(mask));
      }
      for (long seed = 0; seed < TORN; seed++) {
        var random = new SplittableRandom(seed * 1000 + count);
        byte[] content = history.device.afterCrash(random, 1 + (int) (seed % 7));
        recover("after %d operations, torn, seed %d".formatted(count, seed), history, content);
      }
    }
  }

  @Test
  void crashesWhileRecoveringLeaveTheRecords() {
    for (long seed = 0; seed < 300; seed++) {
      var random = new SplittableRandom(seed);
      var blank = new byte[REGION_BYTES];
      var first = new History(blank);
      first.device.dieAfter(1 + random.nextInt(operationsOf(blank)));
      first.run(1);
      byte[] content = first.device.afterCrash(random, 4);
      for (int again = 0; again < 3; again++) {
        var recovering = new History(content);
        recovering.device.dieAfter(random.nextInt(6));
        recovering.opened(first, "seed " + seed);
        content = recovering.device.afterCrash(random, 4);
      }
      recover("seed " + seed, first, content);
    }
  }

  @Test
  void aFlippedBitIsHealedOrRefusedAndNeverDropped() {
    var history = new History(new byte[REGION_BYTES]);
    history.run(1);
    byte[] content = history.device.content();
    var random = new SplittableRandom(5);
    int changed = 0;
    for (int at = 0; at < content.length; at += 64) {
      byte[] flipped = content.clone();
      int position = at + random.nextInt(64);
      flipped[position] ^= (byte) (1 << random.nextInt(8));
      recover("bit flipped in byte " + position, history, flipped);
      changed++;
    }
    assertThat(changed).isEqualTo(REGION_BYTES / 64);
  }

  @Test
  void damageInBothCopiesIsRefused() {
    var history = new History(new byte[REGION_BYTES]);
    history.run(1);
    byte[] content = history.device.content();
    int area = REGION_BYTES / RecordFormat.AREAS;
    int refusals = 0;
    for (int half = 0; half < 2; half++) {
      int first = half * 2 * area;
      byte[] broken = content.clone();
      broken[first + RecordFormat.BLOCK_BYTES + 45] ^= 1;
      broken[first + area + RecordFormat.BLOCK_BYTES + 45] ^= 1;
      if (new History(broken).open(Mode.READ_WRITE) instanceof Opened.Refused(Refusal refusal)) {
        assertThat(refusal.sentence())
            .contains("damaged in both copies")
            .contains("nothing was changed");
        refusals++;
      }
    }
    assertThat(refusals).as("one log is in force").isEqualTo(1);
  }
}
