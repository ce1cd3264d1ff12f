package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.IoResult;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeResult;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// lvm2's own tools as judges: what the engine writes they read and find sound, what they write the
/// engine opens, and each goes on with the other's work.
@Tag("interop")
class LvmToolsTest {
  private static final long MIB = Fixture.MIB;

  @TempDir Path directory;

  private final Fixture fixture = new Fixture();
  private LvmTools tools;
  private Path image;

  @BeforeEach
  void tools() {
    tools = new LvmTools(directory);
    image = directory.resolve("pv.img");
  }

  @AfterEach
  void detach() {
    tools.close();
  }

  @Test
  void theToolsAgreeWithEveryFieldOfWhatTheEngineWrote() {
    BlockDevice space = fixture.memory(64 * MIB);
    VolumeEngine engine = fixture.opened(space);
    assertToolsAgree(engine, space);
    for (String name : List.of("a", "b", "c-d.e", "d")) {
      assertDone(fixture.create(engine, name, 8 * MIB));
    }
    assertDone(fixture.delete(engine, "a"));
    assertDone(fixture.delete(engine, "c-d.e"));
    assertDone(fixture.create(engine, "0fragmented", 20 * MIB));
    assertDone(fixture.resize(engine, "b", 12 * MIB, false));
    assertDone(fixture.resize(engine, "d", 4 * MIB, true));
    assertDone(fixture.rename(engine, "d", "x".repeat(63)));
    assertToolsAgree(engine, space);
  }

  @Test
  void theToolsReadTheRingAfterItHasGoneRoundTwice() {
    BlockDevice space = fixture.memory(16 * MIB);
    VolumeEngine engine = fixture.opened(space);
    assertDone(fixture.create(engine, "vm1", 4 * MIB));
    int commits = 2 * (int) (MIB / MetadataRing.ALIGNMENT_BYTES) + 7;
    for (int index = 0; index < commits; index++) {
      assertDone(fixture.rename(engine, "vm" + (1 + index % 2), "vm" + (2 - index % 2)));
    }
    assertThat(engine.group().sequenceNumber()).isEqualTo(2 + commits);
    assertToolsAgree(engine, space);
  }

  @Test
  void theToolsGoOnAfterTheEngineAndTheEngineAfterTheTools() {
    BlockDevice space = fixture.memory(64 * MIB);
    VolumeEngine engine = fixture.opened(space);
    assertDone(fixture.create(engine, "vm1", 8 * MIB));
    assertDone(fixture.create(engine, "vm2", 8 * MIB));
    LvmTools.save(fixture, space, image);
    tools.attach(image);
    tools.lvm("lvextend", "--size", "+8m", "vgt/vm1");
    tools.lvm("lvrename", "vgt/vm2", "vm3");
    tools.lvm("lvchange", "--addtag", "kept.tag", "vgt/vm1");
    tools.lvm("lvcreate", "-an", "-Zn", "-Wn", "--size", "4m", "--name", "made", "vgt");
    tools.detach();

    space = LvmTools.load(fixture, image);
    engine = fixture.opened(space);
    assertThat(engine.volumes()).extracting(Volume::name).containsExactly("vm1", "vm3", "made");
    assertThat(engine.group().sequenceNumber()).isEqualTo(7);
    assertDone(fixture.resize(engine, "vm1", 24 * MIB, false));
    assertDone(fixture.delete(engine, "vm3"));
    assertDone(fixture.create(engine, "again", 12 * MIB));
    assertToolsAgree(engine, space);
    tools.attach(image);
    assertThat(tools.report("lvs", "lv_name,lv_tags", "lv"))
        .as("a field that the engine does not know is kept")
        .anyMatch(row -> row.path("lv_tags").asString().equals("kept.tag"));
  }

