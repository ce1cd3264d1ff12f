package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.mirror.meta.Superblock.Geometry;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Term;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
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
  static final NodeIdentity IDENTITY =
      new NodeIdentity(
          UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
          UUID.fromString("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
          "kite",
          1);
  static final Geometry GEOMETRY = new Geometry(16 << 20, 512, 4096, 992);
  static final DiskLayout LAYOUT =
      FreshLayout.of(16 << 20, 8 << 20, UUID.fromString("d15c0000-0000-4000-8000-000000000001"));
  static final Superblock SAMPLE =
      new Superblock(
          42,
          IDENTITY,
          GEOMETRY,
          LAYOUT,
          new CopyFacts(DiskState.UP_TO_DATE, EnumSet.allOf(CopyFacts.Mark.class)),
          new LedgerEntry(7, 0, new Generations(0x11, 0x12, List.of(0x13L, 0x14L))),
          KeptBytes.NONE);

  /// Offset, bytes, meaning; what is not named is zero.
  private static final String GOLDEN =
      """
         0 4C4F434B53544550  magic "LOCKSTEP"
         8 00000002  version
        12 00000000 00000000 00000001  compatible, read-only, incompatible features: lost blocks
        24 000000000000002A  sequence
        32 00112233445566778899AABBCCDDEEFF  pair id
        48 0F1E2D3C4B5A69788796A5B4C3D2E1F0  mirror id
        64 6B697465000000000000000000000000  "kite"
        80 01 0E 09 00  node 1; allDirty, keptAll and failed; UpToDate; no in-sync set
        84 000003E0  activity-log slots
        88 0000000001000000 0000000000000000  replicated bytes, no pending size
       104 00000200 00001000  logical and physical block
       112 00001000  bytes a bitmap bit covers
       120 0000000000000007  term
       128 00 02  primary was node 0, two in the history
       136 0000000000000011  current
       144 0000000000000012  bitmap
       152 0000000000000013 0000000000000014  history
       320 00000001 00000004 00000001 00000001  one member, four regions, one part, one placement
       336 D15C0000000040008000000000000001  member 0
       352 0000000001300000 0000000000000000  bytes in use, attach counter
       848 00000004 00000000 0000000000020000 0000000000020000  lost blocks
       872 00000001 00000000 0000000000100000 0000000000100000  activity log
       896 00000002 00000000 0000000000200000 0000000000001000  bitmap
       920 00000003 00000000 0000000000300000 0000000000800000  control region
      2384 00000001 00000000 0000000000000000 0000000000001000  present, start 0, 4096 x 4 KiB
      3152 00000000 00000000 0000000000300000  part 0 on member 0
      4092 02D628AE  checksum
      """;

  @Test
  void golden() {
    byte[] expected = picture(GOLDEN);
    assertThat(encoded(SAMPLE)).isEqualTo(expected);
    assertThat(decode(expected)).isEqualTo(new SuperblockDecoded.Ok(SAMPLE));
  }

  private static byte[] picture(String text) {
    byte[] bytes = new byte[4096];
    text.lines()
        .map(String::strip)
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              String digits = line.substring(space, line.indexOf("  ")).replace(" ", "");
              byte[] part = HexFormat.of().parseHex(digits);
              int at = Integer.parseInt(line, 0, space, 10);
              System.arraycopy(part, 0, bytes, at, part.length);
            });
    return bytes;
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
    var marks = EnumSet.allOf(CopyFacts.Mark.class);
    marks.removeIf(_ -> random.nextBoolean());
    long replicated = (long) random.nextInt(13, 1 << 26) << 20;
    long control = FreshLayout.controlBytesFor(replicated);
    return new Superblock(
        random.nextLong(Long.MAX_VALUE),
        new NodeIdentity(
            new UUID(random.nextLong(), random.nextLong()),
            new UUID(random.nextLong(), random.nextLong()),
            "abcdefghij012345".substring(random.nextInt(16)),
            random.nextInt(2)),
        new Geometry(replicated, 512, 4096, random.nextInt(8, 993)),
        FreshLayout.of(replicated, control, new UUID(random.nextLong(), random.nextLong())),
        new CopyFacts(states[random.nextInt(4)], marks),
        new LedgerEntry(
            random.nextLong(Term.MAX + 1),
            random.nextInt(-1, 2),
            new Generations(random.nextLong(), random.nextLong(), List.of(history))),
        KeptBytes.NONE);
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
  void aLaterFormatIsNamedAndIsNoDamage() {
    assertThat(decode(sealed(8, 3))).isEqualTo(new SuperblockDecoded.TooNew("format version 3"));
    assertThat(decode(sealed(20, 5)))
        .isEqualTo(new SuperblockDecoded.TooNew("incompatible feature 0x4"));
    assertThat(decode(sealed(16, 1)))
        .isEqualTo(new SuperblockDecoded.TooNew("read-only feature 0x1"));
    byte[] later = sealed(20, 2);
    ByteBuffer.wrap(later).putInt(320, 2);
    assertThat(decode(seal(later)))
        .as("what a feature means is not looked at")
        .isEqualTo(new SuperblockDecoded.TooNew("incompatible feature 0x2"));
  }

  @Test
  void theFormatBeforeTheFirstReleaseIsNamed() {
    assertThat(decode(sealed(8, 1))).isEqualTo(new SuperblockDecoded.TooOld("format version 1"));
  }

  /// A later release may add what this one need not know; it is there when that release comes back.
  @Test
  void whatACompatibleFeatureHasWrittenSurvivesARewrite() {
    byte[] bytes = sealed(12, 0x80000001);
    ByteBuffer block = ByteBuffer.wrap(bytes);
    block.putLong(3712, 0x1122334455667788L).putLong(4080, -1);
    block.putInt(324, 5);
    block.putInt(944, 5).putLong(952, 256 << 10).putLong(960, 64 << 10);
    Superblock read = ((SuperblockDecoded.Ok) decode(seal(bytes))).superblock();
    assertThat(encoded(read)).isEqualTo(bytes);
    Superblock changed =
        read.withLedger(read.ledger().withTerm(9, 1)).withDiskState(DiskState.OUTDATED).next();
    byte[] rewritten = encoded(changed);
    assertThat(Arrays.copyOfRange(rewritten, 12, 16)).isEqualTo(new byte[] {-128, 0, 0, 1});
    assertThat(Arrays.copyOfRange(rewritten, 320, 4088))
        .isEqualTo(Arrays.copyOfRange(bytes, 320, 4088));
    assertThat(decode(rewritten)).isEqualTo(new SuperblockDecoded.Ok(changed));
  }

  @Test
  void wellSealedNonsenseIsDamageAndIsNamed() {
    assertDamaged(sealed(24, -1), "sequence -");
    assertDamaged(sealed(64, 0x4B697465), "the pair's name");
    assertDamaged(sealed(72, 0x61), "the pair's name");
    assertDamaged(sealed(80, 0x020E0900), "node id 2");
    assertDamaged(sealed(80, 0x01010900), "flags 0x1");
    assertDamaged(sealed(80, 0x010E0400), "disk state 4");
    assertDamaged(sealed(80, 0x010E0901), "the witness's fields");
    assertDamaged(sealed(84, 993), "activity-log slots 993");
    assertDamaged(sealed(92, 0x01000200), "replicated size");
    assertDamaged(
        sealed(92, 0x01100000), "replicated size 17825792, and the parts together: 16777216");
    assertDamaged(sealed(100, 1), "a pending size");
    assertDamaged(sealed(104, 1024), "block sizes 1024 and 4096");
    assertDamaged(sealed(112, 8192), "bitmap granularity 8192");
    assertDamaged(sealed(116, 1), "reserved");
    assertDamaged(sealed(120, -1), "term -");
    assertDamaged(sealed(120, 0x40000001), "term 4611686022722355207");
    assertDamaged(sealed(128, 0x02020000), "primary node 2");
    assertDamaged(sealed(128, 0x00110000), "history of 17");
    assertDamaged(sealed(128, 0x00010000), "history entry 1");
    assertDamaged(sealed(128, 0x00030000), "history entry 2");
    assertDamaged(sealed(132, 1), "reserved");
    assertDamaged(sealed(280, 0x00030000), "history entry 1");
    assertDamaged(sealed(280, 0x00000100), "history entry 2");
    assertDamaged(sealed(300, 1), "the witness's fields");
    assertDamaged(sealed(316, 1), "the witness's fields");
    assertDamaged(sealed(3708, 1), "reserved");
    assertDamaged(sealed(4084, 1), "bytes of compatible features");
    assertDamaged(sealed(4088, 1), "reserved");
    assertThat(decode(sealed(280, 0x01020000)))
        .as("who was Primary need not be known")
        .isInstanceOf(SuperblockDecoded.Ok.class);
  }

  @Test
  void nonsenseInTheTablesIsDamageAndIsNamed() {
    assertDamaged(sealed(320, 0), "member 0 is not used and not zero");
    assertDamaged(sealed(320, 2), "number of members: 2");
    assertDamaged(sealed(320, 17), "number of members: 17");
    assertDamaged(sealed(324, 65), "number of regions: 65");
    assertDamaged(sealed(324, 3), "region 3 is not used and not zero");
    assertDamaged(sealed(328, -1), "number of parts: 4294967295");
    assertDamaged(sealed(328, 0), "part 0 is not used");
    assertDamaged(sealed(332, 33), "number of placements: 33");
    assertDamaged(sealed(352, -1), "member 0: bytes in use -");
    assertDamaged(
        sealed(356, 0x100000), "placement 0: offset 3145728, length 16777216, and 1048576");
    assertDamaged(sealed(360, -1), "member 0: attach counter -");
    assertDamaged(sealed(368, 1), "member 1 is not used");
    assertDamaged(sealed(848, 0), "region 0: type 0");
    assertDamaged(sealed(848, 5), "regions of the lost blocks: 0");
    assertDamaged(sealed(872, 5), "regions of the activity log: 0");
    assertDamaged(sealed(852, 1), "region 0 (lost blocks): member 1");
    assertDamaged(sealed(852, -1), "region 0 (lost blocks): member -1");
    assertDamaged(sealed(860, 0x10000), "region 0 (lost blocks): offset 65536");
    assertDamaged(sealed(856, -1), "region 0 (lost blocks): offset -");
    assertDamaged(sealed(864, 0x7FFFFFFF), "region 0 (lost blocks): offset 131072, length 922");
    assertDamaged(sealed(868, 0x1000), "region 0 (lost blocks): offset 131072, length 4096");
    assertDamaged(sealed(868, 0), "region 0 (lost blocks): length 0");
    assertDamaged(sealed(884, 0x100800), "region 1 (activity log): offset 1050624");
    assertDamaged(sealed(892, 0x80000), "region 1 (activity log): offset 1048576, length 524288");
    assertDamaged(sealed(908, 0x100000), "it overlaps region");
    assertDamaged(sealed(908, 0x300000), "it overlaps");
    assertDamaged(sealed(896, 1), "regions of the activity log: 2");
    assertDamaged(sealed(932, 0x400000), "region 3 (control region): offset 4194304");
    assertDamaged(
        sealed(940, 0x700000), "region 3 (control region): offset 3145728, length 7340032");
    assertDamaged(
        sealed(940, 0xC00000), "region 3 (control region): offset 3145728, length 12582912");
    assertDamaged(sealed(2384, 4), "part 0: state 4");
    assertDamaged(sealed(2384, 9), "part 0: state 9");
    assertDamaged(sealed(2388, 1), "part 0: reserved");
    assertDamaged(sealed(2396, 1), "part 0: it starts at byte 4096");
    assertDamaged(sealed(2392, -1), "part 0: start 18446744");
    assertDamaged(sealed(2404, 0), "part 0: length 0");
    assertDamaged(sealed(2404, 1), "the parts together: 4096 bytes");
    assertDamaged(sealed(2400, 0x7FFFFFFF), "part 0: start 0 and length 922");
    assertDamaged(sealed(3152, 1), "placement 0: part 1");
    assertDamaged(sealed(3156, 1), "placement 0: member 1");
    assertDamaged(sealed(3164, 0x1000), "placement 0: offset 4096");
    assertDamaged(sealed(3168, 1), "placement 1 is not used");
  }

  /// A disk that a later release has laid out in another way: nothing is where this one would put
  /// it, the bitmap lies in two regions, the space is of two parts.
  @Test
  void theTablesAreBelieved() {
    var layout =
        new DiskLayout(
            List.of(new Member(new UUID(1, 1), 1L << 30, 3)),
            List.of(
                new Region(Region.TYPE_CONTROL, 0, 32 << 20, 16 << 20),
                new Region(Region.TYPE_BITMAP, 0, 4 << 20, 4096),
                new Region(Region.TYPE_ACTIVITY_LOG, 0, 8 << 20, 1 << 20),
                new Region(Region.TYPE_BITMAP, 0, 5 << 20, 8192),
                new Region(Region.TYPE_LOST_BLOCKS, 0, 6 << 20, 16 << 10)),
            List.of(
                new Part(Part.State.PRESENT, 0, 16 << 20),
                new Part(Part.State.PRESENT, 16 << 20, 240 << 20)),
            List.of(new Placement(0, 0, 32 << 20), new Placement(1, 0, 48 << 20)));
    var geometry = new Geometry(256 << 20, 512, 4096, 992);
    Superblock superblock = Superblock.created(IDENTITY, geometry, layout);
    assertThat(decode(encoded(superblock))).isEqualTo(new SuperblockDecoded.Ok(superblock));
    assertThat(layout.replicatedOffset()).isEqualTo(32 << 20);
    assertThat(layout.replicatedBytes()).isEqualTo(256 << 20);
    assertThat(layout.controlBytes()).isEqualTo(16 << 20);
    assertThat(layout.activityLogOffset()).isEqualTo(8 << 20);
    assertThat(layout.lostBlocksOffsetA()).isEqualTo(6 << 20);
    assertThat(layout.lostBlocksOffsetB()).isEqualTo((6 << 20) + 8192);
    assertThat(layout.bitmapPageOffset(0)).isEqualTo(4 << 20);
    assertThat(layout.bitmapPagesTogether(0)).isEqualTo(1);
    assertThat(layout.bitmapPageOffset(1)).isEqualTo(5 << 20);
    assertThat(layout.bitmapPageOffset(2)).isEqualTo((5 << 20) + 4096);
    assertThat(layout.diskBytesNeeded()).isEqualTo(1 << 30);
  }

  /// Bytes of any kind, tables above all, under a good checksum: an answer, and what is taken for
  /// good is written back as it was, except who was Primary.
  @Test
  void randomBytesUnderAGoodChecksumNeverThrow() {
    var random = new SplittableRandom(5);
    byte[] good = encoded(SAMPLE);
    int[] from = {8, 80, 320, 848, 2384, 3152, 3700};
    int[] length = {300, 240, 80, 120, 50, 34, 392};
    int[] values = {0, 1, 2, 3, 4, 5, 16, 127, 128, 255};
    int accepted = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = Arrays.copyOf(good, 4096);
      for (int change = random.nextInt(4); change >= 0; change--) {
        int area = random.nextInt(from.length);
        int at = from[area] + random.nextInt(length[area]);
        bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : values[random.nextInt(10)]);
      }
      if (decode(seal(bytes)) instanceof SuperblockDecoded.Ok(Superblock read)) {
        accepted++;
        Arrays.fill(bytes, 280, 296, (byte) 0);
        assertThat(encoded(read)).isEqualTo(seal(bytes));
      }
    }
    assertThat(accepted).isGreaterThan(500);
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
    LedgerEntry later = SAMPLE.ledger().withTerm(9, -1);
    assertThat(SAMPLE.withLedger(later).term()).isEqualTo(9);
    assertThat(SAMPLE.withLedger(later).primaryNode()).isEqualTo(-1);
    assertThat(SAMPLE.withFailed(false).failed()).isFalse();
    assertThat(SAMPLE.withAllDirty(false).allDirty()).isFalse();
    assertThat(SAMPLE.withDiskState(DiskState.OUTDATED).diskState()).isEqualTo(DiskState.OUTDATED);
    assertThat(later.generations()).isEqualTo(SAMPLE.generations());
    assertThat(later.withGenerations(Generations.NONE).term()).isEqualTo(9);
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
