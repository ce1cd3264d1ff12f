package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Section;
import io.lockstep.volume.embedded.MetadataHeader.TextLocation;
import io.lockstep.volume.embedded.PvLabel.Area;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Bytes that Debian's lvm2 2.03.16 wrote, beside what they mean.
@Tag("golden")
class GoldenTest {
  private static final String PV = "0huWab-Zcyg-bcJF-s0eA-kQ4B-AGTT-CzDlPF";

  /// Sector 1 after pvcreate and vgcreate on 64 MiB; the rest of the sector is zero.
  private static final String LABEL =
      """
      4c4142454c4f4e45 0100000000000000 7bd1d91e 20000000 4c564d3220303031
      3068755761625a63796762634a46733065416b51344241475454437a446c5046
      0000000400000000
      0000100000000000 0000000000000000  0000000000000000 0000000000000000
      0010000000000000 00f00f0000000000  0000000000000000 0000000000000000
      02000000 01000000 0000000000000000 0000000000000000
      """;

  private static final PvLabel LABEL_MEANING =
      new PvLabel(
          1,
          PV,
          64 << 20,
          List.of(new Area(1 << 20, 0)),
          List.of(new Area(4096, 1044480)),
          2,
          PvLabel.FLAG_USED,
          List.of());

  /// The sector at byte 4096 after four commits.
  private static final String HEADER =
      """
      6eaab6fc 204c564d3220785b35412572304e2a3e 01000000 0010000000000000 00f00f0000000000
      0012000000000000 c505000000000000 6233c1b3 00000000
      """;

  private static final MetadataHeader HEADER_MEANING =
      new MetadataHeader(4096, 1044480, Optional.of(new TextLocation(4608, 1477, 0xb3c13362, 0)));

  @Test
  void label() throws DamagedException {
    assertThat(PvLabel.decode(1, sector(LABEL))).isEqualTo(LABEL_MEANING);
    assertThat(LABEL_MEANING.encode()).isEqualTo(sector(LABEL));
  }

  @Test
  void metadataHeader() throws DamagedException {
    assertThat(MetadataHeader.decode(4096, sector(HEADER))).isEqualTo(HEADER_MEANING);
    assertThat(HEADER_MEANING.encode()).isEqualTo(sector(HEADER));
  }

  @Test
  void everyFlippedBitOfLabelAndHeaderIsSeen() {
    byte[] label = sector(LABEL);
    byte[] header = sector(HEADER);
    for (int bit = 0; bit < 512 * 8; bit++) {
      byte[] badLabel = flipped(label, bit);
      byte[] badHeader = flipped(header, bit);
      assertThatThrownBy(() -> PvLabel.decode(1, badLabel))
          .isInstanceOf(DamagedException.class)
          .hasMessageStartingWith("LVM label in sector 1: ");
      assertThatThrownBy(() -> MetadataHeader.decode(4096, badHeader))
          .isInstanceOf(DamagedException.class)
          .hasMessageStartingWith("LVM metadata header at byte 4096: ");
    }
  }

  @Test
  void text() throws DamagedException {
    byte[] text = goldenText();
    assertThat(LvmCrc.of(text)).isEqualTo(0x377277);
    GroupText read = GroupReader.read("text", ConfigParser.parse("text", text), PV);
    assertThat(read.systemId()).isEqualTo("lockstep-abc");
    assertThat(read.readOnlyReason()).isEmpty();
    assertThat(read.group())
        .isEqualTo(
            new VolumeGroup(
                "vgt",
                "ocdWcV-vhC1-kslY-pUgm-Z22e-sWW0-82BscR",
                4,
                4 << 20,
                List.of(new PhysicalVolume(PV, 1 << 20, 15, true)),
                List.of(
                    new Volume(
                        "a",
                        "ejOOcN-O2lf-gEVo-eeBJ-kDdA-LUff-G73eYr",
                        16 << 20,
                        Volume.Access.READ_WRITE,
                        List.of(
                            Segment.linear(0, 2, new Stripe(PV, 0)),
                            Segment.linear(2, 2, new Stripe(PV, 5)))),
                    new Volume(
                        "b-x.y",
                        "VAq769-XIP6-5f4w-zdmz-ufnf-6VmH-QfllGK",
                        12 << 20,
                        Volume.Access.READ_WRITE,
                        List.of(Segment.linear(0, 3, new Stripe(PV, 2)))))));
  }

  @Test
  void whatIsRewrittenSaysTheSame() throws DamagedException {
    Section root = ConfigParser.parse("text", goldenText());
    assertThat(ConfigParser.parse("again", GroupWriter.bytes(root))).isEqualTo(root);
  }

  /// A new group's tree has the fields of lvm2's, in its order, with its words.
  @Test
  void ourGroupHasTheFieldsOfLvms() throws DamagedException {
    GroupText theirs = GroupReader.read("text", ConfigParser.parse("text", goldenText()), PV);
    VolumeGroup empty =
        new VolumeGroup(
            "vgt", theirs.group().uuid(), 3, 4 << 20, theirs.group().physicalVolumes(), List.of());
    GroupWriter writer = new GroupWriter(Fixture.options(1));
    GroupText ours =
        new GroupText(writer.fresh(empty, 64 << 20), empty, "lockstep-abc", theirs.limits());
    Section edited = writer.edited(ours, theirs.group(), "Write from lvextend.");
    Section mine = GroupText.groupSection(edited);
    Section golden = GroupText.groupSection(theirs.root());
    assertThat(withoutDevice(mine)).isEqualTo(withoutDevice(golden));
  }

  /// The path of the disk is a hint and differs.
  private static Section withoutDevice(Section group) {
    Section volumes = group.section("physical_volumes").orElseThrow();
    Section pv0 = volumes.sections().getFirst().without(node -> node.name().equals("device"));
    return group.with(volumes.with(pv0));
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] bad = bytes.clone();
    bad[bit / 8] ^= (byte) (1 << bit % 8);
    return bad;
  }

  private static byte[] sector(String hex) {
    return Arrays.copyOf(HexFormat.of().parseHex(hex.replaceAll("\\s", "")), 512);
  }

  /// With the zero that closes it on the disk.
  static byte[] goldenText() {
    return goldenText("lvm2-2.03.16-linear.txt");
  }

  /// Another text of lvm2's, with the zero that closes it on the disk.
  static byte[] goldenText(String name) {
    try (InputStream in = Objects.requireNonNull(GoldenTest.class.getResourceAsStream(name))) {
      byte[] text = in.readAllBytes();
      return Arrays.copyOf(text, text.length + 1);
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  static String textAsString() {
    return new String(goldenText(), StandardCharsets.ISO_8859_1);
  }
}
