package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.mirror.meta.Superblock.Geometry;
import io.lockstep.mirror.meta.Superblock.Identity;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The superblock's bytes in hex beside their meaning, and what decoding makes of every other one.
@Tag("golden")
class SuperblockCodecTest {
  static final Identity IDENTITY =
      new Identity(
          UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
          UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
          "kite",
          1);
  static final Geometry GEOMETRY = new Geometry(16 << 20, 512, 4096, 992);
  static final Superblock SAMPLE =
      new Superblock(
          42,
          IDENTITY,
          GEOMETRY,
          7,
          0,
          DiskState.UP_TO_DATE,
          true,
          true,
          true,
          true,
          new Generations(0x11, 0x12, List.of(0x13L, 0x14L)));

  private static final String GOLDEN =
      """
      4C4F434B53544550  magic "LOCKSTEP"
      00000001  version
      00000000 00000000 00000001  compatible, read-only, incompatible features: lost blocks
      000000000000002A  sequence
      00112233445566778899AABBCCDDEEFF  pair id
      0F1E2D3C4B5A69788796A5B4C3D2E1F0  mirror id
      6B697465000000000000000000000000  "kite"
      01 00  node 1, primary was node 0
      0E 09  allDirty, keptAll and failed, UpToDate
      000003E0  activity-log slots
      0000000000000007  term
      0000000001000000  replicated bytes
      00000200 00001000  logical and physical block
      00001000  bytes a bitmap bit covers
      00000002  two in the history
      0000000000000011  current
      0000000000000012  bitmap
      0000000000000013 0000000000000014  history
      000000000000000000000000000000000000000000000000  unused
      000000000000000000000000000000000000000000000000  unused
      00000004 00000000  four regions
      00000004 00000000 0000000000020000 0000000000020000  lost blocks
      00000001 00000000 0000000000100000 0000000000100000  activity log
      00000002 00000000 0000000000200000 0000000000001000  bitmap
      00000003 00000000 0000000000300000 0000000001000000  replicated space
      """;

  @Test
  void golden() {
    var digits = new StringBuilder();
    GOLDEN.lines().forEach(line -> digits.append(line, 0, line.indexOf("  ")));
    byte[] start = HexFormat.of().parseHex(digits.toString().replace(" ", ""));
    byte[] expected = Arrays.copyOf(start, 4096);
    ByteBuffer.wrap(expected).putInt(4092, 0xCAD5155C);
    assertThat(encoded(SAMPLE)).isEqualTo(expected);
    assertThat(decode(expected)).isEqualTo(new SuperblockDecoded.Ok(SAMPLE));
  }

  @Test
  void everySuperblockComesBackAsItWas() {
    for (int seed = 0; seed < 300; seed++) {
      Superblock superblock = random(new SplittableRandom(seed));
      assertThat(decode(encoded(superblock))).isEqualTo(new SuperblockDecoded.Ok(superblock));
    }
  }

  private static Superblock random(SplittableRandom random) {
    Long[] history = new Long[random.nextInt(Generations.HISTORY_MAX + 1)];
    Arrays.setAll(history, _ -> random.nextLong() | 1);
    DiskState[] states = {
      DiskState.INCONSISTENT, DiskState.OUTDATED, DiskState.CONSISTENT, DiskState.UP_TO_DATE
    };
    return new Superblock(
        random.nextLong(Long.MAX_VALUE),
        new Identity(
            new UUID(random.nextLong(), random.nextLong()),
            new UUID(random.nextLong(), random.nextLong()),
            "abcdefghij012345".substring(random.nextInt(16)),
            random.nextInt(2)),
        new Geometry((long) random.nextInt(13, 1 << 26) << 20, 512, 4096, random.nextInt(8, 993)),
        random.nextLong(Term.MAX + 1),
        random.nextInt(-1, 2),
        states[random.nextInt(4)],
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        new Generations(random.nextLong(), random.nextLong(), List.of(history)));
  }

  @Test
  void everyChangedByteIsNoticed() {
    byte[] good = encoded(SAMPLE);
    for (int at = 0; at < good.length; at++) {
      byte[] changed = good.clone();
      changed[at] ^= 4;
      assertThat(decode(changed))
          .as("byte %d", at)
          .isInstanceOf(at < 8 ? SuperblockDecoded.Foreign.class : SuperblockDecoded.Damaged.class);
    }
  }

  @Test
  void blankIsNotForeign() {
    assertThat(decode(new byte[4096])).isEqualTo(new SuperblockDecoded.Blank());
    byte[] other = new byte[4096];
    other[4095] = 1;
    assertThat(decode(other)).isEqualTo(new SuperblockDecoded.Foreign());
  }

