package io.lockstep.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.record.RecordKey;
import io.lockstep.block.record.RecordRegion;
import io.lockstep.block.record.RecordStore;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.Json;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.volume.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The three records of an export: their bytes, what is wrong with them, and that a change of
/// several is sound wherever a crash cuts it off. A store does each change or none of it, in their
/// order; so a crash leaves a beginning of what was stored, and every beginning is tried.
@Tag("crash")
@Timeout(60)
final class ExportRecordsTest {
  private static final String IQN = "iqn.2026-11.io.lockstep:k7x2ma.box";
  private static final String HOST = "iqn.1993-08.org.debian:01:h";

  private static final String UNIT =
      """
      {"version":3,"name":"vm1","volumeUuid":"u1","volume":"vm1",\
      "naa":"6024c530000000000000000000000001","serial":"S1","blockBytes":512,\
      "writeCache":false,"target":"box","lun":4,"exported":true,"deleted":false}""";

  private static final String TARGET =
      """
      {"version":1,"name":"box","iqn":"iqn.2026-11.io.lockstep:k7x2ma.box"}""";

  private static final String ACCESS =
      """
      {"version":1,"target":"box","initiators":["iqn.1993-08.org.debian:01:h"]}""";

  private static final String EXCLUSIVE =
      """
      {"version":2,"target":"box","initiators":["iqn.1993-08.org.debian:01:h"],"exclusive":true}""";

  private static final String OLDER =
      """
      {"version":2,"name":"vm9","volumeUuid":"u9","volume":"vm9",\
      "iqn":"iqn.2026-11.io.lockstep:k7x2ma.vm9",\
      "naa":"6024c530000000000000000000000009","serial":"S9",\
      "blockBytes":512,"exported":true,"initiators":["iqn.1993-08.org.debian:01:h"],\
      "deleted":false,"writeCache":false}""";

  private final RingLoop loop = RingLoop.start("records", LoopKind.EPOLL, Fatal.HALT);
  private final BufferPool pool = new BufferPool(8 << 20);

  @AfterEach
  void stop() {
    loop.close();
  }

  private static UnitRecord unit(String name, int lun, boolean exported) {
    String naa = "6024c53000000000000000000000000" + name.charAt(2);
    return new UnitRecord(
        UnitRecord.VERSION,
        name,
        "u" + name.charAt(2),
        name,
        naa,
        "S" + name.charAt(2),
        512,
        true,
        "box",
        lun,
        exported,
        false);
  }

  private static Volume volume(String name) {
    return new Volume(name, "u" + name.charAt(2), 4 << 20, Volume.Access.READ_WRITE, List.of());
  }

  /// A store with these records, on a device of its own.
  private RecordStore store(Map<RecordKey, byte[]> records) {
    RecordStore store = open(new MemoryDevice(loop, (int) DiskLayout.RECORDS_BYTES, 512, 4096));
    records.forEach((key, value) -> assertThat(ok(done -> store.put(key, value, done))).isTrue());
    return store;
  }

  private RecordStore open(BlockDevice device) {
    return on(
        done ->
            RecordStore.open(
                new RecordRegion(device, 0, DiskLayout.RECORDS_BYTES),
                loop,
                pool,
                RecordStore.Mode.READ_WRITE,
                opened -> done.complete(((RecordStore.Opened.Ready) opened).store())));
  }

