package io.lockstep.block.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BufferPool;
import io.lockstep.block.CrashDevice;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.filter.StatisticsFilter;
import io.lockstep.block.record.RecordStore.Mode;
import io.lockstep.block.record.RecordStore.Opened;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a record store keeps, refuses and tells, without crashes.
@Tag("unit")
final class RecordStoreTest {
  private static final int REGION_BYTES = 8 << 20;
  private static final RecordKey KEY = new RecordKey("export", "vm1");

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(0);

  private CrashDevice device(byte[] content) {
    return new CrashDevice(loop, content);
  }

  private CrashDevice blank() {
    return device(new byte[REGION_BYTES]);
  }

  private Opened open(CrashDevice device, Mode mode) {
    var outcome = new ArrayList<Opened>();
    var region = new RecordRegion(device, 0, device.limits().sizeBytes());
    RecordStore.open(region, loop, pool, mode, outcome::add);
    loop.runUntil(() -> !outcome.isEmpty(), 100_000);
    assertThat(pool.borrowedBytes()).isZero();
    return outcome.getFirst();
  }

  private RecordStore ready(CrashDevice device, Mode mode) {
    return switch (open(device, mode)) {
      case Opened.Ready(RecordStore store) -> store;
      case Opened.Refused(Refusal refusal) -> throw new AssertionError(refusal.sentence());
    };
  }

  private RecordStore reopened(CrashDevice device) {
    return ready(device(device.content()), Mode.READ_WRITE);
  }

  private IoResult put(RecordStore store, RecordKey key, byte[] value) {
    var results = new ArrayList<IoResult>();
    store.put(key, value, results::add);
    assertThat(results).isEmpty();
    loop.runUntil(() -> !results.isEmpty(), 100_000);
    return results.getFirst();
  }

  private IoResult delete(RecordStore store, RecordKey key) {
    var results = new ArrayList<IoResult>();
    store.delete(key, results::add);
    loop.runUntil(() -> !results.isEmpty(), 100_000);
    return results.getFirst();
  }