  @Test
  void aGroupMadeByTheToolsOpensWithTheSameLayout() {
    blank(image, 64);
    String device = tools.attach(image).getFirst();
    tools.lvm("pvcreate", device);
    tools.lvm("vgcreate", "other", device);
    tools.lvm("lvcreate", "-an", "-Zn", "-Wn", "--size", "8m", "--name", "Upper_lower+1", "other");
    tools.lvm(
        "lvcreate",
        "-an",
        "-Zn",
        "-Wn",
        "--size",
        "16m",
        "--stripes",
        "2",
        "--stripesize",
        "64k",
        "--alloc",
        "anywhere",
        "--name",
        "striped",
        "other");
    tools.lvm("lvextend", "--size", "+4m", "other/Upper_lower+1");
    List<JsonNode> expected = segmentRows();
    tools.detach();

    BlockDevice space = LvmTools.load(fixture, image);
    VolumeEngine engine = fixture.opened(space);
    assertThat(engine.group().name()).isEqualTo("other");
    assertThat(engine.group().readOnlyReason()).isEmpty();
    assertThat(engineRows(engine)).isEqualTo(rows(expected));
    Segment striped = engine.volumes().getLast().segments().getFirst();
    assertThat(striped.stripeSizeBytes()).isEqualTo(64 << 10);
    assertThat(striped.stripes()).extracting(Stripe::startExtent).containsExactly(2L, 4L);

    assertDone(fixture.create(engine, "ours", 8 * MIB));
    assertDone(fixture.resize(engine, "striped", 24 * MIB, false));
    assertDone(fixture.rename(engine, "Upper_lower+1", "lower"));
    assertToolsAgree(engine, space);
    assertDone(fixture.resize(engine, "striped", 8 * MIB, true));
    assertToolsAgree(engine, space);
  }

  @Test
  void aGroupWithoutAnOwnerStaysWithoutOne() {
    BlockDevice space = fixture.memory(64 * MIB);
    EngineOptions nobody =
        new EngineOptions("vgt", "", "vm", new Random(1), () -> Fixture.CREATION_SECONDS);
    VolumeEngine engine = fixture.opened(space, nobody);
    assertDone(fixture.create(engine, "vm1", 8 * MIB));
    assertToolsAgree(engine, space, "");
    engine = fixture.opened(space);
    assertDone(fixture.create(engine, "vm2", 8 * MIB));
    assertToolsAgree(engine, space, "");
  }

  @Test
  void anEmptyPhysicalVolumeMadeByTheToolsGetsAGroup() {
    blank(image, 64);
    String device = tools.attach(image).getFirst();
    tools.lvm("pvcreate", device);
    tools.detach();
    BlockDevice space = LvmTools.load(fixture, image);
    VolumeEngine engine = fixture.opened(space);
    assertDone(fixture.create(engine, "vm1", 8 * MIB));
    assertToolsAgree(engine, space);
  }

  @Test
  void aTextThatRunsOverTheEndOfTheRingIsRead() {
    BlockDevice space = fixture.memory(16 * MIB);
    VolumeEngine engine = fixture.opened(space);
    assertDone(fixture.create(engine, "vm1", 4 * MIB));
    int commits = (int) (MIB / MetadataRing.ALIGNMENT_BYTES) - 4;
    for (int index = 0; index < commits; index++) {
      assertDone(fixture.rename(engine, "vm" + (1 + index % 2), "vm" + (2 - index % 2)));
    }
    LvmTools.save(fixture, space, image);
    String device = tools.attach(image).getFirst();
    boolean wrapped = false;
    for (int index = 0; index < 20 && !wrapped; index++) {
      tools.lvm("vgchange", index % 2 == 0 ? "--addtag" : "--deltag", "x".repeat(700), "vgt");
      wrapped = isWrapped(device);
    }
    assertThat(wrapped).as("lvm2 wrote a text over the end of the ring").isTrue();
    tools.detach();
    space = LvmTools.load(fixture, image);
    engine = fixture.opened(space);
    assertThat(engine.volumes()).hasSize(1);
    assertDone(fixture.create(engine, "vm5", 4 * MIB));
    assertToolsAgree(engine, space);
  }

