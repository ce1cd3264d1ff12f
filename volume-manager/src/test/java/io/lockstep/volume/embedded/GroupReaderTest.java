package io.lockstep.volume.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What makes a group read-only, and what is damage; each case is lvm2's own text with one edit.
@Tag("unit")
class GroupReaderTest {
  private static final String PV = "0huWab-Zcyg-bcJF-s0eA-kQ4B-AGTT-CzDlPF";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"RESIZEABLE\", | \"EXPORTED\", | it was exported (vgexport)",
        "\"RESIZEABLE\", | \"CLUSTERED\", | it is shared by a cluster",
        "max_pv = 0 | lock_type = \"sanlock\" | it is shared by a cluster",
        "max_lv = 0 | max_lv = 9 | it limits its number of volumes (max_lv)",
        "\"RESIZEABLE\", | \"NEWFANGLED\", | it has the flag NEWFANGLED",
        "[\"WRITE_LOCKED\"] | [] | its metadata is write-protected",
        "\"VISIBLE\" | \"LOCKED\" | its volume a has the flag LOCKED",
        "flags = [] | flags = [\"MISSING\"] | its physical volume pv0 is marked as missing",
        "type = \"striped\" | type = \"thin\" | its volume a has a segment of type thin",
        "type = \"striped\" | type = \"raid1\" | its volume a has a segment of type raid1",
        "type = \"striped\" | type = \"cache\" | its volume a has a segment of type cache",
        "type = \"striped\" | type = \"snapshot\" | its volume a has a segment of type snapshot",
        "type = \"striped\" | type = \"mirror\" | its volume a has a segment of type mirror",
      })
  void readOnly(String original, String edit, String reason) throws DamagedException {
    assertThat(read(edited(original, edit)).readOnlyReason()).contains(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "seqno = 4 | seqno = -4 | text, vgt: seqno is -4, allowed are 0 to 4294967295",
        "seqno = 4 | other = 4 | text, vgt: seqno is missing",
        "seqno = 4 | seqno = \"4\" | text, vgt: seqno is not a number",
        "extent_size = 8192 | extent_size = 0 "
            + "| text, vgt: extent_size is 0, allowed are 1 to 33554432",
        "pe_count = 15 | pe_count = 6 "
            + "| text, vgt: volume a uses extents 5 to 6 of a physical volume that has 6",
        "\"pv0\", 5 | \"pv0\", 3 | text, vgt: extent 3 belongs to volume b-x.y and to volume a",
        "\"pv0\", 5 | \"pv9\", 5 | text, vgt, logical_volumes, a, segment2: "
            + "stripes names extent 5 of an unknown physical volume",
        "start_extent = 2 | start_extent = 3 "
            + "| text, vgt: volume a has a segment at extent 3 where 2 was due",
        "segment_count = 2 | segment_count = 3 "
            + "| text, vgt, logical_volumes, a: segment_count is not the number of its segments",
        "b-x.y { | a { | text, vgt: two volumes are called a",
        "VAq769-XIP6 | VAq769-XI-P6 "
            + "| text, vgt, logical_volumes, b-x.y: id is not an LVM identifier",
        "0huWab-Zcyg | 0huWab-Zcyh "
            + "| text, vgt: the physical volume that holds it is not part of the group",
        "contents = \"Text | contents = \"Test "
            + "| text: contents is not \"Text Format Volume Group\"",
        "version = 1 | version = 2 | text: version is 2, allowed are 1 to 1",
        "physical_volumes { | physical_disks { | text, vgt: section physical_volumes is missing",
      })
  void damage(String original, String edit, String sentence) {
    assertThatThrownBy(() -> read(edited(original, edit)))
        .isInstanceOf(DamagedException.class)
        .hasMessage(sentence);
  }

  @Test
  void aVolumeWithoutTheVisibleFlagIsInternal() throws DamagedException {
    GroupText text = read(edited("\"READ\", \"VISIBLE\"", "\"READ\""));
    assertThat(text.readOnlyReason()).isEmpty();
    assertThat(text.group().volumes().getFirst().access().name()).isEqualTo("INTERNAL");
  }

  private static String edited(String original, String edit) {
    String text = GoldenTest.textAsString();
    int at = text.indexOf(original);
    assertThat(at).as("the text holds %s", original).isPositive();
    return text.substring(0, at) + edit + text.substring(at + original.length());
  }

  private static GroupText read(String text) throws DamagedException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return GroupReader.read("text", ConfigParser.parse("text", bytes), PV);
  }
}