  @Test
  void aLaterFormatIsNamed() {
    assertThat(decode(sealed(8, 2))).isEqualTo(new SuperblockDecoded.TooNew("format version 2"));
    assertThat(decode(sealed(20, 4))).isEqualTo(new SuperblockDecoded.TooNew("format feature 0x4"));
    assertThat(decode(sealed(16, 1))).isEqualTo(new SuperblockDecoded.TooNew("format feature 0x1"));
    assertThat(decode(sealed(12, 1)))
        .as("compatible features may be ignored")
        .isInstanceOf(SuperblockDecoded.Ok.class);
  }

  @Test
  void wellSealedNonsenseIsDamage() {
    assertDamaged(sealed(24, -1), "sequence");
    assertDamaged(sealed(64, 0x4B697465), "the pair's name");
    assertDamaged(sealed(72, 0x61), "the pair's name");
    assertDamaged(sealed(80, 0x02000609), "node id");
    assertDamaged(sealed(80, 0x01020609), "node id");
    assertDamaged(sealed(80, 0x01000109), "flag");
    assertDamaged(sealed(80, 0x01000604), "disk state 4");
    assertDamaged(sealed(84, 993), "slots");
    assertDamaged(sealed(88, -1), "sequence or term");
    assertDamaged(sealed(88, 0x40000001), "sequence or term");
    assertDamaged(sealed(100, 0x01000200), "replicated size");
    assertDamaged(sealed(104, 1024), "block sizes");
    assertDamaged(sealed(112, 8192), "granularity");
    assertDamaged(sealed(116, 9), "history");
    assertDamaged(sealed(116, 1), "history entry 1");
    assertDamaged(sealed(116, 3), "history entry 2");
    assertDamaged(sealed(200, 2), "region table");
    assertDamaged(sealed(216, 1), "region table");
    assertDamaged(sealed(304, 1), "reserved");
    assertDamaged(sealed(4088, 1), "reserved");
  }

  @Test
  void randomBytesUnderAGoodChecksumNeverThrow() {
    var random = new SplittableRandom(5);
    byte[] good = encoded(SAMPLE);
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = Arrays.copyOf(good, 4096);
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(8, 300)] = (byte) random.nextInt();
      }
      assertThat(decode(seal(bytes))).isNotNull();
    }
  }

  @Test
  void decodeReadsFromThePosition() {
    ByteBuffer direct = ByteBuffer.allocateDirect(3 * 4096).position(4096);
    SuperblockCodec.encode(SAMPLE, direct);
    assertThat(direct.position()).isEqualTo(2 * 4096);
    assertThat(SuperblockCodec.decode(direct.position(4096)))
        .isEqualTo(new SuperblockDecoded.Ok(SAMPLE));
  }

  @Test
  void copiesChangeOneThing() {
    assertThat(SAMPLE.next().sequence()).isEqualTo(43);
    assertThat(SAMPLE.withTerm(9, -1).term()).isEqualTo(9);
    assertThat(SAMPLE.withTerm(9, -1).primaryNode()).isEqualTo(-1);
    assertThat(SAMPLE.withFailed(false).failed()).isFalse();
    assertThat(SAMPLE.withAllDirty(false).allDirty()).isFalse();
    assertThat(SAMPLE.withDiskState(DiskState.OUTDATED).diskState()).isEqualTo(DiskState.OUTDATED);
    assertThat(SAMPLE.withGenerations(Generations.NONE).generations()).isEqualTo(Generations.NONE);
    assertThat(SAMPLE.copy().build()).isEqualTo(SAMPLE);
    assertThatThrownBy(() -> SAMPLE.withDiskState(DiskState.FAILED))
        .isInstanceOf(AssertionError.class);
  }

  private static void assertDamaged(byte[] bytes, String reason) {
    SuperblockDecoded decoded = decode(bytes);
    assertThat(decoded).isInstanceOf(SuperblockDecoded.Damaged.class);
    assertThat(((SuperblockDecoded.Damaged) decoded).reason()).contains(reason);
  }

  static byte[] encoded(Superblock superblock) {
    ByteBuffer out = ByteBuffer.allocate(4096);
    SuperblockCodec.encode(superblock, out);
    return out.array();
  }

  static SuperblockDecoded decode(byte[] bytes) {
    return SuperblockCodec.decode(ByteBuffer.wrap(bytes));
  }

  private static byte[] sealed(int at, int value) {
    byte[] bytes = encoded(SAMPLE);
    ByteBuffer.wrap(bytes).putInt(at, value);
    return seal(bytes);
  }

  private static byte[] seal(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes, 0, 4092);
    ByteBuffer.wrap(bytes).putInt(4092, (int) crc.getValue());
    return bytes;
  }
}