  private static byte[] random(int length, long seed) {
    var bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aStoreThatIsClosedEndsWhatItWritesAndRefusesTheRest() {
    CrashDevice device = blank();
    var counted = new StatisticsFilter(device);
    var opened = new ArrayList<Opened>();
    RecordStore.open(
        new RecordRegion(counted, 0, REGION_BYTES), loop, pool, Mode.READ_WRITE, opened::add);
    loop.runUntil(() -> !opened.isEmpty(), 100_000);
    RecordStore store = ((Opened.Ready) opened.getFirst()).store();
    var results = new ArrayList<Boolean>();
    store.put(KEY, new byte[] {1}, result -> results.add(result.isOk()));
    store.put(KEY, new byte[] {2}, result -> results.add(result.isOk()));
    var underWay = new ArrayList<Long>();

    store.close(() -> underWay.add((long) counted.counts().inFlight()));
    store.put(KEY, new byte[] {3}, result -> results.add(result.isOk()));
    loop.runUntil(() -> !underWay.isEmpty() && results.size() == 3, 100_000);

    assertThat(underWay).containsExactly(0L);
    assertThat(results).containsExactlyInAnyOrder(true, false, false);
    assertThat(reopened(device).get(KEY)).contains(new byte[] {1});
  }

  @Test
  void aBlankRegionIsAnEmptyStoreAndStaysBlank() {
    CrashDevice device = blank();
    RecordStore store = ready(device, Mode.READ_WRITE);
    assertThat(store.get(KEY)).isEmpty();
    assertThat(store.keys("export")).isEmpty();
    assertThat(device.operationCount()).isZero();
  }

  @Test
  void keepsPutsAndForgetsDeletes() {
    CrashDevice device = blank();
    RecordStore store = ready(device, Mode.READ_WRITE);
    RecordKey other = new RecordKey("lu", "vm1");
    RecordKey later = new RecordKey("export", "vm0");
    assertThat(put(store, KEY, "one".getBytes(UTF_8))).isEqualTo(IoResult.OK);
    assertThat(put(store, other, new byte[0])).isEqualTo(IoResult.OK);
    assertThat(put(store, later, random(64 << 10, 1))).isEqualTo(IoResult.OK);
    assertThat(put(store, KEY, "two".getBytes(UTF_8))).isEqualTo(IoResult.OK);
    assertThat(delete(store, other)).isEqualTo(IoResult.OK);
    assertThat(delete(store, new RecordKey("lu", "never-there"))).isEqualTo(IoResult.OK);
    for (RecordStore each : List.of(store, reopened(device))) {
      assertThat(each.get(KEY).orElseThrow()).isEqualTo("two".getBytes(UTF_8));
      assertThat(each.get(other)).isEmpty();
      assertThat(each.get(later).orElseThrow()).isEqualTo(random(64 << 10, 1));
      assertThat(each.keys("export")).containsExactly(later, KEY);
      assertThat(each.keys("lu")).isEmpty();
    }
  }

  @Test
  void theOldValueStaysUntilTheNewOneIsStable() {
    RecordStore store = ready(blank(), Mode.READ_WRITE);
    put(store, KEY, new byte[] {1});
    var results = new ArrayList<IoResult>();
    store.put(KEY, new byte[] {2}, results::add);
    assertThat(store.get(KEY).orElseThrow()).containsExactly(1);
    loop.runUntil(() -> !results.isEmpty(), 1000);
    assertThat(store.get(KEY).orElseThrow()).containsExactly(2);
  }

  @Test
  void whatIsGivenAndTakenIsACopy() {
    RecordStore store = ready(blank(), Mode.READ_WRITE);
    byte[] value = {1};
    put(store, KEY, value);
    value[0] = 9;
    store.get(KEY).orElseThrow()[0] = 9;
    assertThat(store.get(KEY).orElseThrow()).containsExactly(1);
  }

  @Test
  void holdsAThousandRecordsOfAKilobyteThroughManyNewLogs() {
    CrashDevice device = blank();
    RecordStore store = ready(device, Mode.READ_WRITE);
    var results = new ArrayList<IoResult>();
    for (int round = 0; round < 3; round++) {
      for (int index = 0; index < 1000; index++) {
        store.put(new RecordKey("lu", "volume" + index), random(1024, index + round), results::add);
      }
      int expected = 1000 * (round + 1);
      loop.runUntil(() -> results.size() == expected, 100_000);
    }
    assertThat(results).containsOnly(IoResult.OK);
    RecordStore again = reopened(device);
    assertThat(again.keys("lu")).hasSize(1000);
    for (int index = 0; index < 1000; index++) {
      RecordKey key = new RecordKey("lu", "volume" + index);
      assertThat(again.get(key).orElseThrow()).isEqualTo(random(1024, index + 2));
    }
  }

  @Test
  void theLargestRecordIsKeptAndALargerOneRefused() {
    CrashDevice device = blank();
    RecordStore store = ready(device, Mode.READ_WRITE);
    byte[] largest = random(128 << 10, 1);
    assertThat(put(store, KEY, largest)).isEqualTo(IoResult.OK);
    assertThat(put(store, KEY, random((128 << 10) + 1, 2)).isOk()).isFalse();
    assertThat(reopened(device).get(KEY)).contains(largest);
  }

  @Test
  void aFullStoreRefusesAndChangesNothing() {
    CrashDevice device = blank();
    RecordStore store = ready(device, Mode.READ_WRITE);
    int count = 0;
    IoResult result = IoResult.OK;
    while (result.isOk()) {
      result = put(store, new RecordKey("lu", "v" + count++), random(100 << 10, count));
    }
    assertThat(result.reason()).isEqualTo(IoResult.Reason.NO_SPACE);
    assertThat(result.detail()).contains("fill").contains("delete");
    assertThat(count).isGreaterThan(15);
    assertThat(reopened(device).keys("lu")).hasSize(count - 1);
    assertThat(delete(store, new RecordKey("lu", "v0"))).isEqualTo(IoResult.OK);
    assertThat(put(store, new RecordKey("lu", "w"), random(100 << 10, 1))).isEqualTo(IoResult.OK);
    assertThat(put(store, KEY, new byte[RecordStore.VALUE_BYTES_MAX + 1]).detail())
        .contains("at most");
    assertThat(reopened(device).keys("lu")).hasSize(count - 1);
  }

  @Test
  void aChangeOfAReadOnlyStoreIsABug() {
    RecordStore store = ready(blank(), Mode.READ_ONLY);
    assertThatThrownBy(() -> put(store, KEY, new byte[0])).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> new RecordKey("Export", "x")).isInstanceOf(AssertionError.class);
    assertThat(RecordKey.isName("a".repeat(63))).isTrue();
    assertThat(RecordKey.isName("a".repeat(64))).isFalse();
    assertThat(RecordKey.isName("-a")).isFalse();
  }

