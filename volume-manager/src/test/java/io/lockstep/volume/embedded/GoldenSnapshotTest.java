package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Check;
import io.lockstep.volume.GroupChange;
import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotChange;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.Volume;
import io.lockstep.volume.Volume.Access;
import io.lockstep.volume.VolumeChange;
import io.lockstep.volume.VolumeEngine;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Snapshots in the words of Debian's lvm2 2.03.16, beside what they mean.
///
/// Both texts are one group on 64 MiB, as it lay on the disk, but for the PV's identifier, which is
/// the one of the other golden texts. A guest with device mapper made it:
///
/// ```
///   lvcreate -Zn -Wn -L 16M -n vm1 vgt
///   lvcreate -s -c 64k -L 8M -n before vgt/vm1
///   lvcreate -s -p r -L 4M -n look vgt/vm1        → lvm2-2.03.16-snapshots.txt
///   lvconvert --merge vgt/before  (vm1 is open)   → lvm2-2.03.16-merging.txt
/// ```
@Tag("golden")
class GoldenSnapshotTest {
  private static final String PV = "0huWab-Zcyg-bcJF-s0eA-kQ4B-AGTT-CzDlPF";
  private static final String VM1 = "hYSpNb-OIZ8-Phi9-u82W-eHGw-PhD4-viTWsD";
  private static final String BEFORE_LINK = "Qd0sED-LyVT-ngfN-jLw6-26UX-gLDL-E0FR47";
  private static final String LOOK_LINK = "KhMU8C-JipM-YsXA-cxnb-OD09-GSjg-bwb2fZ";
  private static final String SNAPSHOTS = "lvm2-2.03.16-snapshots.txt";
  private static final String MERGING = "lvm2-2.03.16-merging.txt";

  private static final Volume VM1_MEANING =
      new Volume(
          "vm1",
          VM1,
          16 << 20,
          Access.READ_WRITE,
          List.of(Segment.linear(0, 4, new Stripe(PV, 0))));
  private static final Volume LOOK_MEANING =
      new Volume(
          "look",
          "NHGmuJ-2rqh-EHo9-rhf8-KAHt-gPgx-VEaVx4",
          4 << 20,
          Access.READ_ONLY,
          List.of(Segment.linear(0, 1, new Stripe(PV, 6))),
          Optional.of(new SnapshotOf(LOOK_LINK, VM1, 16 << 20, 4096, false)));

  private static Volume before(boolean rollingBack) {
    return new Volume(
        "before",
        "VgoJlP-8XF9-h7o2-V3PE-SBSG-XyRa-YiSeK1",
        8 << 20,
        Access.READ_WRITE,
        List.of(Segment.linear(0, 2, new Stripe(PV, 4))),
        Optional.of(new SnapshotOf(BEFORE_LINK, VM1, 16 << 20, 64 << 10, rollingBack)));
  }

  private static Volume link(int number, String uuid) {
    return new Volume(
        "snapshot" + number,
        uuid,
        16 << 20,
        Access.INTERNAL,
        List.of(new Segment(0, 4, "snapshot", 0, List.of())));
  }

  private static VolumeGroup group(long sequenceNumber, Volume... volumes) {
    return new VolumeGroup(
        "vgt",
        "kW5IPE-XEIf-H9BF-UOtC-hqin-kjab-zEJwJa",
        sequenceNumber,
        4 << 20,
        List.of(new PhysicalVolume(PV, 1 << 20, 15, true)),
        List.of(volumes));
  }

  private static GroupText read(String name) throws DamagedException {
    return GroupReader.read("text", ConfigParser.parse("text", GoldenTest.goldenText(name)), PV);
  }

  @Test
  void snapshots() throws DamagedException {
    GroupText text = read(SNAPSHOTS);

    assertThat(text.readOnlyReason()).isEmpty();
    assertThat(text.group())
        .isEqualTo(
            group(
                6,
                VM1_MEANING,
                before(false),
                LOOK_MEANING,
                link(0, BEFORE_LINK),
                link(1, LOOK_LINK)));
  }

  @Test
  void aMergeThatIsPending() throws DamagedException {
    GroupText text = read(MERGING);

    assertThat(text.readOnlyReason()).isEmpty();
    assertThat(text.group())
        .isEqualTo(
            group(
                7,
                VM1_MEANING,
                LOOK_MEANING,
                before(true),
                link(0, BEFORE_LINK),
                link(1, LOOK_LINK)));
  }