  @Test
  void groupsThatTheEngineDoesNotMasterAreReadOnlyWithTheReason() {
    blank(image, 64);
    String device = tools.attach(image).getFirst();
    tools.lvm("pvcreate", device);
    tools.lvm("vgcreate", "vgt", device);
    tools.lvm("lvcreate", "-an", "-Zn", "-Wn", "--size", "8m", "--name", "plain", "vgt");
    tools.lvm("lvcreate", "-an", "--type", "zero", "--size", "8m", "--name", "z", "vgt");
    VolumeEngine beside = assertUnchangeable("its volume z has a segment of type zero");
    isWritten(beside, "plain");
    assertThat(beside.device("z")).isEmpty();
    tools.lvm("lvremove", "--yes", "vgt/z");
    tools.lvm("vgexport", "vgt");
    assertReadOnly("it was exported (vgexport)", "plain");
    tools.lvm("vgimport", "vgt");
    tools.lvm("vgchange", "--yes", "--systemid", "another", "vgt");
    assertReadOnly("it belongs to the system ID another", "plain");
  }

  @Test
  void aGroupWithAnotherDiskIsReadOnly() {
    blank(image, 64);
    Path second = directory.resolve("second.img");
    blank(second, 64);
    List<String> devices = tools.attach(image, second);
    tools.lvm("pvcreate", devices.get(0));
    tools.lvm("pvcreate", devices.get(1));
    tools.lvm("vgcreate", "vgt", devices.get(0), devices.get(1));
    tools.lvm(
        "lvcreate", "-an", "-Zn", "-Wn", "--size", "8m", "--name", "here", "vgt", devices.get(0));
    tools.lvm(
        "lvcreate", "-an", "-Zn", "-Wn", "--size", "8m", "--name", "there", "vgt", devices.get(1));
    VolumeEngine engine = assertUnchangeable("it has 1 more physical volumes");
    isWritten(engine, "here");
    assertThat(engine.volumes()).hasSize(2);
    assertThat(engine.device("there")).isEmpty();
  }

  private void assertReadOnly(String reason, String readable) {
    VolumeEngine engine = assertUnchangeable(reason);
    BlockDevice device = engine.device(readable).orElseThrow();
    assertThat(fixture.read(device, 0, 4096)).isEqualTo(new byte[4096]);
    assertThat(fixture.write(device, 0, new byte[4096]).isOk()).isFalse();
  }

  private VolumeEngine assertUnchangeable(String reason) {
    BlockDevice space = LvmTools.load(fixture, image);
    VolumeEngine engine = fixture.opened(space);
    assertThat(engine.group().readOnlyReason().orElseThrow()).startsWith(reason);
    assertThat(Fixture.why(fixture.create(engine, "vm1", 4 * MIB))).contains("read-only");
    assertThat(fixture.read(space, 0, 1 << 20))
        .as("nothing was written")
        .isEqualTo(fixture.read(LvmTools.load(fixture, image), 0, 1 << 20));
    return engine;
  }

  private void isWritten(VolumeEngine engine, String name) {
    BlockDevice device = engine.device(name).orElseThrow();
    byte[] content = new byte[4096];
    Arrays.fill(content, (byte) 7);
    assertThat(fixture.write(device, 0, content).isOk()).isTrue();
    assertThat(fixture.read(device, 0, 4096)).isEqualTo(content);
  }

  @Test
  void theToolsReadOnAfterAChangeBesideAReadOnlyVolume() {
    blank(image, 64);
    String device = tools.attach(image).getFirst();
    tools.lvm("pvcreate", device);
    tools.lvm("vgcreate", "vgt", device);
    tools.lvm("lvcreate", "-an", "-Zn", "-Wn", "--size", "8m", "--name", "plain", "vgt");
    tools.lvm("lvcreate", "-an", "-Zn", "-Wn", "-pr", "--size", "8m", "--name", "fixed", "vgt");
    BlockDevice space = LvmTools.load(fixture, image);
    VolumeEngine engine = fixture.opened(space);
    isWritten(engine, "plain");
    assertDone(fixture.resize(engine, "plain", 12 * MIB, false));
    assertThat(fixture.write(engine.device("fixed").orElseThrow(), 0, new byte[4096]).reason())
        .isEqualTo(IoResult.Reason.WRITE_PROTECTED);
    LvmTools.save(fixture, space, image);
    tools.attach(image);
    tools.lvm("vgck", "vgt");
    assertThat(tools.lvm("lvs", "--noheadings", "-o", "lv_size", "--units", "m", "vgt/plain"))
        .contains("12.00m");
    assertThat(tools.lvm("lvs", "--noheadings", "-o", "lv_permissions", "vgt/fixed"))
        .contains("read-only");
  }

