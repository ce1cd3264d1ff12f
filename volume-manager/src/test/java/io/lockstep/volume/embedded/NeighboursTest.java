package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A volume that is not served, or that may only be read, says nothing about its neighbours: they
/// are served, and written where nothing of somebody else hangs on them. Beside the golden text's
/// volumes, `a` and `b-x.y`, lies another one.
@Tag("unit")
class NeighboursTest {
  private static final String FLAGS =
      "status = [\"READ\", \"VISIBLE\"]\nflags = [\"WRITE_LOCKED\"]";
  private static final Serving WRITABLE = new Serving.ReadWrite();

  private final Fixture fixture = new Fixture();

  /// The golden text with one more volume, `theirs`, in the words of lvm2.
  private static String text(String flags, String segment) {
    String golden = GoldenTest.textAsString();
    String head =
        """
        theirs {
        id = "Bbbbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbbbb"
        %s
        creation_time = 1795242090\t# 2026-11-22
        creation_host = "other"
        segment_count = 1

        segment1 {
        start_extent = 0
        extent_count = 2\t# 8 Megabytes

        %s
        }
        }
        """
            .formatted(flags, segment);
    int at = golden.indexOf("\na {") + 1;
    return golden.substring(0, at) + head + golden.substring(at);
  }

  private VolumeEngine opened(String text) {
    return fixture.opened(disk(text));
  }

  private CrashDisk disk(String text) {
    return fixture.space(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Serving serving(VolumeEngine engine, String name) {
    return engine.serving(volume(engine, name));
  }

  private static Volume volume(VolumeEngine engine, String name) {
    return engine.volumes().stream().filter(v -> v.name().equals(name)).findFirst().orElseThrow();
  }

  private void isWritten(VolumeEngine engine, String name) {
    BlockDevice device = engine.device(name).orElseThrow();
    byte[] content = new byte[4096];
    Arrays.fill(content, (byte) 0x5A);
    assertThat(fixture.write(device, 4096, content)).isEqualTo(IoResult.OK);
    assertThat(fixture.read(device, 4096, 4096)).isEqualTo(content);
  }

  private void isReadOnly(VolumeEngine engine, String name) {
    BlockDevice device = engine.device(name).orElseThrow();
    byte[] before = fixture.read(device, 0, 4096);
    assertThat(fixture.write(device, 0, new byte[4096]).reason())
        .isEqualTo(IoResult.Reason.WRITE_PROTECTED);
    assertThat(fixture.<IoResult>await(done -> device.discard(0, 4096, done::accept)).reason())
        .isEqualTo(IoResult.Reason.WRITE_PROTECTED);
    assertThat(fixture.<IoResult>await(done -> device.flush(done::accept))).isEqualTo(IoResult.OK);
    assertThat(fixture.read(device, 0, 4096)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"thin", "thin-pool", "raid1", "cache", "mirror", "vdo", "integrity", "newfangled"})
  void aKindThatIsNotMappedStopsItselfOnly(String type) {
    CrashDisk disk = disk(text(FLAGS, "type = \"" + type + "\"\nwhatever = [1, \"x\", 2]"));
    Map<Long, byte[]> before = metadata(disk);
    VolumeEngine engine = fixture.opened(disk);

    assertThat(serving(engine, "theirs"))
        .isEqualTo(new Serving.Not("it has a segment of type " + type));
    assertThat(engine.device("theirs")).isEmpty();
    assertThat(serving(engine, "a")).isEqualTo(WRITABLE);
    isWritten(engine, "a");
    isWritten(engine, "b-x.y");
    assertThat(Fixture.why(fixture.create(engine, "new", 4 << 20)))
        .isEqualTo(
            "the group is read-only here, because its volume theirs has a segment of type " + type);
    assertThat(Fixture.why(fixture.delete(engine, "a"))).contains("theirs");
    assertThat(metadata(disk)).usingRecursiveComparison().isEqualTo(before);
  }

  private static String snapshot(String fields) {
    return text(FLAGS, "type = \"snapshot\"\n" + fields.replace("; ", "\n"));
  }

  @Test
  void aSnapshotThatIsUnderstoodIsNoReasonToKeepOff() {
    VolumeEngine engine = opened(snapshot("chunk_size = 8; origin = \"a\"; cow_store = \"b-x.y\""));

    assertThat(engine.group().readOnlyReason()).isEmpty();
    assertThat(serving(engine, "a")).isEqualTo(WRITABLE);
    assertThat(volume(engine, "b-x.y").snapshotOf().orElseThrow().chunkBytes()).isEqualTo(4096);
    assertThat(engine.volumes()).as("theirs is the link").hasSize(2);
  }

  /// What is written to an origin past the copy-on-write of a snapshot changes the snapshot.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chunk_size = 7; origin = \"a\"; cow_store = \"b-x.y\"",
        "chunk_size = 4; origin = \"a\"; cow_store = \"b-x.y\"",
        "chunk_size = 2048; origin = \"a\"; cow_store = \"b-x.y\"",
        "chunk_size = 8; origin = \"a\"; cow_store = \"b-x.y\"; newfangled = 1",
      })
  void theOriginOfASnapshotThatIsNotUnderstoodIsReadAndNotWritten(String fields) {
    VolumeEngine engine = opened(snapshot(fields));

    assertThat(serving(engine, "a"))
        .isEqualTo(new Serving.ReadOnly("volume theirs is a snapshot of it"));
    isReadOnly(engine, "a");
    assertThat(serving(engine, "b-x.y"))
        .as("no disk, but the changes since the snapshot")
        .isEqualTo(new Serving.Not("it is a part of volume theirs"));
    assertThat(engine.device("b-x.y")).isEmpty();
    assertThat(Fixture.why(fixture.create(engine, "new", 4 << 20))).contains("type snapshot");
  }

