package io.lockstep.block.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of a header and of a batch, pinned: a release that writes others has to say so with a
/// new version number.
@Tag("golden")
final class RecordFormatGoldenTest {
  private static final String HEADER =
      """
      4c535248          magic LSRH
      0001              version
      0002              area 2: the first copy of log 1
      0000000000000007  generation
      00200000          bytes of an area
      b64ae9e0          checksum
      """;

  private static final String BATCH =
      """
      4c535242          magic LSRB
      0001              version
      0000              reserved
      0000000000000007  generation
      0000000000000003  number of the batch
      00000002          changes
      00000023          bytes of the changes
      00000000          reserved
      e1e6febf          checksum
      00                put
      06                bytes of the type
      03                bytes of the name
      00                reserved
      00000005          bytes of the value
      6578706f7274      export
      766d31            vm1
      68656c6c6f        hello
      01                delete
      02                bytes of the type
      03                bytes of the name
      00                reserved
      00000000          no value
      6c75              lu
      766d32            vm2
      """;

  private static final List<RecordChange> CHANGES =
      List.of(
          new RecordChange.Put(new RecordKey("export", "vm1"), "hello".getBytes(UTF_8)),
          new RecordChange.Delete(new RecordKey("lu", "vm2")));

  private static byte[] bytesOf(String picture) {
    StringBuilder digits = new StringBuilder();
    picture.lines().forEach(line -> digits.append(line, 0, line.indexOf(' ')));
    return HexFormat.of().parseHex(digits);
  }

  private static void check(ByteBuffer found, String picture) {
    byte[] expected = bytesOf(picture);
    var begin = new byte[expected.length];
    found.get(0, begin);
    assertThat(HexFormat.of().formatHex(begin)).isEqualTo(HexFormat.of().formatHex(expected));
    assertThat(RecordFormat.isZero(found, expected.length, found.capacity())).isTrue();
  }

  @Test
  void aHeader() {
    ByteBuffer block = ByteBuffer.allocate(RecordFormat.BLOCK_BYTES);
    RecordFormat.encodeHeader(block, 2, 7, 2 << 20);
    check(block, HEADER);
    assertThat(RecordFormat.decodeHeader(block, 2, 2 << 20))
        .isEqualTo(new RecordFormat.Header.Valid(7));
    assertThat(RecordFormat.decodeHeader(block, 3, 2 << 20))
        .isEqualTo(new RecordFormat.Header.Damaged());
  }

  @Test
  void aBatch() {
    ByteBuffer batch = ByteBuffer.allocate(RecordFormat.BLOCK_BYTES);
    RecordFormat.encodeBatch(batch, 7, 3, CHANGES);
    check(batch, BATCH);
    RecordFormat.Batch found =
        Objects.requireNonNull(RecordFormat.decodeBatch(batch, 0, 7), "a whole batch");
    assertThat(found.number()).isEqualTo(3);
    assertThat(found.bytes()).isEqualTo(RecordFormat.BLOCK_BYTES);
    assertThat(found.changes()).hasSize(2).element(1).isEqualTo(CHANGES.get(1));
    assertThat(RecordFormat.decodeBatch(batch, 0, 8)).isNull();
  }
}