  private boolean isWrapped(String device) {
    String headers = tools.lvm("pvck", "--dump", "headers", device);
    long offset = headerField(headers, "mda_header_1.raw_locn[0].offset");
    long size = headerField(headers, "mda_header_1.raw_locn[0].size");
    return offset + size > headerField(headers, "mda_header_1.size");
  }

  /// Everything that the tools report about the image, against the engine's model.
  private void assertToolsAgree(VolumeEngine engine, BlockDevice space) {
    assertToolsAgree(engine, space, LvmTools.SYSTEM_ID);
  }

  private void assertToolsAgree(VolumeEngine engine, BlockDevice space, String systemId) {
    LvmTools.save(fixture, space, image);
    String device = tools.attach(image).getFirst();
    GroupStatus group = engine.group();
    assertThat(tools.lvm("vgck", group.name())).isEmpty();
    assertHeaders(tools.lvm("pvck", "--dump", "headers", device), space);
    assertThat(tools.lvm("pvck", "--dump", "metadata", device))
        .contains("seqno = " + group.sequenceNumber() + "\n");
    JsonNode vg =
        tools
            .report(
                "vgs",
                "vg_name,vg_uuid,vg_seqno,vg_extent_size,vg_extent_count,vg_free_count,"
                    + "vg_systemid,vg_attr,lv_count,pv_count,vg_missing_pv_count",
                "vg")
            .getFirst();
    assertThat(vg.path("vg_name").asString()).isEqualTo(group.name());
    assertThat(vg.path("vg_uuid").asString()).isEqualTo(group.uuid());
    assertThat(number(vg, "vg_seqno")).isEqualTo(group.sequenceNumber());
    assertThat(number(vg, "vg_extent_size")).isEqualTo(group.extentSizeBytes());
    assertThat(number(vg, "vg_extent_count")).isEqualTo(group.extentCount());
    assertThat(number(vg, "vg_free_count")).isEqualTo(group.freeExtentCount());
    assertThat(vg.path("vg_systemid").asString()).isEqualTo(systemId);
    assertThat(vg.path("vg_attr").asString()).isEqualTo("wz--n-");
    assertThat(number(vg, "lv_count")).isEqualTo(engine.volumes().size());
    assertThat(number(vg, "pv_count")).isEqualTo(1);
    assertThat(number(vg, "vg_missing_pv_count")).isZero();
    assertPhysicalVolume(group, space);
    assertThat(rows(segmentRows())).isEqualTo(engineRows(engine));
    tools.detach();
  }

  private void assertPhysicalVolume(GroupStatus group, BlockDevice space) {
    JsonNode pv =
        tools
            .report(
                "pvs",
                "pv_uuid,vg_name,pe_start,pv_pe_count,pv_pe_alloc_count,dev_size,pv_in_use,"
                    + "pv_ext_vsn,pv_mda_count,pv_mda_used_count,pv_missing,pv_allocatable",
                "pv")
            .getFirst();
    assertThat(pv.path("vg_name").asString()).isEqualTo(group.name());
    assertThat(number(pv, "pe_start")).isEqualTo(MIB);
    assertThat(number(pv, "pv_pe_count")).isEqualTo(group.extentCount());
    assertThat(number(pv, "pv_pe_alloc_count"))
        .isEqualTo(group.extentCount() - group.freeExtentCount());
    assertThat(number(pv, "dev_size")).isEqualTo(space.limits().sizeBytes());
    assertThat(pv.path("pv_in_use").asString()).isEqualTo("used");
    assertThat(pv.path("pv_allocatable").asString()).isEqualTo("allocatable");
    assertThat(number(pv, "pv_ext_vsn")).isEqualTo(2);
    assertThat(number(pv, "pv_mda_count")).isEqualTo(1);
    assertThat(number(pv, "pv_mda_used_count")).isEqualTo(1);
    assertThat(pv.path("pv_missing").asString()).isEmpty();
  }