  @Test
  void theOriginOfAThinVolumeIsReadAndNotWritten() {
    VolumeEngine engine =
        opened(text(FLAGS, "type = \"thin\"\nthin_pool = \"p\"\nexternal_origin = \"a\""));

    isReadOnly(engine, "a");
    isWritten(engine, "b-x.y");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pool = \"a\"",
        "raids = [\"x_rmeta_0\", \"a\"]",
        "policy { ~ log = \"a\" ~ }",
        "mirrors = [\"a\", 0]"
      })
  void aPartOfAnotherVolumeIsNotServedAsADisk(String names) {
    VolumeEngine engine = opened(text(FLAGS, "type = \"raid1\"\n" + names.replace('~', '\n')));

    assertThat(serving(engine, "a")).isEqualTo(new Serving.Not("it is a part of volume theirs"));
    isWritten(engine, "b-x.y");
  }

  /// pvmove: the moved volume names another volume where a disk was.
  @Test
  void aVolumeThatIsBeingMovedStopsItselfOnly() {
    VolumeEngine engine =
        opened(text(FLAGS, "type = \"striped\"\nstripe_count = 1\nstripes = [\"a\", 0]"));

    assertThat(serving(engine, "theirs")).isEqualTo(new Serving.Not("it lies on volume a"));
    assertThat(serving(engine, "a")).isEqualTo(new Serving.Not("it is a part of volume theirs"));
    isWritten(engine, "b-x.y");
    assertThat(engine.group().readOnlyReason()).contains("its volume theirs lies on its volume a");
  }

  @Test
  void aFlagThatIsNotKnownStopsItsOwnVolumeOnly() {
    VolumeEngine engine =
        opened(GoldenTest.textAsString().replaceFirst("VISIBLE", "VISIBLE\", \"LOCKED"));

    assertThat(serving(engine, "a")).isEqualTo(new Serving.ReadOnly("it has the flag LOCKED"));
    isReadOnly(engine, "a");
    isWritten(engine, "b-x.y");
  }

  private static String readOnlyNeighbour() {
    return text(
        "status = [\"READ\", \"VISIBLE\"]\nflags = []",
        "type = \"striped\"\nstripe_count = 1\t# linear\n\nstripes = [\n\"pv0\", 7\n]");
  }

  /// `lvchange --permission r`.
  @Test
  void aReadOnlyVolumeStopsItselfOnly() {
    VolumeEngine engine = opened(readOnlyNeighbour());

    assertThat(serving(engine, "theirs"))
        .isEqualTo(new Serving.ReadOnly("it is read-only (lvchange --permission r)"));
    isReadOnly(engine, "theirs");
    isWritten(engine, "a");
    assertThat(fixture.create(engine, "new", 4 << 20)).isInstanceOf(VolumeResult.Done.class);
  }

  @Test
  void whatAChangeDoesNotConcernStaysByteForByte() {
    String text = readOnlyNeighbour();
    CrashDisk disk = disk(text);
    VolumeEngine engine = fixture.opened(disk);

    assertThat(fixture.create(engine, "new", 4 << 20)).isInstanceOf(VolumeResult.Done.class);
    assertThat(fixture.rename(engine, "b-x.y", "b")).isInstanceOf(VolumeResult.Done.class);

    String written = written(disk);
    for (String name : new String[] {"theirs", "a"}) {
      String section = text.substring(text.indexOf("\n" + name + " {\n"));
      assertThat(written).contains(section.substring(0, section.indexOf("\n}\n}\n") + 5));
    }
    assertThat(written).contains("\nb {\n").doesNotContain("b-x.y {");
    assertThat(fixture.opened(disk).volumes()).isEqualTo(engine.volumes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"RESIZEABLE\", | \"EXPORTED\", | it was exported (vgexport)",
        "\"RESIZEABLE\", | \"CLUSTERED\", | it is shared by a cluster",
        "\"RESIZEABLE\", | \"NEWFANGLED\", | it has the flag NEWFANGLED",
        "lockstep-abc | another | it belongs to the system ID another",
        "\"ALLOCATABLE\"] | \"ALLOCATABLE\", \"MISSING\"] "
            + "| its physical volume pv0 is marked as missing",
      })
  void aGroupOfSomebodyElseMayOnlyBeRead(String original, String edit, String why) {
    VolumeEngine engine = opened(GoldenTest.textAsString().replace(original, edit));

    assertThat(serving(engine, "a"))
        .isEqualTo(new Serving.ReadOnly("its group may only be read: " + why));
    isReadOnly(engine, "a");
    isReadOnly(engine, "b-x.y");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "max_lv = 0 | max_lv = 9",
        "\"READ\"]~flags = [\"WRITE_LOCKED\"] | \"READ\"]~flags = []"
      })
  void aGroupWhoseMetadataIsNotChangedIsStillWritten(String original, String edit) {
    String from = original.replace('~', '\n');
    String to = edit.replace('~', '\n');
    VolumeEngine engine = opened(GoldenTest.textAsString().replace(from, to));

    assertThat(engine.group().readOnlyReason()).isPresent();
    isWritten(engine, "a");
  }

  private static String written(CrashDisk disk) {
    byte[] area = new byte[64 << 10];
    for (int sector = 0; sector < area.length / 512; sector++) {
      byte[] bytes = disk.content().getOrDefault(8L + sector, new byte[512]);
      System.arraycopy(Check.present(bytes, "a sector"), 0, area, sector * 512, 512);
    }
    try {
      var at = MetadataHeader.decode(4096, Arrays.copyOf(area, 512)).committed().orElseThrow();
      int start = (int) at.offset();
      return new String(area, start, (int) at.size(), StandardCharsets.ISO_8859_1);
    } catch (DamagedException damaged) {
      throw new AssertionError(damaged);
    }
  }

  /// What lies before the first extent.
  private static Map<Long, byte[]> metadata(CrashDisk disk) {
    return new TreeMap<>(new TreeMap<>(disk.content()).headMap((1L << 20) / 512));
  }
}