  private <T> T on(Consumer<CompletableFuture<T>> work) {
    var answer = new CompletableFuture<T>();
    loop.execute(() -> work.accept(answer));
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private boolean ok(Consumer<Completion> work) {
    return this.<IoResult>on(done -> work.accept(done::complete)).isOk();
  }

  private ExportRecords read(RecordStore store) {
    ExportRecords.Read read = on(done -> done.complete(ExportRecords.read(store)));
    assertThat(read).isInstanceOf(ExportRecords.Read.Good.class);
    return ((ExportRecords.Read.Good) read).records();
  }

  private static RecordKey key(String type, String name) {
    return new RecordKey(type, name);
  }

  private static Map<RecordKey, byte[]> golden() {
    var records = new LinkedHashMap<RecordKey, byte[]>();
    records.put(key("access", "box"), ACCESS.getBytes(UTF_8));
    records.put(key("target", "box"), TARGET.getBytes(UTF_8));
    records.put(key("lu", "vm1"), UNIT.getBytes(UTF_8));
    return records;
  }

  private static Export goldenExport() {
    UnitRecord unit = unit("vm1", 4, true).withWriteCache(false);
    return new Export(unit, TargetRecord.of("box", IQN), AccessRecord.of("box", List.of(HOST)));
  }

  @Test
  void anExportIsTheseThreeTexts() {
    RecordStore store = store(Map.of());
    ExportRecords records = read(store);
    assertThat(ok(done -> records.put(goldenExport(), done))).isTrue();

    assertThat(everything(store)).containsExactlyInAnyOrder(UNIT, TARGET, ACCESS);
    assertThat(read(store(golden())).exports()).containsExactly(goldenExport());
  }

  private static List<String> everything(RecordStore store) {
    var texts = new ArrayList<String>();
    for (String type : List.of("lu", "target", "access")) {
      store.keys(type).forEach(key -> texts.add(new String(store.get(key).orElseThrow(), UTF_8)));
    }
    return texts;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          lu     | vm1 | "version":3       | "version":4        | version 4, this release knows 3
          lu     | vm1 | "version":3       | "version":0        | version 0
          lu     | vm1 | "name":"vm1"      | "name":"vm2"       | it says that it is vm2
          lu     | vm1 | "naa":"6          | "naa":"3           | naa is not
          lu     | vm1 | "lun":4           | "lun":16384        | lun is 16384
          lu     | vm1 | "lun":4,          |                    | lun
          lu     | vm1 | "target":"box"    | "target":"BOX"     | target is not the name
          lu     | vm1 | "target":"box"    | "target":"bag"     | its target are missing
          lu     | vm1 | "S1"              | "S 1"              | serial is not
          target | box | "version":1       | "version":2        | version 2, this release knows 1
          target | box | lockstep:k7x2ma.  | lockstep:k7x2ma_   | iqn is not
          access | box | "target":"box"    | "target":"bag"     | it says that it is bag
          access | box | "iqn.1993-08.org.debian:01:h" | "h"    | initiators holds
          access | box | "initiators":     | "guests":          | initiators
          access | box | "version":1       | "version":2        | exclusive is not what
          access | box | "version":1       | "version":3        | version 3, this release knows 2
          """)
  void whatIsWrongIsSaid(
      String type, String name, String from, @Nullable String to, String clause) {
    Map<RecordKey, byte[]> records = golden();
    String text = new String(Check.present(records.get(key(type, name)), "it is there"), UTF_8);
    assertThat(text).contains(from);
    records.put(key(type, name), text.replace(from, to == null ? "" : to).getBytes(UTF_8));

    assertThat(refusal(records)).contains(clause).contains(name);
  }

  /// What was not exclusive is as it was before that could be said.
  @Test
  void anExclusiveAccessIsAVersionOfItsOwn() {
    RecordStore store = store(golden());
    ExportRecords records = read(store);
    AccessRecord access = goldenExport().access().exclusive(true);
    assertThat(ok(done -> records.put(goldenExport().with(access), done))).isTrue();

    assertThat(everything(store)).containsExactlyInAnyOrder(UNIT, TARGET, EXCLUSIVE);
    assertThat(read(store).exports()).containsExactly(goldenExport().with(access));
    assertThat(ok(done -> records.put(goldenExport(), done))).isTrue();
    assertThat(everything(store)).containsExactlyInAnyOrder(UNIT, TARGET, ACCESS);
  }

  @Test
  void whatIsGivenTwiceIsRefused() {
    for (String part : List.of("\"lun\":4", "000001", "\"S1\"")) {
      Map<RecordKey, byte[]> records = golden();
      String other =
          UNIT.replace("vm1", "vm2").replace("u1", "u2").replace("\"lun\":4", "\"lun\":5");
      other = other.replace("000001", "000002").replace("\"S1\"", "\"S2\"");
      String same = part.replace("4", "5").replace("000001", "000002").replace("S1", "S2");
      records.put(key("lu", "vm2"), other.replace(same, part).getBytes(UTF_8));
      assertThat(refusal(records)).as(part).contains("another record has its");
    }
    Map<RecordKey, byte[]> records = golden();
    records.put(key("target", "bag"), TARGET.replace("\"box\"", "\"bag\"").getBytes(UTF_8));
    assertThat(refusal(records)).contains("another record has its iqn");
  }

  private String refusal(Map<RecordKey, byte[]> records) {
    RecordStore store = store(records);
    ExportRecords.Read read = on(done -> done.complete(ExportRecords.read(store)));
    assertThat(read).isInstanceOf(ExportRecords.Read.Bad.class);
    return ((ExportRecords.Read.Bad) read).sentence();
  }

  // --- crashes ---

  /// Runs a change on a disk that fails at each of its writes and flushes in turn, as if the node
  /// had died there; then opens what is on the disk, mends it and looks.
  ///
  /// @param look what must be so, at whatever step it ended
  /// @return at how many steps it ended, the whole change among them
  private int atEachStep(
      Map<RecordKey, byte[]> before,
      BiConsumer<ExportRecords, Completion> change,
      Consumer<ExportRecords> look,
      Volume... volumes) {
    for (int steps = 0; ; steps++) {
      var disk = new MemoryDevice(loop, (int) DiskLayout.RECORDS_BYTES, 512, 4096);
      var dying = new FaultFilter(disk, loop);
      RecordStore store = open(dying);
      before.forEach((key, value) -> assertThat(ok(d -> store.put(key, value, d))).isTrue());
      ExportRecords records = read(store);
      int[] left = {steps};
      dying.failing(
          operation ->
              operation.kind() == FaultFilter.Kind.READ || left[0]-- > 0
                  ? IoResult.OK
                  : IoResult.mediumError("the node has died"));
      boolean whole = ok(end -> change.accept(records, end));

      ExportRecords found = read(open(disk));
      assertThat(ok(end -> found.mend(List.of(volumes), end))).isTrue();
      look.accept(found);
      RecordStore mended = open(disk);
      ExportRecords again = read(mended);
      assertThat(again.units()).isEqualTo(found.units());
      assertThat(again.exports()).isEqualTo(found.exports());
      assertThat(mended.keys(AccessRecord.TYPE))
          .extracting(RecordKey::name)
          .isEqualTo(again.exports().stream().map(one -> one.target().name()).distinct().toList());
      if (whole) {
        return steps;
      }
    }
  }

  @Test
  void anExportThatIsCutOffIsThereOrNot() {
    var seen = new TreeSet<Integer>();
    int steps =
        atEachStep(
            Map.of(),
            (records, done) -> records.put(goldenExport(), done),
            records -> {
              assertThat(records.exports()).isSubsetOf(goldenExport());
              seen.add(records.exports().size());
            },
            volume("vm1"));

    assertThat(steps).as("each of the three is stable by itself").isGreaterThanOrEqualTo(6);
    assertThat(seen).containsExactly(0, 1);
  }

  @Test
  void aWithdrawalThatIsCutOffIsDoneOrNot() {
    var seen = new TreeSet<Integer>();
    atEachStep(
        golden(),
        (records, done) -> records.withdraw(records.exports().getFirst(), done),
        records -> {
          seen.add(records.exports().size());
          assertThat(records.ofVolume("vm1").orElseThrow().target()).isEqualTo("box");
        },
        volume("vm1"));

    assertThat(seen).containsExactly(0, 1);
  }

  /// Who may log in is never wider than before, nor narrower, at any step.
  @Test
  void anUpgradeThatIsCutOffLeavesTheExportAsItWas() throws Json.BadJsonException {
    LuRecord old = LuRecord.decode(OLDER.getBytes(UTF_8));
    var before = Map.of(key("lu", "vm9"), OLDER.getBytes(UTF_8));
    int steps =
        atEachStep(
            before,
            (records, done) -> records.mend(List.of(volume("vm9")), done),
            records -> {
              assertThat(records.exports())
                  .containsExactly(
                      new Export(old.unit(), old.target(), old.access().orElseThrow()));
            },
            volume("vm9"));

    assertThat(steps).isGreaterThanOrEqualTo(6);
  }

  @Test
  void theRecordOfAVolumeThatIsGoneKeepsItsNamesOnly() {
    RecordStore store = store(golden());
    ExportRecords records = read(store);
    assertThat(ok(done -> records.mend(List.of(), done))).isTrue();

    assertThat(records.exports()).isEmpty();
    assertThat(records.units()).allMatch(UnitRecord::deleted);
    assertThat(records.taken().names()).containsExactlyInAnyOrder("vm1", "box");
    assertThat(store.keys(AccessRecord.TYPE)).isEmpty();
  }

  @Test
  void theLastThatGoesTakesTheAccessAlong() {
    RecordStore store = store(golden());
    ExportRecords records = read(store);
    Export second =
        new Export(
            unit("vm2", 0, true),
            TargetRecord.of("box", IQN),
            AccessRecord.of("box", List.of(HOST)));
    assertThat(ok(done -> records.put(second, done))).isTrue();

    assertThat(ok(done -> records.withdraw(goldenExport(), done))).isTrue();
    assertThat(store.keys(AccessRecord.TYPE)).hasSize(1);
    assertThat(ok(done -> records.withdraw(second, done))).isTrue();
    assertThat(store.keys(AccessRecord.TYPE)).isEmpty();
  }
}