  private void assertHeaders(String headers, BlockDevice space) {
    PvLabel label;
    MetadataHeader header;
    try {
      label = PvLabel.decode(1, fixture.read(space, 512, 512));
      header = MetadataHeader.decode(4096, fixture.read(space, 4096, 512));
    } catch (DamagedException damaged) {
      throw new AssertionError(damaged);
    }
    assertThat(headers).doesNotContain("CHECK").doesNotContain("bad");
    assertThat(headers).contains("pv_header.pv_uuid " + LvmUuid.plain(label.uuid()) + "\n");
    assertThat(headerField(headers, "label_header.sector")).isEqualTo(1);
    assertThat(headerField(headers, "pv_header.device_size")).isEqualTo(label.deviceSizeBytes());
    assertThat(headerField(headers, "pv_header.disk_locn[0].offset")).isEqualTo(MIB);
    assertThat(headerField(headers, "pv_header.disk_locn[2].offset")).isEqualTo(header.start());
    assertThat(headerField(headers, "pv_header.disk_locn[2].size")).isEqualTo(header.size());
    assertThat(headerField(headers, "pv_header_extension.flags"))
        .isEqualTo(label.extensionFlags())
        .isEqualTo(PvLabel.FLAG_USED);
    MetadataHeader.TextLocation text = header.committed().orElseThrow();
    assertThat(headerField(headers, "mda_header_1.raw_locn[0].offset")).isEqualTo(text.offset());
    assertThat(headerField(headers, "mda_header_1.raw_locn[0].size")).isEqualTo(text.size());
    assertThat((int) headerField(headers, "mda_header_1.raw_locn[0].checksum"))
        .isEqualTo(text.checksum());
    assertThat(headerField(headers, "mda_header_1.raw_locn[1].offset")).isZero();
  }

  private static long headerField(String headers, String name) {
    String line =
        headers
            .lines()
            .filter(text -> text.strip().startsWith(name + " "))
            .findFirst()
            .orElseThrow();
    return Long.decode(line.strip().split(" ")[1]);
  }

  private List<JsonNode> segmentRows() {
    return tools.report(
        "lvs",
        "lv_name,lv_uuid,lv_size,lv_attr,segtype,stripes,seg_start_pe,seg_size_pe,"
            + "seg_pe_ranges",
        "lv");
  }

  /// What lvs says, in the words of [#engineRows]; lvs sorts by name.
  private static List<String> rows(List<JsonNode> segments) {
    return segments.stream()
        .map(
            row ->
                "%s %s %d %s %s from %d, %d: %s"
                    .formatted(
                        row.path("lv_name").asString(),
                        row.path("lv_uuid").asString(),
                        number(row, "lv_size"),
                        row.path("lv_attr").asString().substring(0, 2),
                        row.path("segtype").asString(),
                        number(row, "seg_start_pe"),
                        number(row, "seg_size_pe"),
                        row.path("seg_pe_ranges").asString().replaceAll("/dev/loop[0-9]+:", "")))
        .sorted()
        .toList();
  }

  private static List<String> engineRows(VolumeEngine engine) {
    List<String> rows = new ArrayList<>();
    for (Volume volume : engine.volumes()) {
      for (Segment segment : volume.segments()) {
        long last = segment.stripeExtentCount() - 1;
        rows.add(
            "%s %s %d -w %s from %d, %d: %s"
                .formatted(
                    volume.name(),
                    volume.uuid(),
                    volume.sizeBytes(),
                    segment.stripes().size() == 1 ? "linear" : "striped",
                    segment.startExtent(),
                    segment.extentCount(),
                    segment.stripes().stream()
                        .map(stripe -> stripe.startExtent() + "-" + (stripe.startExtent() + last))
                        .collect(Collectors.joining(" "))));
      }
    }
    return rows.stream().sorted().toList();
  }

  private static long number(JsonNode row, String field) {
    return Long.parseLong(row.path(field).asString());
  }

  private static void blank(Path file, int sizeMib) {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(sizeMib * MIB);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private static void assertDone(VolumeResult result) {
    assertThat(result).isInstanceOf(VolumeResult.Done.class);
  }
}