  @Test
  void foreignContentIsRefusedWithASentence() {
    byte[] content = random(REGION_BYTES, 3);
    assertThat(refusal(content)).contains("bytes 0 to 8388608").contains("not ours");
  }

  @Test
  void aNewerFormatIsRefused() {
    CrashDevice device = blank();
    put(ready(device, Mode.READ_WRITE), KEY, new byte[] {1});
    byte[] content = device.content();
    var header = java.nio.ByteBuffer.wrap(content, 0, 4096).slice();
    header.putShort(4, (short) 2);
    var crc = new java.util.zip.CRC32C();
    crc.update(content, 0, 20);
    header.putInt(20, (int) crc.getValue());
    assertThat(refusal(content)).contains("version 2").contains("newer release");
  }

  private String refusal(byte[] content) {
    CrashDevice device = device(content);
    Opened opened = open(device, Mode.READ_WRITE);
    assertThat(device.operationCount()).isZero();
    return ((Opened.Refused) opened).refusal().sentence();
  }

  @Test
  void aFailedDiskRefusesEveryLaterChange() {
    CrashDevice device = blank();
    var failing = new FaultFilter(device, loop);
    var outcome = new ArrayList<Opened>();
    RecordStore.open(
        new RecordRegion(failing, 0, REGION_BYTES), loop, pool, Mode.READ_WRITE, outcome::add);
    loop.runUntil(() -> !outcome.isEmpty(), 1000);
    RecordStore store = ((Opened.Ready) outcome.getFirst()).store();
    put(store, KEY, new byte[] {1});
    failing.failing(
        operation ->
            operation.kind() == FaultFilter.Kind.FLUSH
                ? IoResult.mediumError("the disk is broken")
                : IoResult.OK);
    assertThat(put(store, KEY, new byte[] {2}).detail()).contains("broken");
    assertThat(put(store, KEY, new byte[] {3}).detail()).contains("broken");
    assertThat(store.get(KEY).orElseThrow()).containsExactly(1);
  }

  @Test
  void aReplicaReadWhileItChangesShowsATruePicture() {
    int pictures = 0;
    for (long seed = 0; seed < 60; seed++) {
      var random = new SplittableRandom(seed);
      CrashDevice device = device(new byte[64 << 10]);
      RecordStore writer = ready(device, Mode.READ_WRITE);
      var acknowledged = new int[1];
      for (int count = 1; count <= 200; count++) {
        byte[] value = {(byte) count, (byte) (count >> 8)};
        int now = count;
        writer.put(KEY, value, _ -> acknowledged[0] = now);
        for (int turns = random.nextInt(12); turns > 0; turns--) {
          loop.turn();
        }
        if (random.nextInt(10) == 0) {
          int before = acknowledged[0];
          var region = new RecordRegion(device, 0, 64 << 10);
          var opened = new ArrayList<Opened>();
          RecordStore.open(region, loop, pool, Mode.READ_ONLY, opened::add);
          loop.runUntil(() -> !opened.isEmpty(), 100_000);
          assertThat(opened.getFirst()).as("seed %d", seed).isInstanceOf(Opened.Ready.class);
          byte[] seen = ((Opened.Ready) opened.getFirst()).store().get(KEY).orElse(new byte[2]);
          assertThat((seen[0] & 0xFF) + ((seen[1] & 0xFF) << 8))
              .as("seed %d", seed)
              .isBetween(before, count);
          pictures++;
        }
      }
      loop.runReady();
    }
    assertThat(pictures).isGreaterThan(500);
  }
}