  /// LVM marks neither store as VISIBLE, but both links.
  @Test
  void peopleSeeTheSnapshotsAndNotTheirLinks() {
    var fixture = new Fixture();
    VolumeEngine engine = fixture.opened(fixture.space(GoldenTest.goldenText(SNAPSHOTS)));

    assertThat(engine.volumes()).containsExactly(VM1_MEANING, before(false), LOOK_MEANING);
    assertThat(engine.serving(VM1_MEANING)).isEqualTo(new Serving.ReadWrite());
    assertThat(engine.serving(before(false))).isEqualTo(new Serving.ReadWrite());
    assertThat(engine.serving(LOOK_MEANING))
        .isEqualTo(new Serving.ReadOnly("it is read-only (lvchange --permission r)"));
  }

  /// What is added has the fields of lvm2's, in its order, with its words.
  @Test
  void aSnapshotThatWeTakeIsWrittenAsLvmWritesIt() throws DamagedException {
    GroupText theirs = read(SNAPSHOTS);
    Section root = theirs.root();
    Section group = GroupText.groupSection(root);
    Section volumes = group.section("logical_volumes").orElseThrow();
    Section alone =
        volumes.without(node -> !node.name().equals("vm1") && !node.name().startsWith("look"));
    var text =
        new GroupText(
            root.with(group.with(alone)), group(4, VM1_MEANING), "lockstep-abc", theirs.limits());
    VolumeGroup taken = group(5, VM1_MEANING, before(false), link(0, BEFORE_LINK));

    Section ours = write(text, taken);

    assertThat(volumes(ours).keySet()).containsExactlyInAnyOrder("vm1", "before", "snapshot0");
    for (String name : volumes(ours).keySet()) {
      assertThat(undated(volume(ours, name))).isEqualTo(undated(volume(root, name)));
    }
  }

  @Test
  void aRollbackThatWeBeginIsWrittenAsLvmWritesIt() throws DamagedException {
    GroupText text = read(SNAPSHOTS);
    var planned = (GroupChange.Planned) SnapshotChange.rollBack(text.group(), "before");

    Section written = write(text, planned.next());

    assertThat(volumes(written)).isEqualTo(volumes(read(MERGING).root()));
    assertThat(GroupReader.read("again", written, PV).group()).isEqualTo(planned.next());
  }

  /// `lvrename` of origin and store writes the same.
  @Test
  void linksFollowTheNamesAndStayOtherwise() throws DamagedException {
    GroupText text = read(SNAPSHOTS);
    var origin = (GroupChange.Planned) VolumeChange.rename(text.group(), "vm1", "web");
    var both = (GroupChange.Planned) VolumeChange.rename(origin.next(), "before", "kept");

    Section written = write(text, both.next());

    Section golden = text.root();
    for (String link : List.of("snapshot0", "snapshot1")) {
      Section segment = volume(golden, link).section("segment1").orElseThrow();
      String expected = segment.nodes().toString().replace("vm1", "web").replace("before", "kept");
      assertThat(volume(written, link).section("segment1").orElseThrow().nodes())
          .hasToString(expected);
    }
    assertThat(volume(written, "web").nodes()).isEqualTo(volume(golden, "vm1").nodes());
    assertThat(volume(written, "kept").nodes()).isEqualTo(volume(golden, "before").nodes());
    assertThat(volume(written, "look")).isEqualTo(volume(golden, "look"));
  }

  private static Section write(GroupText text, VolumeGroup next) throws DamagedException {
    Section edited = new GroupWriter(Fixture.options(1)).edited(text, next, "Changed.");
    return ConfigParser.parse("again", GroupWriter.bytes(edited));
  }

  private static Map<String, Section> volumes(Section root) {
    return GroupText.groupSection(root).section("logical_volumes").orElseThrow().sections().stream()
        .collect(Collectors.toMap(Section::name, Function.identity()));
  }

  private static Section volume(Section root, String name) {
    return Check.present(volumes(root).get(name), name);
  }

  /// Without when and where it was made.
  private static Section undated(Section volume) {
    return volume.without(node -> node.name().startsWith("creation_"));
  }
}
